"""Child processes that end with their parent, however the parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

__all__ = ["end_with_parent", "start_child"]

# prctl.h
_PR_SET_PDEATHSIG = 1
_WATCH_S = 1.0


def start_child(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process that ends with this one.

    On Windows this process keeps a Job Object that ends its members when its last handle closes.
    Elsewhere the child itself must call `end_with_parent` first. Ctrl+C of the terminal does not
    reach the child: its parent says what becomes of it.

    Parameters
    ----------
    command : sequence of str
    **options
        Of `subprocess.Popen`.
    """
    if sys.platform == "win32":
        from geo.base.processes.windows_job import assign

        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        process = subprocess.Popen(list(command), creationflags=flags, **options)
        # A child that could not be assigned still ends by its own limits.
        with suppress(OSError):
            assign(_job(), int(process._handle))
        return process
    return subprocess.Popen(list(command), start_new_session=True, **options)


@cache
def _job() -> int:
    from geo.base.processes.windows_job import KILL_ON_CLOSE, limited_job

    return limited_job(flags=KILL_ON_CLOSE)


def end_with_parent(parent: int) -> None:
    """Let this process end when its parent does.

    Parameters
    ----------
    parent : int
        The parent's process id. If it has ended already, this process ends at once.
    """
    if sys.platform == "win32":
        return  # the parent's Job Object does it
    if sys.platform.startswith("linux"):
        import ctypes

        # Sent by the kernel, so that it also ends a process that is busy in compiled code.
        if ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0:
            if os.getppid() != parent:
                os._exit(1)
            return
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)
