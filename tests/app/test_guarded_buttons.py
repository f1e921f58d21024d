"""Buttons that change something are offered to those alone who may do it; others see why not."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.shell import person
from geo.base.access import guard
from geo.scenarios.changes import CloseSite, Scenario
from geo.scenarios.store import save_scenario
from layers.words.catalogue import words_for
from ledger.ledger import open_ledger
from server.person import Person
from tests.app.test_data_page import shown
from tests.worlds.office_server import Office, open_office
from tests.worlds.tiny_study import write_study

# Page, what is chosen first, and the buttons that change the study.
BUTTONS = [
    ("data", ("data_section", "facts"), ["facts_save"]),
    ("scenarios", (), ["plan-create", "plan_rename", "plan_copy", "plan_delete", "plan-remove-0"]),
    ("ledger", (), ["cases_verify"]),
    ("ledger", ("ledger_view", "files"), ["cases_lock", "cases_signer_add", "cases_kinds"]),
    ("ledger", ("ledger_case", "first"), ["case_save", "case_move_assigned"]),
    ("gaps", (), ["cases_open"]),
]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A server with the study `mine`, which has a scenario and a case."""
    found = open_office(tmp_path, monkeypatch)
    folder = write_study(found.studies / "mine")
    monkeypatch.setattr(person, "current_person", lambda: Person("li", ""))
    monkeypatch.setattr(guard, "_find", [])
    with (
        guard.acting_as(None),
        open_ledger(folder) as ledger,
        ledger.store.writing(),
    ):
        own = {"layer": "station", "unit_id": "U1", "parents": "县"}
        ledger.enter({"area": "事项"}, own, author="began")
        change = CloseSite(do="close_site", layer="station", id="s1")
        save_scenario(folder, Scenario("方案1", "", (change,)))
    return found


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize("role", ["viewer", "editor"])
@pytest.mark.parametrize(("page", "first", "keys"), BUTTONS)
def test_a_viewer_is_told_and_an_editor_may(
    open_app: Callable[..., AppTest], office: Office, locale: str, role: str,
    page: str, first: tuple[str, ...], keys: list[str],
) -> None:  # fmt: skip
    office.grant("li", role, "mine")
    app = open_app(office.studies / "mine", lang=locale)
    app.switch_page(f"app_pages/{page}.py").run()
    if first:
        value = first[1]
        if value == "first":
            with guard.acting_as(None), open_ledger(office.studies / "mine") as ledger:
                value = ledger.store.cases()[0].id
        app.session_state[first[0]] = value
        app.run()
    assert not app.exception
    why = words_for(locale)("error.access_write", who="li", study="mine", whom=" (张三 8001)")
    buttons: dict[str, Any] = {str(button.key): button for button in app.button}
    for key in keys:
        assert key in buttons, sorted(buttons)
        button = buttons[key]
        told = button.disabled and button.help == why
        assert told if role == "viewer" else not told, key
        assert role == "viewer" or not button.disabled or key == "plan-undo", key


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_files_are_said_to_stay_on_the_server(
    open_app: Callable[..., AppTest], office: Office, lang: str
) -> None:
    office.grant("li", "editor", "mine")
    words = words_for(lang)
    text = html.unescape(shown(open_app(office.studies / "mine", lang, page="data")))
    assert words("data.private_server") in text and words("data.private") not in text
