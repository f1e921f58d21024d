"""Errors that survive pickling, files that are whole or absent, jobs that can be stopped."""

from __future__ import annotations

import errno
import math
import pickle
import threading
from pathlib import Path

import pytest

from geo.base.errors import CancelledError, MachineError, OutputError, QuarterhourError, StudyError
from geo.base.files import atomic_path, write_atomic
from geo.base.jobs import Job, in_threads
from geo.base.messages import one_line
from geo.base.progress import Progress, ProgressState
from geo.base.quality_log import QUALITY_COLUMNS, QualityLog


@pytest.mark.parametrize("kind", [QuarterhourError, StudyError, OutputError, CancelledError])
def test_errors_keep_code_and_parameters(kind: type[QuarterhourError]) -> None:
    error = pickle.loads(pickle.dumps(kind("file_missing", file="a.csv", row=3)))
    assert type(error) is kind
    assert (error.code, error.params) == ("file_missing", {"file": "a.csv", "row": 3})
    assert "a.csv" in str(error)


def test_errors_are_also_built_ins_and_know_their_exit_code() -> None:
    assert issubclass(StudyError, ValueError)
    assert issubclass(OutputError, OSError)
    assert (QuarterhourError.exit_code, StudyError.exit_code, OutputError.exit_code) == (3, 1, 1)
    assert CancelledError().code == "cancelled"


def test_several_problems_in_one_error() -> None:
    problems = [StudyError(code) for code in ("a", "b", "c")]
    error = StudyError.of(problems)
    assert [item.code for item in (error, *error.others)] == ["a", "b", "c"]


def test_atomic_write_replaces_and_makes_folders(tmp_path: Path) -> None:
    target = tmp_path / "结果" / "a.csv"
    write_atomic(target, b"one")
    write_atomic(target, b"two")
    assert target.read_bytes() == b"two"
    assert [path.name for path in target.parent.iterdir()] == ["a.csv"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    write_atomic(target, b"old")
    with pytest.raises(RuntimeError), atomic_path(target) as temporary:
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PermissionError(errno.EACCES, "denied"), "output_locked"),
        (OSError(errno.ENOSPC, "full"), "disk_full"),
        (OSError(errno.EIO, "broken"), "output_failed"),
    ],
)
def test_what_stands_in_the_way_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, code: str
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr("geo.base.files.os.replace", refuse)
    with pytest.raises(OutputError) as caught:
        write_atomic(tmp_path / "a.csv", b"x")
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_progress_reports_rate_and_remaining_time() -> None:
    states: list[ProgressState] = []
    progress = Progress(states.append)
    progress.stage("routing", total=4)
    progress.step(2)
    assert [state.done for state in states] == [0, 2]
    assert math.isnan(states[0].rate_per_s)
    assert states[1].rate_per_s > 0
    assert states[1].remaining_s >= 0


def test_a_job_gives_its_result_or_its_error() -> None:
    assert Job(lambda progress: 7).result(5) == 7

    def fail(progress: Progress) -> None:
        raise StudyError("file_missing", file="a")

    with pytest.raises(StudyError):
        Job(fail).result(5)


def test_a_job_can_be_cancelled() -> None:
    started = threading.Event()

    def work(progress: Progress) -> None:
        progress.stage("routing")
        while True:
            started.set()
            progress.step()

    job = Job(work)
    assert started.wait(5)
    job.cancel()
    with pytest.raises(CancelledError):
        job.result(5)
    assert job.done


def test_a_job_that_is_not_done_in_time() -> None:
    release = threading.Event()
    job = Job(lambda progress: release.wait(5))
    with pytest.raises(TimeoutError):
        job.result(0.01)
    release.set()
    assert job.result(5)


def test_threads_keep_the_order_and_count_steps() -> None:
    beside = threading.Barrier(2, timeout=30)

    def work(item: int) -> int:
        if item < 2:
            beside.wait()  # breaks unless both run together
        return item * item

    states: list[ProgressState] = []
    progress = Progress(states.append)
    progress.stage("travel", 4)
    assert in_threads(work, range(4), progress) == [0, 1, 4, 9]
    assert states[-1].done == 4


def test_an_error_drops_what_has_not_begun() -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            raise OutputError("output_locked", file="x")
        threading.Event().wait(0.5)

    with pytest.raises(OutputError):
        in_threads(work, range(50), Progress())
    assert len(begun) < 50


def test_the_quality_table_is_ordered_and_typed() -> None:
    log = QualityLog()
    log.add("info", "id_from_row", file="b")
    log.add("warning", "id_twice", file="b", row=9, action="set_aside", value=1)
    log.add("warning", "id_twice", file="a", row=10, action="set_aside")
    frame = log.frame()
    assert frame.columns.tolist() == QUALITY_COLUMNS
    assert frame["file"].tolist() == ["a", "b", "b"]
    assert frame["row"].isna().tolist() == [False, False, True]
    assert QualityLog().frame().empty


def test_a_message_is_not_turned_around() -> None:
    assert one_line("a\u202egpj.exe\u2066b\nc") == "agpj.exeb c"


def test_too_little_memory_is_named() -> None:
    def work(progress: Progress) -> None:
        raise MemoryError

    with pytest.raises(MachineError) as caught:
        Job(work).result(5)
    assert (caught.value.code, caught.value.exit_code) == ("memory_short", 1)
