"""The ledger in the browser: gaps become cases, new sites close them, a lost one reopens one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Page, expect

import cli
from layers.words.catalogue import words_for
from ledger.cases import TEXT_FIELDS, Case
from ledger.ledger import open_ledger
from tests.browser.in_browser import serving
from tests.worlds.long_street import UNITS, middle_of, write_stations, write_street
from tests.worlds.payload import PAYLOAD


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_street(tmp_path_factory.mktemp("ledger") / "street")


@pytest.fixture(scope="module")
def office(street: Path) -> Iterator[str]:
    """The app on the street."""
    env = {
        "QUARTERHOUR_STUDIES": str(street.parent / "studies"),
        "QUARTERHOUR_STATE": str(street.parent / "state"),
    }
    with serving(street, env=env) as address:
        yield address


def _cases(street: Path) -> dict[str, Case]:
    with open_ledger(street, create=False) as ledger:
        return {case.unit_id: case for case in ledger.store.cases()}


def _click(page: Page, key: str) -> None:
    """Click a button by its key, once the page shows it once."""
    button = page.locator(f".st-key-{key} button:visible")
    expect(button).to_have_count(1)
    button.click()


def _verify(page: Page, **found: str) -> None:
    """Recompute, and expect these numbers in what is said."""
    counts = {"eligible": "0", "fell_back": "0", "reopened": "0", "corrected": "0", **found}
    said = words_for("zh-CN")("cli.ledger.verified", checked="5", by_hand="0", **counts)
    _click(page, "cases_verify")
    expect(page.get_by_text(said)).to_be_visible(timeout=120_000)
    _click(page, "cases_verified")
    expect(page.get_by_text(said)).to_be_hidden()


def _open(page: Page, case: Case) -> None:
    """Open a case from the board."""
    back = page.locator(".st-key-case_back button")
    if back.count():
        _click(page, "case_back")
        expect(back).to_have_count(0)
    _click(page, f"board-{case.id}")
    expect(page.get_by_text(f"{case.fields['number']} · {case.fields['area']}")).to_be_visible()


def test_cases_are_closed_by_coverage_and_signature_alone(
    office: str, street: Path, page_guard: Callable[..., Page], capsys: pytest.CaptureFixture[str]
) -> None:
    page, words = page_guard(1366, 900), words_for("zh-CN")
    # Cases for the five largest gaps: all units but the one with the station.
    page.goto(f"{office}/gaps?lang=zh-CN")
    page.get_by_role("button", name=words("cases.open_gaps", count="5")).click(timeout=120_000)
    name = page.get_by_label(words("cases.acting"))
    name.fill("王局长")
    name.press("Enter")
    _click(page, "cases_open")
    said = page.get_by_text(words("cases.opened", count="5", held="0", doubt="0"))
    expect(said).to_be_visible()
    assert sorted(_cases(street)) == list(UNITS[1:])
    # Two new sites: exactly the cases of their units become eligible.
    page.get_by_role("link", name=words("page.ledger")).first.click()
    expect(page.get_by_label(words("cases.acting"))).to_have_value("王局长")
    write_stations(street, "U1", "U3", "U5")
    _verify(page, eligible="2")
    cases = _cases(street)
    assert [unit for unit, case in cases.items() if case.eligible] == ["U3", "U5"]
    # A signature closes the eligible ones; the others cannot be signed, by page or by command.
    page.get_by_text(words("cases.view.board"), exact=True).click()
    sign = page.locator(".st-key-case_sign button:visible")
    for unit in ("U3", "U5"):
        _open(page, cases[unit])
        _click(page, "case_sign")
        expect(page.get_by_text(words("cases.signed", name="王局长"))).to_be_visible()
    _open(page, cases["U2"])
    expect(sign).to_be_disabled()
    expect(page.get_by_text(words("page.error.ledger_not_eligible"))).to_be_visible()
    capsys.readouterr()
    assert cli.main(["ledger", str(street), "sign", cases["U2"].id, "--by", "王局长"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert {u for u, case in _cases(street).items() if case.state == "closed"} == {"U3", "U5"}
    # Without one of the sites its case reopens, and the history says why.
    write_stations(street, "U1", "U3")
    _verify(page, reopened="1")
    assert _cases(street)["U5"].state == "reopened" and _cases(street)["U3"].state == "closed"
    _open(page, cases["U5"])
    history = page.locator(".st-key-case-right")
    for action in ("open", "verify", "sign"):
        expect(history).to_contain_text(words(f"ledger.action.{action}"))
    change = {"before": words("ledger.state.closed"), "after": words("ledger.state.reopened")}
    text = words("ledger.history.change", field=words("ledger.field.state"), **change)
    expect(history).to_contain_text(text)
    # Estates whose coordinates are corrected are covered, and yet not struck off.
    estates = (street / "estates.csv").read_text(encoding="utf-8")
    for side in ("W", "E"):
        place = rf"(U2{side},[^,]*),[^,]*,"
        estates = re.sub(place, rf"\g<1>,{middle_of('U1')},", estates)
    (street / "estates.csv").write_text(estates, encoding="utf-8")
    _verify(page, corrected="1")
    assert _cases(street)["U2"].corrected and not _cases(street)["U2"].eligible
    _open(page, cases["U2"])
    expect(page.locator(".st-key-case-right h3, .qh-head small").first).to_contain_text(
        words("cases.flag.corrected")
    )
    expect(sign).to_be_disabled()


def test_a_name_typed_just_before_leaving_the_page_is_kept(
    office: str, page_guard: Callable[..., Page]
) -> None:
    page, words = page_guard(1366, 900), words_for("zh-CN")
    page.goto(f"{office}/ledger?lang=zh-CN")
    page.get_by_label(words("cases.acting")).fill("李科长", timeout=120_000)
    for to in ("report", "ledger"):  # without Enter, and without a wait
        page.get_by_role("link", name=words(f"page.{to}")).first.click()
        expect(page).to_have_url(re.compile(f"/{to}"))
    expect(page.get_by_label(words("cases.acting"))).to_have_value("李科长")


def test_no_text_of_a_case_is_executed(
    office: str, street: Path, page_guard: Callable[..., Page]
) -> None:
    """The corpus in every text field: in the list, on the board and in the case."""
    page, words = page_guard(1366, 900), words_for("zh-CN")
    ran: list[str] = []

    def noted(dialog: Dialog) -> None:
        ran.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", noted)
    fields = {n: PAYLOAD for n in TEXT_FIELDS if n not in ("found_on", "due", "approval")}
    with open_ledger(street) as ledger:
        case = ledger.add(fields, by=PAYLOAD[:60], note=PAYLOAD)
    page.goto(f"{office}/ledger?lang=zh-CN")
    view = page.get_by_text(words("cases.view.board"), exact=True)
    view.click(timeout=120_000)
    button = page.locator(f".st-key-board-{case.id} button:visible")
    expect(button).to_have_count(1)
    button.click()
    expect(page.get_by_text(f"{PAYLOAD} · {PAYLOAD}").first).to_be_visible()
    expect(page.locator(".st-key-case-right")).to_contain_text(PAYLOAD[:30])
    assert not ran
    assert not page.locator('img[src="x"]').count()
