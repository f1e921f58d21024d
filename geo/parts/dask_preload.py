"""Set-up of a local worker before it starts (a Dask preload)."""

from __future__ import annotations

import signal

__all__ = ["dask_setup"]


def dask_setup(worker: object) -> None:
    """Ignore Ctrl+C in the worker. The driver handles it and stops its workers.

    Otherwise each worker would print a traceback.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
