"""Limits that a process sets for itself before it parses a file of unknown origin."""

from __future__ import annotations

import os
import sys
from typing import Any

__all__ = ["limit_memory", "limit_seconds", "machine_memory_mb"]

# Of MEMORYSTATUSEX, after its length and load.
_STATUS = (
    "total",
    "free",
    "total_page_file",
    "free_page_file",
    "total_virtual",
    "free_virtual",
    "free_extended",
)


def limit_memory(memory_bytes: int) -> None:
    """Limit the memory; on Windows also forbid further processes.

    On Linux and macOS by `resource`, which Windows does not have; there the process puts itself
    into a Job Object, which ends with it.
    """
    if sys.platform == "win32":
        from geo.base.processes.windows_job import assign, limited_job, this_process

        # The handle is not closed: the job ends with the process.
        assign(limited_job(memory_bytes=memory_bytes, processes=1), this_process())
    else:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_seconds(seconds: int) -> None:
    """Limit the processor time where the platform can; the parent has a time limit, too."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def machine_memory_mb() -> int:
    """The memory of the machine in MB; 0 where it is not known."""
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = (
                ("length", ctypes.c_uint32),
                ("load", ctypes.c_uint32),
                *((name, ctypes.c_uint64) for name in _STATUS),
            )

        status = Status()
        status.length = ctypes.sizeof(Status)
        library: Any = ctypes.WinDLL("kernel32")
        found = library.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total) // 2**20 if found else 0
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    except (OSError, ValueError):
        return 0
