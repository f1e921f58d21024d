"""Jobs kept within a number and a size; running ones stay."""

from __future__ import annotations

from dataclasses import dataclass

from app_pages.runs.kept_jobs import KeptJobs


@dataclass
class Done:
    size: int = 1
    done: bool = True


def names(jobs: KeptJobs[Done], asked: str) -> str:
    """Which of the names must be started anew."""
    return "".join(name for name in asked if name in jobs._jobs)


def test_the_number_is_bounded_but_running_jobs_stay() -> None:
    jobs: KeptJobs[Done] = KeptJobs(2)
    running = Done(done=False)
    assert jobs.of("r", lambda: running) is running
    for name in "abca":
        jobs.of(name, Done)
    assert names(jobs, "rabc") == "rac"
    assert jobs.of("r", Done) is running
    running.done = True
    jobs.of("d", Done)
    assert names(jobs, "rabcd") == "rd"
    jobs.forget("d")
    jobs.forget("d")
    assert names(jobs, "rd") == "r"


def test_the_size_is_bounded_but_the_last_one_stays() -> None:
    jobs: KeptJobs[Done] = KeptJobs(9, most_bytes=10, size=lambda job: job.size)
    for name, size in zip("abc", (6, 4, 3), strict=True):
        jobs.of(name, lambda size=size: Done(size))  # type: ignore[misc]
    assert names(jobs, "abc") == "bc"
    jobs.of("d", lambda: Done(99))
    assert names(jobs, "abcd") == "d"
