"""Job Objects of Windows: limits for processes, and processes that end together."""

from __future__ import annotations

import ctypes
from typing import Any

__all__ = ["KILL_ON_CLOSE", "assign", "limited_job", "this_process"]

# winnt.h
_EXTENDED_LIMIT_INFORMATION = 9
_LIMIT_PROCESS_MEMORY = 0x00000100
_LIMIT_ACTIVE_PROCESS = 0x00000008
KILL_ON_CLOSE = 0x00002000


class _Basic(ctypes.Structure):
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


class _Extended(ctypes.Structure):
    _fields_ = (
        ("basic", _Basic),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory_limit", ctypes.c_size_t),
        ("job_memory_limit", ctypes.c_size_t),
        ("peak_process_memory_used", ctypes.c_size_t),
        ("peak_job_memory_used", ctypes.c_size_t),
    )


def limited_job(*, memory_bytes: int = 0, processes: int = 0, flags: int = 0) -> int:
    """A new Job Object; its handle, which must be kept as long as the job is needed.

    Raises
    ------
    OSError
        The system refuses.
    """
    library = _kernel()
    limits = _Extended()
    limits.basic.limit_flags = flags
    if memory_bytes:
        limits.basic.limit_flags |= _LIMIT_PROCESS_MEMORY
        limits.process_memory_limit = memory_bytes
    if processes:
        limits.basic.limit_flags |= _LIMIT_ACTIVE_PROCESS
        limits.basic.active_process_limit = processes
    job = library.CreateJobObjectW(None, None)
    done = job and library.SetInformationJobObject(
        job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    )
    if not done:
        raise OSError("no job object")
    return int(job)


def assign(job: int, process: int) -> None:
    """Put a process, by its handle, into a job.

    Raises
    ------
    OSError
        The system refuses.
    """
    if not _kernel().AssignProcessToJobObject(job, process):
        raise OSError("no job object")


def this_process() -> int:
    """The handle of this process."""
    return int(_kernel().GetCurrentProcess())


def _kernel() -> Any:
    library: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    library.CreateJobObjectW.restype = ctypes.c_void_p
    library.CreateJobObjectW.argtypes = (ctypes.c_void_p, ctypes.c_wchar_p)
    library.GetCurrentProcess.restype = ctypes.c_void_p
    library.SetInformationJobObject.argtypes = (
        ctypes.c_void_p,
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_uint32,
    )
    library.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    return library
