"""A worker process: does one task after the other for its owner, until the owner ends.

Run by `server.runs.process`. Requests come through standard input, reports go through what was
standard output; both are pickles, one after the other. What the work prints goes to the log.
"""

from __future__ import annotations

import logging
import os
import pickle
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, BinaryIO

from geo.base.errors import CancelledError, MachineError, QuarterhourError
from geo.base.files import output_errors
from geo.base.processes.children import end_with_parent
from geo.base.progress import ProgressState
from server.runs.memory import limit_own_memory
from server.runs.results import has_result, keep_result
from server.runs.task import RunProgress, Task

__all__ = ["main"]

# Reports of one stage are sent this often.
_EVERY_S = 0.1
# Behind the sessions of the server, when both want the processor.
_NICE = 5


def main() -> None:
    """Serve the owner, whose process id is the first argument; the second is the memory limit."""
    end_with_parent(int(sys.argv[1]))
    requests, reports = _streams()
    limit_own_memory(int(sys.argv[2]))
    if sys.platform != "win32":
        os.nice(_NICE)
    owner = _Owner(requests, reports)
    Thread(target=owner.listen, name="owner", daemon=True).start()
    while True:
        owner.do(*owner.tasks.get())


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the talk with the owner, taken away from prints and from children."""
    requests, reports = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, reports


class _Owner:
    """The owner of this process, as seen from here."""

    def __init__(self, requests: BinaryIO, reports: BinaryIO) -> None:
        self._requests, self._reports = requests, reports
        self._lock = Lock()
        self._progress: RunProgress | None = None
        self._sent: tuple[str, float] = ("", 0.0)
        self.tasks: SimpleQueue[tuple[bytes, Path, str]] = SimpleQueue()

    def listen(self) -> None:
        """Take requests until the owner has gone; then end at once, whatever is being done."""
        while True:
            try:
                request, *details = pickle.load(self._requests)
            except (EOFError, OSError):
                os._exit(0)
            if request == "task":
                # Made here, so that a cancel that follows at once finds it.
                self._progress = RunProgress(self._report_state, self._tell)
                self.tasks.put((details[0], details[1], details[2]))
            elif self._progress is not None and request == "cancel":
                self._progress.cancel()
            elif self._progress is not None and request == "stop":
                self._progress.stop()

    def do(self, pickled: bytes, folder: Path, key: str) -> None:
        """Do a task; its result goes into `folder`."""
        assert self._progress is not None
        self._send("begun")
        try:
            task: Task = pickle.loads(pickled)
            if not (task.keep and has_result(folder, key)):
                value = task.call(self._progress)
                with output_errors(folder):
                    keep_result(folder, key, value)
            self._send("done")
        except BaseException as error:  # sent to the owner
            self._send("failed", _sendable(error))

    def _report_state(self, state: ProgressState) -> None:
        now = time.monotonic()
        stage, sent_at = self._sent
        if state.stage == stage and now - sent_at < _EVERY_S:
            return
        self._sent = (state.stage, now)
        self._send("state", state)

    def _tell(self, value: Any) -> None:
        self._send("told", value)

    def _send(self, *report: Any) -> None:
        content = pickle.dumps(report)
        with self._lock, suppress(OSError):  # `listen` notices that the owner has gone
            self._reports.write(content)
            self._reports.flush()


def _sendable(error: BaseException) -> QuarterhourError:
    """An error as the owner raises it; what is not raised on purpose goes to the log."""
    if isinstance(error, QuarterhourError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return CancelledError()
    if isinstance(error, MemoryError):
        return MachineError("memory_short")  # the owner knows the limit
    logging.getLogger(__name__).error("a run failed", exc_info=error)
    return MachineError("run_failed", reason=type(error).__name__)
