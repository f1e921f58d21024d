"""Jobs of several sessions: none is stopped by others, none goes on that nobody requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from app_pages.shell.shared_jobs import SharedJob, SharedJobs
from geo.base.errors import CancelledError, StudyError
from geo.base.jobs import Job
from geo.base.progress import Progress

LONG_S = 20.0


class Slow:
    """Work that runs until its event `free` is set, and reports all the time."""

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


def running_jobs() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "quarterhour-job"]


@pytest.fixture
def jobs() -> Iterator[SharedJobs[str]]:
    others = set(running_jobs())
    yield SharedJobs(keep=2, request_lifetime_s=600.0)
    assert set(running_jobs()) <= others


def wait_for(true: Callable[[], bool]) -> None:
    until = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_another_request_ends_the_former_one(jobs: SharedJobs[str]) -> None:
    first, second = Slow("9"), Slow("11", released=True)
    outdated = jobs.request("ann", "9", first)
    assert first.began.wait(LONG_S)
    assert ends(jobs.request("ann", "11", second)) == "11"
    assert ends(outdated) is CancelledError
    # And back again: it begins anew.
    first.free.set()
    assert ends(jobs.request("ann", "9", first)) == "9"
    assert first.runs == 2


def test_a_job_that_another_session_requests_goes_on(jobs: SharedJobs[str]) -> None:
    work, other = Slow("9"), Slow("11", released=True)
    job = jobs.request("ann", "9", work)
    assert jobs.request("bob", "9", work) is job
    waits = jobs.request("ann", "11", other)
    assert not other.began.wait(0.3), "one job at a time"
    work.free.set()
    assert (ends(job), ends(waits)) == ("9", "11")
    assert work.runs == 1
    # The result is kept for later requests.
    assert ends(jobs.request("cem", "9", work)) == "9"
    assert work.runs == 1


def test_the_earliest_request_comes_first(jobs: SharedJobs[str]) -> None:
    order: list[str] = []

    def noted(name: str) -> Callable[[Progress], str]:
        return lambda progress: order.append(name) or name  # type: ignore[func-returns-value]

    first = Slow("0")
    jobs.request("0", "0", first)
    assert first.began.wait(LONG_S)
    waiting = [jobs.request(name, name, noted(name)) for name in "123456"]
    jobs.withdraw("3")
    assert ends(waiting[2]) is CancelledError
    first.free.set()
    assert [ends(job) for job in waiting if job is not waiting[2]] == [*"12456"]
    assert order == [*"12456"]


def test_a_withdrawn_request_ends_the_job(jobs: SharedJobs[str]) -> None:
    work = Slow()
    job = jobs.request("ann", "9", work)
    assert work.began.wait(LONG_S)
    assert jobs.renew("ann", "9")
    jobs.withdraw("ann")
    assert ends(job) is CancelledError
    assert not jobs.renew("ann", "9")


def test_a_session_that_has_gone_leaves_no_thread_behind() -> None:
    others = set(running_jobs())
    jobs = SharedJobs[str](keep=2, request_lifetime_s=0.3)
    running, waiting = Slow(), Slow()
    found = [jobs.request("ann", "9", running), jobs.request("bob", "11", waiting)]
    began = time.monotonic()
    while time.monotonic() < began + 0.9:  # longer than a request lasts, renewed all the time
        assert jobs.renew("ann", "9")
        time.sleep(0.02)
    assert not found[0].done and ends(found[1]) is CancelledError
    assert ends(found[0]) is CancelledError  # renewed no more
    assert waiting.runs == 0
    assert set(running_jobs()) <= others


def test_an_error_stays_until_it_is_forgotten(jobs: SharedJobs[str]) -> None:
    def fail(progress: Progress) -> str:
        raise StudyError("file_missing", file="a")

    job = jobs.request("ann", "9", fail)
    with pytest.raises(StudyError):
        job.result(LONG_S)
    assert jobs.request("ann", "9", Slow("9", released=True)) is job
    jobs.forget("9")
    assert ends(jobs.request("ann", "9", Slow("9", released=True))) == "9"


def test_only_the_latest_results_are_kept(jobs: SharedJobs[str]) -> None:
    work = {name: Slow(name, released=True) for name in ("a", "b", "c")}
    for name in ("a", "b", "a", "c", "a"):
        job = jobs.request("ann", name, work[name])
        assert ends(job) == name
        wait_for(lambda job=job: job.done)  # type: ignore[misc]
    assert [work[name].runs for name in "abc"] == [1, 1, 1]
    jobs.request("ann", "c", work["c"])
    assert ends(jobs.request("ann", "b", work["b"])) == "b"
    assert [work[name].runs for name in "abc"] == [1, 2, 1]


def test_a_cancel_does_not_stop_the_job_of_another_session() -> None:
    work = Slow("computed")
    job = SharedJob(work, request_lifetime_s=600.0)
    for session in ("ann", "bob"):
        job.wait(session)
    job.cancel("ann")
    assert work.began.wait(LONG_S)
    time.sleep(0.1)
    assert not job.done and not job.progress.cancelled
    work.free.set()
    assert job.result(LONG_S) == "computed"


def test_the_last_session_s_cancel_stops_the_job() -> None:
    job = SharedJob(Slow(), request_lifetime_s=600.0)
    for session in ("ann", "bob"):
        job.wait(session)
    job.cancel("ann")
    job.cancel("bob")
    with pytest.raises(CancelledError):
        job.result(LONG_S)


def test_a_session_that_has_gone_does_not_keep_a_cancelled_job() -> None:
    job = SharedJob(Slow(), request_lifetime_s=0.3)
    for session in ("ann", "bob"):
        job.wait(session)
    job.cancel("ann")  # bob has closed the browser
    assert not job.progress.cancelled
    with pytest.raises(CancelledError):
        job.result(LONG_S)


def test_a_job_goes_on_without_a_cancel_when_every_session_has_gone() -> None:
    work = Slow("computed")
    job = SharedJob(work, request_lifetime_s=0.05)
    job.wait("ann")
    time.sleep(0.3)
    work.free.set()
    assert job.result(LONG_S) == "computed"
