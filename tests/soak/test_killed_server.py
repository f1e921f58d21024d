"""Thirty rounds of kill -9 of server, worker and browser at random moments."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.browser.in_browser import CHROMIUM, OFFICE_FLAGS, serving
from tests.worlds.killed_servers import check_saved, kill_rounds
from tests.worlds.tiny_study import write_study

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "server.toml"
    file.write_text('studies = "."\n', encoding="utf-8")
    monkeypatch.setenv("QUARTERHOUR_SERVER", str(file))
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("QUARTERHOUR_STATE", str(tmp_path / "state"))
    return write_study(tmp_path / "tiny")


def test_thirty_rounds_of_server_and_worker(study: Path) -> None:
    found = kill_rounds(study, ["server", "worker"] * 15, seed=1)
    first = found.known.index(True)
    assert all(found.known[first:]) and first < 10, "what is finished stays"
    assert found.shares == {"0.4"}
    assert set(found.lost) <= {"run_killed"} and len(found.lost) <= 15
    check_saved(study, found)


@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="no Chromium")
def test_browsers_are_killed_while_a_worker_computes(study: Path, tmp_path: Path) -> None:
    moments = random.Random(2)
    with serving(study) as address:
        for number in range(10):
            # Another state of the study, so that there is something to compute.
            with (study / "study.toml").open("a", encoding="utf-8") as toml:
                toml.write(f"# {number}\n")
            profile = f"--user-data-dir={tmp_path / f'profile-{number}'}"
            browser = subprocess.Popen(
                [CHROMIUM, *OFFICE_FLAGS, profile, "--remote-debugging-port=0", address],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            time.sleep(moments.uniform(0.5, 6))
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=30) as answer:
                assert answer.read() == b"ok"
