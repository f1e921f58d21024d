"""Every upload of the pages obeys the limit of the server, and says so in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import app_pages
from app_pages.shell import person
from geo.base.access import guard
from layers.words.catalogue import words_for
from ledger.ledger import open_ledger
from server.person import Person
from tests.app.test_data_page import shown
from tests.worlds.office_server import Office, open_office
from tests.worlds.tiny_study import write_study

PAGES = Path(app_pages.__file__).parent
WIDGET = PAGES / "rights" / "upload_limit.py"
LARGE = b"x" * 1_000_001


def test_no_page_takes_a_file_by_itself() -> None:
    by_themselves = re.compile(r"st\.file_uploader\(|\.getvalue\(\)|copyfileobj")
    found = [
        str(path)
        for path in PAGES.rglob("*.py")
        if path != WIDGET and by_themselves.search(path.read_text("utf-8"))
    ]
    assert found == []
    assert by_themselves.search(WIDGET.read_text("utf-8"))


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A server that takes 1 MB; li, an admin of everything, uses the app."""
    found = open_office(tmp_path, monkeypatch)
    found.set("[limits]\nupload_mb = 1")
    write_study(found.studies / "mine")
    found.grant("li", "admin")
    monkeypatch.setattr(person, "current_person", lambda: Person("li", ""))
    monkeypatch.setattr(guard, "_find", [])
    with (
        guard.acting_as(None),
        open_ledger(found.studies / "mine") as ledger,
        ledger.store.writing(),
    ):
        ledger.enter({"area": "事项"}, {"layer": "station", "unit_id": "U1"}, author="began")
    return found


FILES = ("ledger_view", "files")
# Page, choice made first (key, value), name of the file, key of the widget (or its
# beginning), and the button that takes the file.
UPLOADS = [
    ("data", (), "sites.csv", "data_file_", ""),
    ("start", (), "mine.zip", "data_zip_0", "data_zip_open"),
    ("siting", (), "sites.csv", "upload-", ""),
    ("ledger", FILES, "list.xlsx", "case-import-", ""),
    ("ledger", FILES, "gaps.xlsx", "case-check-", "cases_check"),
    ("ledger", FILES, "old.db", "case-restore-", "cases_restore"),
    ("report", (), "logo.png", "report_logo", ""),
    ("report", (), "report.docx", "verify_file", "verify_check"),
]  # fmt: skip


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
@pytest.mark.parametrize(("page", "first", "name", "key", "button"), UPLOADS)
def test_a_file_over_the_limit_is_refused(
    open_app: Callable[..., AppTest], office: Office, locale: str,
    page: str, first: tuple[str, ...], name: str, key: str, button: str,
) -> None:  # fmt: skip
    app = open_app(office.studies / "mine", lang=locale)
    app.switch_page(f"app_pages/{page}.py").run()
    if first:
        app.session_state[first[0]] = first[1]
        app.run()
    given = [item for item in app.get("file_uploader") if str(item.key).startswith(key)]
    assert given, [item.key for item in app.get("file_uploader")]
    given[0].upload(name, LARGE, "application/octet-stream").run()
    if button:
        app.button(key=button).click().run()
    line = words_for(locale)("error.upload_over_limit", file=name, limit=1)
    assert line in shown(app)
    assert not app.exception
