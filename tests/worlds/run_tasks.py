"""Tasks for worker processes: each runs until it is told how to end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np

from geo.base.errors import StudyError
from geo.base.progress import Progress
from server.runs.task import RunProgress


def give(progress: Progress, value: Any) -> tuple[int, Any]:
    """The process and the value."""
    progress.stage("tables")
    return os.getpid(), value


def wait_for_file(progress: Progress, file: str) -> str:
    """Report until there is such a file."""
    progress.stage("travel", 1000)
    while not Path(file).exists():
        time.sleep(0.01)
        progress.step()
    return Path(file).read_text(encoding="utf-8")


def deaf(progress: Progress, file: str) -> None:
    """Write the process id into a file and never report."""
    Path(file).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(600)


def kill_itself(progress: Progress, number: int) -> None:
    """End by a signal, as after a crash of compiled code."""
    os.kill(os.getpid(), number)
    time.sleep(60)


def segfault(progress: Progress) -> None:
    """Read where nothing is."""
    import ctypes

    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    ctypes.string_at(0)


def grow(progress: Progress) -> None:
    """Take more and more memory."""
    held = []
    while True:
        held.append(np.ones(4_000_000))
        progress.step()


def allocate(progress: Progress, gigabytes: int) -> None:
    """Take all memory at once."""
    np.ones(gigabytes * 2**27)


def fail(progress: Progress) -> None:
    """Fail with two problems of a study."""
    raise StudyError.of([StudyError("no_study", file="a"), StudyError("no_study", file="b")])


def fault(progress: Progress) -> None:
    """Fail with an error that nobody expects."""
    print("this must not reach the owner")
    raise KeyError("fault")


def best_so_far(progress: RunProgress) -> int:
    """Count until it is asked to stop, and tell each number."""
    number = 0
    while not progress.stopped:
        number += 1
        progress.tell(number)
        progress.step()
        time.sleep(0.01)
    return number
