"""Rights in the app: the address, the session's state and the lists give only what is granted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app_pages.shell import person, served_files
from geo.base.access import guard
from geo.workspace.draft import create_draft
from layers.words.catalogue import words_for
from ledger.ledger import open_ledger
from server.person import Person
from tests.app.test_data_page import shown
from tests.worlds.office_server import Office, open_office
from tests.worlds.tiny_study import write_study

Open = Callable[..., AppTest]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A server with the studies `mine` and `theirs`; li, a viewer of `mine`, uses the app."""
    found = open_office(tmp_path, monkeypatch)
    for name in ("mine", "theirs"):
        folder = write_study(found.studies / name)
        toml = folder / "study.toml"
        toml.write_text(toml.read_text("utf-8").replace("小镇", f"{name}镇"), encoding="utf-8")
    found.grant("li", "viewer", "mine")
    monkeypatch.setattr(person, "current_person", lambda: Person("li", "10.0.0.7"))
    monkeypatch.setattr(guard, "_find", [])
    return found


def test_a_session_begins_with_a_study_that_may_be_opened(open_app: Open, office: Office) -> None:
    app = open_app(office.studies / "theirs")
    assert "mine镇" in shown(app) and "theirs" not in shown(app)
    app.switch_page("app_pages/start.py").run()
    assert "theirs" not in shown(app)
    assert [button.key for button in app.button if str(button.key).startswith("start_open-")] == [
        "start_open-mine"
    ]


@pytest.mark.parametrize("named", ["theirs", "wuhan", "ghost", "../studies/theirs"])
def test_an_address_opens_only_what_is_granted(open_app: Open, office: Office, named: str) -> None:
    app = open_app(office.studies / "theirs", study=named)
    name = named.rpartition("/")[2]
    refusal = words_for("zh-CN")("error.access_open", who="li", study=name, whom=" (张三 8001)")
    assert "mine镇" in shown(app) and "theirs镇" not in shown(app)
    assert refusal in shown(app)
    signed_in, refused = office.audit()[:2]
    assert (signed_in["what"], refused["what"]) == ("signed_in", "refused")


def test_a_crafted_state_opens_nothing(open_app: Open, office: Office, tmp_path: Path) -> None:
    app = open_app(office.studies / "mine")
    outside = write_study(tmp_path / "outside")
    for folder in (office.studies / "theirs", outside):
        app.session_state["study_folder"] = str(folder)
        app.run()
        assert "mine镇" in shown(app) and "theirs镇" not in shown(app)
        assert office.audit()[-1]["study"] == folder.name


def test_rights_end_while_a_session_lasts(open_app: Open, office: Office) -> None:
    app = open_app(office.studies / "mine")
    office.toml.write_text(office.toml.read_text("utf-8").replace('"li"', '"wang"'), "utf-8")
    app.run()
    assert "mine镇" not in shown(app)
    assert not app.exception


def test_a_viewer_saves_nothing_by_any_widget(open_app: Open, office: Office) -> None:
    app = open_app(office.studies / "mine", page="data")
    before = (office.studies / "mine" / "study.toml").read_bytes()
    for key in ("data_remove", "data_remove_yes", "data_delete", "data_delete_yes"):
        for button in [item for item in app.button if item.key == key]:
            _crafted(button).click().run()
    app.switch_page("app_pages/start.py").run()
    app.text_input(key="start_name").set_value("new").run()
    create = app.button(key="start_create")
    why = words_for("zh-CN")("error.access_create", who="li", study="new", whom=" (张三 8001)")
    assert create.help == why
    _crafted(create).click().run()
    assert (office.studies / "mine" / "study.toml").read_bytes() == before
    assert {path.name for path in office.studies.iterdir()} == {"mine", "theirs"}
    assert {line["what"] for line in office.audit()} <= {"signed_in", "refused"}


def _crafted(button: Any) -> Any:
    """A button that the page offers disabled, as a client of somebody's own would click it."""
    assert button.disabled
    button.proto.disabled = False
    button.disabled = False
    return button


def test_drafts_of_others_are_not_listed(open_app: Open, office: Office) -> None:
    with guard.acting_as(None):
        create_draft(office.studies / "unfinished", name="草稿", locale="zh-CN")
    office.grant("li", "editor")
    app = open_app(office.studies / "mine", page="start")
    assert "草稿" not in shown(app)
    assert "start_open-unfinished" not in [button.key for button in app.button]


PAGES = ("coverage", "overview", "gaps", "siting", "scenarios", "ledger", "report", "data", "start")


def test_every_page_shows_the_granted_units_only(open_app: Open, office: Office) -> None:
    """乙街道 has the estates three and four, and the car park."""
    office.without_grants()
    office.grant("li", "editor", "mine", "U1")
    with (
        guard.acting_as(None),
        open_ledger(office.studies / "mine") as ledger,
        ledger.store.writing(),
    ):
        for unit in ("U1", "U2"):
            own = {"layer": "station", "unit_id": unit, "parents": f"{unit}县"}
            ledger.enter({"area": f"事项{unit}"}, own, author="began")
    for page in PAGES:
        app = open_app(office.studies / "mine", page="" if page == "coverage" else page)
        assert not app.exception, page
        text = shown(app) + "".join(str(table.value.to_csv()) for table in app.dataframe)
        text += "".join(
            str(getattr(widget, "options", "")) for widget in (*app.selectbox, *app.multiselect)
        )
        for name in ("乙街道", "乙县", "三号小区", "四号小区", "东门停车场", "事项U2"):
            assert name not in text, (page, name, text[max(0, text.find(name) - 60) :][:120])
    app = open_app(office.studies / "mine")
    assert "事项U1" in _page(app, "ledger")
    assert "甲街道" in _page(app, "gaps")
    published = Path(served_files._folder().name)
    assert list(published.rglob("*.json"))
    for path in published.rglob("*.json"):
        content = path.read_text("utf-8")
        assert "乙街道" not in content and "三号小区" not in content and '"U2"' not in content


def _page(app: AppTest, page: str) -> str:
    app.switch_page(f"app_pages/{page}.py").run()
    return _shown_with_tables(app)


def _shown_with_tables(app: AppTest) -> str:
    return shown(app) + "".join(str(table.value.to_csv()) for table in app.dataframe)


def test_people_of_different_units_share_no_result(
    open_app: Open, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.grant("wang", "viewer", "mine", "U2")
    assert "乙街道" in _shown_with_tables(open_app(office.studies / "mine", page="gaps"))
    assert "乙街道" in _shown_with_tables(open_app(office.studies / "mine", page="coverage"))
    monkeypatch.setattr(person, "current_person", lambda: Person("wang", ""))
    text = _shown_with_tables(open_app(office.studies / "mine", page="gaps"))
    assert "乙街道" in text and "甲街道" not in text
