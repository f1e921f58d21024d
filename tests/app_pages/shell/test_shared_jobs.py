"""Jobs that several sessions share: one at a time, and none goes on that nobody wants."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app_pages.shell.shared_jobs import SharedJobs
from geo.base.errors import CancelledError, StudyError
from geo.base.jobs import Job
from geo.base.progress import Progress

LONG_S = 20.0


class Slow:
    """Work that goes on until it is let go, and reports all the time."""

    def __init__(self, value: str = "", released: bool = False) -> None:
        self.value = value
        self.began, self.free = threading.Event(), threading.Event()
        self.runs = 0
        if released:
            self.free.set()

    def __call__(self, progress: Progress) -> str:
        self.runs += 1
        self.began.set()
        while not self.free.wait(0.005):
            progress.step()
        return self.value


def ends(job: Job[str]) -> type[BaseException] | str:
    """The result, or the kind of error."""
    try:
        return job.result(LONG_S)
    except CancelledError as error:
        return type(error)


@pytest.fixture
def jobs() -> Iterator[SharedJobs[str]]:
    yield SharedJobs(keep=2, patience_s=600.0)
    assert not [one for one in threading.enumerate() if one.name == "quarterhour-job"]


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_another_wish_ends_the_former_one(jobs: SharedJobs[str]) -> None:
    first, second = Slow("9"), Slow("11", released=True)
    outdated = jobs.want("ann", "9", first)
    assert first.began.wait(LONG_S)
    assert ends(jobs.want("ann", "11", second)) == "11"
    assert ends(outdated) is CancelledError
    # And back again: it begins anew.
    first.free.set()
    assert ends(jobs.want("ann", "9", first)) == "9"
    assert first.runs == 2


def test_what_another_session_wants_goes_on(jobs: SharedJobs[str]) -> None:
    work, other = Slow("9"), Slow("11", released=True)
    job = jobs.want("ann", "9", work)
    assert jobs.want("bob", "9", work) is job
    waits = jobs.want("ann", "11", other)
    assert not other.began.wait(0.3), "one job at a time"
    work.free.set()
    assert (ends(job), ends(waits)) == ("9", "11")
    assert work.runs == 1
    # Kept for whoever comes.
    assert ends(jobs.want("cem", "9", work)) == "9"
    assert work.runs == 1


def test_the_earliest_wish_comes_first(jobs: SharedJobs[str]) -> None:
    order: list[str] = []

    def noted(name: str) -> Callable[[Progress], str]:
        return lambda progress: order.append(name) or name  # type: ignore[func-returns-value]

    first = Slow("0")
    jobs.want("0", "0", first)
    assert first.began.wait(LONG_S)
    waiting = [jobs.want(name, name, noted(name)) for name in "123456"]
    jobs.leave("3")
    assert ends(waiting[2]) is CancelledError
    first.free.set()
    assert [ends(job) for job in waiting if job is not waiting[2]] == [*"12456"]
    assert order == [*"12456"]


def test_who_leaves_wants_nothing_more(jobs: SharedJobs[str]) -> None:
    work = Slow()
    job = jobs.want("ann", "9", work)
    assert work.began.wait(LONG_S)
    assert jobs.renew("ann", "9")
    jobs.leave("ann")
    assert ends(job) is CancelledError
    assert not jobs.renew("ann", "9")


def test_a_session_that_has_gone_leaves_no_thread_behind() -> None:
    jobs = SharedJobs[str](keep=2, patience_s=0.3)
    running, waiting = Slow(), Slow()
    found = [jobs.want("ann", "9", running), jobs.want("bob", "11", waiting)]
    began = time.monotonic()
    while time.monotonic() < began + 0.9:  # longer than the patience, renewed all the time
        assert jobs.renew("ann", "9")
        time.sleep(0.02)
    assert not found[0].done and ends(found[1]) is CancelledError
    assert ends(found[0]) is CancelledError  # renewed no more
    assert waiting.runs == 0
    assert not [one for one in threading.enumerate() if one.name == "quarterhour-job"]


def test_an_error_stays_until_it_is_forgotten(jobs: SharedJobs[str]) -> None:
    def fail(progress: Progress) -> str:
        raise StudyError("file_missing", file="a")

    job = jobs.want("ann", "9", fail)
    with pytest.raises(StudyError):
        job.result(LONG_S)
    assert jobs.want("ann", "9", Slow("9", released=True)) is job
    jobs.forget("9")
    assert ends(jobs.want("ann", "9", Slow("9", released=True))) == "9"


def test_only_the_latest_results_are_kept(jobs: SharedJobs[str]) -> None:
    work = {name: Slow(name, released=True) for name in ("a", "b", "c")}
    for name in ("a", "b", "a", "c", "a"):
        job = jobs.want("ann", name, work[name])
        assert ends(job) == name
        wait_for(lambda job=job: job.done)  # type: ignore[misc]
    assert [work[name].runs for name in "abc"] == [1, 1, 1]
    jobs.want("ann", "c", work["c"])
    assert ends(jobs.want("ann", "b", work["b"])) == "b"
    assert [work[name].runs for name in "abc"] == [1, 2, 1]
