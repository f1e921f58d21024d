"""The queue with real workers: results, limits, cancels, and workers that crash."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.base.errors import CancelledError, MachineError, QuarterhourError, StudyError
from layers.words.catalogue import LOCALES, words_for
from server.config import Limits
from server.runs.memory import private_bytes
from server.runs.queue import RunQueue
from server.runs.run import Run
from server.runs.task import Task

TASKS = "tests.worlds.run_tasks:"
LONG_S = 60.0


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def shared(kept: Path) -> Iterator[RunQueue]:
    """One queue for the tests that need no limits of their own."""
    limits = Limits(workers=1, queue=3, runs_per_user=3, run_memory_gb=0.3)
    queue = RunQueue(limits, kept, grace_s=0.3)
    yield queue
    queue.close()


def task(name: str, **arguments: Any) -> Task:
    return Task(TASKS + name, arguments)


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def error_of(run: Run) -> QuarterhourError:
    """The error of a run; one line in each language."""
    with pytest.raises(QuarterhourError) as caught:
        run.result(LONG_S)
    for locale in LOCALES:
        lines = words_for(locale).error(caught.value)
        assert len(lines) == 1 + len(getattr(caught.value, "others", ()))
        assert all(line and "\n" not in line for line in lines)
    return caught.value


def test_a_result_comes_from_another_process_and_is_the_same(shared: RunQueue) -> None:
    given = {"a": np.arange(5.0), "b": np.array(["甲", "b"], dtype=object), "c": None}
    run = shared.submit("li", task("give", value=given))
    pid, value = run.result(LONG_S)
    assert pid != os.getpid() and shared.place(run) == 0
    assert value["a"].tolist() == [0, 1, 2, 3, 4] and value["a"].flags.writeable
    assert value["b"].tolist() == ["甲", "b"]
    # The next run has the same worker.
    assert shared.submit("li", task("give", value=1)).result(LONG_S) == (pid, 1)


def test_progress_place_and_cancel(shared: RunQueue, tmp_path: Path) -> None:
    go = tmp_path / "go"
    first = shared.submit("li", task("wait_for_file", file=str(go)))
    wait_for(lambda: first.state.done > 3)
    assert (first.state.stage, first.state.total) == ("travel", 1000)
    assert first.state.rate_per_s > 0
    second = shared.submit("li", task("give", value=2))
    third = shared.submit("wang", task("give", value=3))
    fourth = shared.submit("li", task("give", value=4))
    assert [shared.place(run) for run in (first, second, third, fourth)] == [0, 1, 2, 3]
    assert shared.counts() == (3, 1)
    refused = {"li": "run_user_full", "chen": "run_queue_full"}
    for user, code in refused.items():
        with pytest.raises(MachineError) as caught:
            shared.submit(user, task("give", value=5))
        assert caught.value.code == code
        assert "3" in words_for("zh-CN").error(caught.value)[0]
    shared.cancel(second)
    assert second.done and isinstance(error_of(second), CancelledError)
    assert [shared.place(run) for run in (fourth, third)] == [1, 2], "it had the turn of li"
    shared.cancel(first)
    assert isinstance(error_of(first), CancelledError)
    assert (third.result(LONG_S)[1], fourth.result(LONG_S)[1]) == (3, 4)


def test_a_cancelled_run_that_does_not_report_is_killed(shared: RunQueue, tmp_path: Path) -> None:
    file = tmp_path / "pid"
    run = shared.submit("li", task("deaf", file=str(file)))
    wait_for(lambda: file.exists() and file.read_text() != "")
    began = time.monotonic()
    shared.cancel(run)
    assert isinstance(error_of(run), CancelledError)
    assert 0.2 < time.monotonic() - began < 10
    assert private_bytes(int(file.read_text())) is None, "the process has gone"


def test_a_run_that_is_asked_to_stop_returns_its_best(shared: RunQueue) -> None:
    run = shared.submit("li", task("best_so_far"))
    wait_for(lambda: bool(run.told) and run.told[0] > 3)
    shared.stop(run)
    assert run.result(LONG_S) >= 4


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_crash_costs_one_run(shared: RunQueue) -> None:
    known = shared.submit("li", task("give", value=0)).result(LONG_S)[0]
    killed = shared.submit("li", task("kill_itself", number=signal.SIGKILL))
    crashed = shared.submit("wang", task("segfault"))
    after = shared.submit("li", task("give", value=7))
    assert error_of(killed).code == "run_killed"
    found = error_of(crashed)
    assert (found.code, found.params["status"]) == ("run_crashed", str(-signal.SIGSEGV))
    pid, value = after.result(LONG_S)
    assert value == 7 and pid != known


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_that_ends_between_two_runs_costs_none(shared: RunQueue) -> None:
    known = shared.submit("li", task("give", value=0)).result(LONG_S)[0]
    os.kill(known, signal.SIGKILL)
    pid, value = shared.submit("li", task("give", value=8)).result(LONG_S)
    assert value == 8 and pid != known


@pytest.mark.skipif(sys.platform != "linux", reason="measured by /proc")
@pytest.mark.parametrize("asked", [task("grow"), task("allocate", gigabytes=64)])
def test_the_memory_limit(shared: RunQueue, asked: Task) -> None:
    found = error_of(shared.submit("li", asked))
    assert (found.code, found.params) == ("run_memory", {"gigabytes": "0.3"})
    assert shared.submit("li", task("give", value=9)).result(LONG_S)[1] == 9


def test_errors_arrive_whole(shared: RunQueue) -> None:
    found = error_of(shared.submit("li", task("fail")))
    assert isinstance(found, StudyError) and found.params["file"] == "a"
    assert [other.params["file"] for other in found.others] == ["b"]
    found = error_of(shared.submit("li", task("fault")))
    assert (found.code, found.params) == ("run_failed", {"reason": "KeyError"})
    assert shared.submit("li", task("give", value=1)).result(LONG_S)[1] == 1


def test_the_time_limit_and_the_end_of_the_server(tmp_path: Path) -> None:
    limits = Limits(workers=2, queue=1, run_minutes=0.05)
    queue = RunQueue(limits, tmp_path / "kept")
    late = queue.submit("li", task("deaf", file=str(tmp_path / "pid")))
    kept = Task(TASKS + "give", {"value": np.ones(9)}, keep="k")
    pid, value = queue.submit("li", kept).result(LONG_S)
    found = error_of(late)
    assert (found.code, found.params) == ("run_time", {"minutes": "0.05"})
    running = [
        queue.submit(user, task("wait_for_file", file=str(tmp_path / "never"))) for user in "ab"
    ]
    wait_for(lambda: queue.counts() == (0, 2))
    waiting = queue.submit("c", task("give", value=1))
    queue.close()
    assert {error_of(run).code for run in (*running, waiting)} == {"run_server_ends"}
    with pytest.raises(MachineError):
        queue.submit("li", task("give", value=1))
    assert private_bytes(pid) is None
    # The next server finds what is finished.
    again = RunQueue(limits, tmp_path / "kept")
    found_pid, found_value = again.submit("li", kept).result(LONG_S)
    again.close()
    assert found_pid == pid, "nothing was computed again"
    assert np.array_equal(found_value, value)
