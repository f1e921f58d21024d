"""Limits that a process sets for itself before it parses a file of unknown origin."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["limit_memory", "limit_seconds"]

# winnt.h
_JOB_OBJECT_EXTENDED_LIMIT_INFORMATION = 9
_JOB_OBJECT_LIMIT_PROCESS_MEMORY = 0x00000100
_JOB_OBJECT_LIMIT_ACTIVE_PROCESS = 0x00000008


def limit_memory(memory_bytes: int) -> None:
    """Limit the memory; on Windows also forbid further processes.

    On Linux and macOS by `resource`, which Windows does not have; there the process puts itself
    into a Job Object, which ends with it.
    """
    if sys.platform == "win32":
        _join_job(memory_bytes)
    else:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_seconds(seconds: int) -> None:
    """Limit the processor time where the platform can; the parent has a time limit, too."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))


def _join_job(memory_bytes: int) -> None:
    """Put this process into a new Job Object with a memory limit."""
    import ctypes

    class Basic(ctypes.Structure):
        _fields_ = (
            ("per_process_user_time_limit", ctypes.c_int64),
            ("per_job_user_time_limit", ctypes.c_int64),
            ("limit_flags", ctypes.c_uint32),
            ("minimum_working_set_size", ctypes.c_size_t),
            ("maximum_working_set_size", ctypes.c_size_t),
            ("active_process_limit", ctypes.c_uint32),
            ("affinity", ctypes.c_size_t),
            ("priority_class", ctypes.c_uint32),
            ("scheduling_class", ctypes.c_uint32),
        )

    class Extended(ctypes.Structure):
        _fields_ = (
            ("basic", Basic),
            ("io_counters", ctypes.c_uint64 * 6),
            ("process_memory_limit", ctypes.c_size_t),
            ("job_memory_limit", ctypes.c_size_t),
            ("peak_process_memory_used", ctypes.c_size_t),
            ("peak_job_memory_used", ctypes.c_size_t),
        )

    library: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    library.CreateJobObjectW.restype = ctypes.c_void_p
    library.GetCurrentProcess.restype = ctypes.c_void_p
    library.SetInformationJobObject.argtypes = (
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_uint32,
    )
    library.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    limits = Extended()
    limits.basic.limit_flags = _JOB_OBJECT_LIMIT_PROCESS_MEMORY | _JOB_OBJECT_LIMIT_ACTIVE_PROCESS
    limits.basic.active_process_limit = 1
    limits.process_memory_limit = memory_bytes
    job = library.CreateJobObjectW(None, None)
    done = job and library.SetInformationJobObject(
        job, _JOB_OBJECT_EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    )
    if not (done and library.AssignProcessToJobObject(job, library.GetCurrentProcess())):
        raise OSError("no job object")
