"""kill -9 of a server and of a worker: nothing saved is lost, the next start needs no repair."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.worlds.killed_servers import check_saved, kill_rounds
from tests.worlds.tiny_study import write_study

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def test_a_worker_and_a_server_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "server.toml"
    file.write_text('studies = "."\n', encoding="utf-8")
    monkeypatch.setenv("QUARTERHOUR_SERVER", str(file))
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path / "cache"))
    study = write_study(tmp_path / "tiny")
    found = kill_rounds(study, ["worker", "server"], seed=3)
    assert found.known == [False, True], "the result outlives the server"
    assert found.shares == {"0.4"} and found.saved
    assert set(found.lost) <= {"run_killed"} and len(found.lost) <= 1
    check_saved(study, found)
