"""What a local worker is told before it begins (a Dask preload)."""

from __future__ import annotations

import signal

__all__ = ["dask_setup"]


def dask_setup(worker: object) -> None:
    """Leave Ctrl+C to the driver, which ends its workers; each would print a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
