"""Processes forked from a server: how they end, and that none outlives its owner."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from geo.base.processes import fork_server
from geo.base.processes.fork_server import FORKS, ForkServer, ForkServerError

pytestmark = pytest.mark.skipif(not FORKS, reason="Linux only")

ROOT = Path(__file__).resolve().parents[4]
# Writes its process id, then sleeps and ends as the request says.
SCRIPT = f"""
import os, sys, time
sys.path.insert(0, {str(ROOT)!r})
from geo.base.processes.fork_server import serve

def work(request):
    with open(request["file"], "w") as file:
        file.write(str(os.getpid()))
    time.sleep(request.get("seconds", 0))
    if "signal" in request:
        os.kill(os.getpid(), request["signal"])
    if "exit" in request:
        sys.exit(request["exit"])
    if "raises" in request:
        raise ValueError

serve(work)
"""
COMMAND = [sys.executable, "-c", SCRIPT]


@pytest.fixture
def server() -> Iterator[ForkServer]:
    server = ForkServer(COMMAND, dict(os.environ))
    yield server
    server.close()


def _alive(pid: int) -> bool:
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return False


def _pid(path: Path) -> int:
    for _ in range(500):
        if path.is_file() and path.read_text(encoding="ascii"):
            return int(path.read_text(encoding="ascii"))
        time.sleep(0.02)
    raise AssertionError("the process did not start")


def _ends(pid: int) -> bool:
    for _ in range(500):
        if not _alive(pid):
            return True
        time.sleep(0.02)
    return False


def test_an_old_system_has_no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernels before 5.3 have no pidfd_open, and containers may forbid it."""

    def refused(pid: int) -> int:
        raise OSError(38, "Function not implemented")

    assert fork_server._can_fork()
    monkeypatch.setattr(os, "pidfd_open", refused)
    assert not fork_server._can_fork()


@pytest.mark.parametrize(
    ("request_", "status"),
    [({}, 0), ({"exit": 3}, 3), ({"raises": 1}, 1), ({"signal": 9}, -9), ({"signal": 11}, -11)],
)
def test_how_a_process_ended(
    tmp_path: Path, server: ForkServer, request_: dict[str, int], status: int
) -> None:
    assert server.run({"file": str(tmp_path / "pid"), **request_}, 60) == status


def test_a_request_of_any_length_from_many_threads(tmp_path: Path, server: ForkServer) -> None:
    def one(number: int) -> int:
        request = {"file": str(tmp_path / str(number)), "exit": number, "text": "字" * 500_000}
        return server.run(request, 60)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(40))) == list(range(40))
    assert len({_pid(tmp_path / str(number)) for number in range(40)}) == 40


def test_a_process_that_takes_too_long_is_gone(tmp_path: Path, server: ForkServer) -> None:
    with pytest.raises(TimeoutError):
        server.run({"file": str(tmp_path / "pid"), "seconds": 600}, 2)
    assert not _alive(_pid(tmp_path / "pid"))
    assert server.run({"file": str(tmp_path / "next")}, 60) == 0


def test_processes_end_with_the_owner(tmp_path: Path) -> None:
    server = ForkServer(COMMAND, dict(os.environ))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(server.run, {"file": str(tmp_path / "pid"), "seconds": 600}, 600)
        pid = _pid(tmp_path / "pid")
        server.close()
        with pytest.raises(ForkServerError):
            waiting.result()
    assert _ends(pid) and not _alive(server.pid)
    with pytest.raises(ForkServerError):
        server.run({"file": str(tmp_path / "late")}, 60)
