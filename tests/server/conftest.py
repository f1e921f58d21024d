"""An office's server for tests of rights."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds.office_server import Office, open_office


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office without grants."""
    return open_office(tmp_path, monkeypatch)
