"""The memory that a worker process holds for itself, and the limit that it sets itself."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["GIGABYTE", "limit_own_memory", "private_bytes"]

GIGABYTE = 2**30
# Address space that compiled code and threads reserve without using it (1.3 GB measured).
_RESERVED_BYTES = 2 * GIGABYTE
# From 0; the kernel ends processes with a higher number first.
_ENDED_FIRST = 500


def private_bytes(pid: int) -> int | None:
    """The bytes of memory that a process does not share; None where the system does not say.

    Files that it has mapped do not count, as the system can take those pages back.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return None


def limit_own_memory(limit_bytes: int) -> None:
    """Let this process fail to get memory far beyond `limit_bytes`, at once and by itself.

    The owner of the process measures what it uses (`private_bytes`) and ends it at the limit. This
    limit is for a process that takes all memory between two measurements, and for Windows.
    """
    if sys.platform == "win32":
        from geo.base.processes.windows_job import assign, limited_job, this_process

        # The handle is not closed: the job ends with the process.
        with suppress(OSError):
            assign(limited_job(memory_bytes=limit_bytes), this_process())
        return
    import resource

    hard = limit_bytes + _RESERVED_BYTES
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        # Where the machine runs out of memory, the run ends and not the server.
        Path("/proc/self/oom_score_adj").write_text(str(_ENDED_FIRST), encoding="ascii")
