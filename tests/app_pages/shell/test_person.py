"""Who uses a session, as the sign-in has found."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st

from app_pages.shell import person
from server.person import LOCAL, SESSION_ADDRESS, SESSION_USER, Person


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The headers of the session."""
    headers: dict[str, str] = {}
    monkeypatch.setattr(st, "context", SimpleNamespace(headers=headers))
    return headers


def _server(folder: Path, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    path = folder / f"{mode}.toml"
    path.write_text(f'studies = "s"\n[auth]\nmode = "{mode}"\n', encoding="utf-8")
    monkeypatch.setenv("QUARTERHOUR_SERVER", str(path))


def test_a_laptop_has_one_user_whatever_its_browser_says(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("QUARTERHOUR_SERVER", raising=False)
    told[SESSION_USER] = "admin"
    assert person.current_person() == LOCAL


def test_a_server_tells_name_and_address(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _server(tmp_path, monkeypatch, "header")
    with pytest.raises(PermissionError):
        person.current_person()
    told |= {SESSION_USER: "%E6%9D%8E", SESSION_ADDRESS: "10.1.2.3"}
    assert person.current_person() == Person("李", "10.1.2.3")
    _server(tmp_path, monkeypatch, "none")
    told.clear()
    assert person.current_person() == LOCAL


def test_nothing_of_a_session_goes_on_to_another_person(
    told: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _server(tmp_path, monkeypatch, "header")
    kept: dict[str, str] = {}
    monkeypatch.setattr(st, "session_state", kept)
    told[SESSION_USER] = "li"
    person.begin_run()
    kept["draft"] = "of li"
    person.begin_run()
    assert kept["draft"] == "of li"
    told[SESSION_USER] = "wang"
    person.begin_run()
    assert "draft" not in kept
