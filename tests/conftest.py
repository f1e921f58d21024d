"""What holds for every test."""

from __future__ import annotations

import pytest

from geo.base.access import guard


@pytest.fixture(autouse=True)
def no_guard_of_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that an earlier test has run in this process have installed their guard."""
    monkeypatch.setattr(guard, "_find", [])
