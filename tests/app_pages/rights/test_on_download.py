"""Downloads of results are in the audit log of a server."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st

from app_pages.rights.on_download import on_download
from geo.base.access.guard import AccessError, exporting
from tests.worlds.office_server import open_office


def test_on_a_laptop_nothing_is_recorded() -> None:
    assert on_download() == "ignore"


def test_a_download_names_who_took_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = open_office(tmp_path, monkeypatch)
    folder = office.study("one")
    office.grant("li", "viewer", "one", "u2")
    monkeypatch.setitem(st.session_state, "study_folder", str(folder))
    record = on_download()
    assert callable(record)
    with office.acting("li"):
        record()
    line = office.audit()[-1]
    assert (line["user"], line["what"], line["study"]) == ("li", "exported", "one")
    with office.acting("zhao"), pytest.raises(AccessError):
        exporting(folder, "exported")
