"""From the sample's map to a planner's own study, and what can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from geo.study.load import load_study
from geo.workspace.folder import list_studies
from layers.words.catalogue import words_for
from tests.app.test_start_page import filled
from tests.browser.in_browser import click_until, settled
from tests.worlds.tiny_study import write_study

OpenPage = Callable[..., Page]
WORDS = words_for("zh-CN")
_FIRST_MAP_MS = 300_000


_GIVEN = '.st-key-data [data-testid="stFileUploaderFile"]'


def give_file(page: Page, path: Path) -> None:
    """Choose a file once the step before has left its own."""
    expect(page.locator(_GIVEN)).to_have_count(0)
    settled(page)
    page.locator('.st-key-data input[type="file"]').first.set_input_files(str(path))


def _upload(page: Page, path: Path, shown: Locator) -> None:
    """Save a file; the next step is shown."""
    give_file(page, path)
    click_until(page, page.get_by_role("button", name=WORDS("data.save"), exact=True), shown)


def test_the_tour_leads_to_a_new_study_in_four_steps(
    app: str, studies: Path, tmp_path: Path, page_guard: OpenPage
) -> None:
    roads = write_study(tmp_path / "tiny") / "roads.geojson"
    page = page_guard()
    page.set_default_timeout(120_000)
    page.goto(f"{app}/")
    expect(page.locator(".st-key-panel .qh-pair")).to_be_visible(timeout=_FIRST_MAP_MS)
    for _ in range(5):
        page.get_by_role("button", name=WORDS("tour.next"), exact=True).click()
    expect(page.get_by_text(WORDS("tour.own"), exact=True)).to_be_visible()
    page.get_by_role("button", name=WORDS("tour.go")).click()
    page.get_by_label(WORDS("start.new_name")).fill("江夏试点")
    roles = ("units", "demand", "layers", "network")
    steps = [page.get_by_text(WORDS(f"start.about.{role}")) for role in roles]
    create = page.get_by_role("button", name=WORDS("start.create"), exact=True)
    click_until(page, create, steps[0])
    for number, role in enumerate(roles[:3]):
        expect(steps[number]).to_be_visible()
        path = tmp_path / f"{role} 名单{number}.xlsx"
        path.write_bytes(filled(role, "zh-CN"))
        _upload(page, path, steps[number + 1])
    # A reload keeps what is there.
    expect(steps[3]).to_be_visible()
    page.wait_for_url("**/start?*study=*")
    page.reload()
    expect(page.get_by_text("还缺：路网")).to_be_visible()
    to_coverage = page.get_by_role("button", name=WORDS("data.to_coverage"))
    _upload(page, roads, to_coverage)
    click_until(page, to_coverage, page.locator(".st-key-panel .qh-pair"))
    expect(page.locator("h1.qh-title")).to_contain_text("江夏试点")
    page.wait_for_url("**?*study=*")
    assert parse_qs(urlsplit(page.url).query)["study"] == ["江夏试点"]
    assert load_study(studies / "江夏试点").demand.origin == "demand 名单1.xlsx"


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_removed_layer_comes_back_after_a_reload(
    app: str, studies: Path, lang: str, page_guard: OpenPage
) -> None:
    words = words_for(lang)
    name, renamed = f"undo {lang}", f"改名 {lang}"
    folder = write_study(studies / name)
    before = (folder / "study.toml").read_bytes()
    page = page_guard()
    page.set_default_timeout(120_000)
    page.goto(f"{app}/data?study={name}&lang={lang}")

    def open_studies() -> None:
        page.get_by_text(words("data.section.studies"), exact=True).last.click()

    open_studies()
    remove = page.get_by_role("button", name=words("data.remove"), exact=True)
    keep = page.get_by_role("button", name=words("data.keep"), exact=True)
    remove_yes = page.get_by_role("button", name=words("data.remove_yes"))
    click_until(page, remove, keep)
    click_until(page, keep, remove)
    expect(remove_yes).to_be_hidden()
    assert (folder / "study.toml").read_bytes() == before
    click_until(page, remove, remove_yes)
    undo = page.locator(".st-key-data_undo button")
    click_until(page, remove_yes, undo)
    assert len(load_study(folder).layers) == 2
    page.reload()
    undo.click()
    expect(undo).to_be_hidden()
    assert (folder / "study.toml").read_bytes() == before
    open_studies()
    page.get_by_label(words("data.rename_to")).fill(renamed)
    page.keyboard.press("Tab")
    # While Streamlit runs the page, the button of the run before may stand beside the new one.
    title = page.locator("h1.qh-title", has_text=renamed)
    click_until(page, page.locator(".st-key-data_rename button:enabled"), title)
    expect(page.locator("h1.qh-title")).to_contain_text(renamed)
    assert renamed in list_studies(studies) and name not in list_studies(studies)
    delete_yes = page.get_by_role("button", name=words("data.delete_yes"))
    click_until(page, page.locator(".st-key-data_delete button"), delete_yes)
    delete_yes.click()
    expect(page.locator("h1.qh-title")).not_to_contain_text(renamed)
    assert renamed not in list_studies(studies)
