"""A worker process as its owner sees it: started, given tasks, listened to, ended."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol

from geo.base.processes.children import start_child
from server.runs.memory import private_bytes
from server.runs.task import Task

__all__ = ["ENDED", "Worker", "WorkerProcess"]

_ROOT = Path(__file__).resolve().parents[2]
_START = "import sys; sys.path.insert(0, {root!r}); from server.runs.worker import main; main()"
# The report of a process that has ended.
ENDED = "ended"
_WAIT_S = 10.0


class Worker(Protocol):
    """What a queue needs of a worker; tests have one without a process."""

    @property
    def alive(self) -> bool:
        """False once it has ended."""

    @property
    def status(self) -> int | None:
        """The exit code; the negative number of the signal that ended it; None while it lives."""

    def begin(self, task: Task, folder: Path, key: str) -> None:
        """Give it a task, whose result it puts into `folder` under `key`."""

    def send(self, request: str) -> None:
        """Send "cancel" or "stop" of the present task."""

    def report(self, timeout_s: float) -> tuple[Any, ...] | None:
        """Its next report; None after `timeout_s`."""

    def memory(self) -> int | None:
        """The bytes of memory that it has for itself."""

    def end(self) -> None:
        """End it at once."""


class WorkerProcess:
    """A `Worker` that is a process of its own.

    It must be started in a thread that lives as long as it is needed: Linux ends it with the thread
    that started it.

    Parameters
    ----------
    memory_bytes : int
        Its limit.
    """

    def __init__(self, memory_bytes: int) -> None:
        command = [sys.executable, "-c", _START.format(root=str(_ROOT))]
        self._process = start_child(
            [*command, str(os.getpid()), str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._reports: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        Thread(target=self._listen, name="worker-reports", daemon=True).start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """The exit code, as `subprocess` gives it; None while it lives."""
        return self._process.poll()

    def begin(self, task: Task, folder: Path, key: str) -> None:
        """Give it a task. A process that has ended reports so."""
        self._write("task", pickle.dumps(task), folder, key)

    def send(self, request: str) -> None:
        """Send "cancel" or "stop"; nothing where it has ended."""
        self._write(request)

    def report(self, timeout_s: float) -> tuple[Any, ...] | None:
        """The next report: its name, then what it holds; None after `timeout_s`."""
        try:
            return self._reports.get(timeout=timeout_s)
        except Empty:
            return None

    def memory(self) -> int | None:
        """The bytes of memory that it has for itself; None where the system does not say."""
        return private_bytes(self.pid)

    def end(self) -> None:
        """Kill it and wait for its end."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_WAIT_S)
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()

    def _write(self, *request: Any) -> None:
        assert self._process.stdin is not None
        content = pickle.dumps(request)
        with suppress(OSError, ValueError):
            self._process.stdin.write(content)
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while True:
            try:
                self._reports.put(pickle.load(self._process.stdout))
            except Exception:
                # The end of the stream, or a report cut off by it.
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_WAIT_S)
                self._process.stdout.close()
                self._reports.put((ENDED,))
                return
