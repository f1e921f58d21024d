"""Ctrl+C: whatever it breaks, the command was cancelled."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Any

__all__ = ["CANCELLED", "Interrupts"]

# The exit code of a cancel, as in a shell.
CANCELLED = 130


class Interrupts:
    """Context in which Ctrl+C raises `KeyboardInterrupt` and is remembered.

    An import or a compiled function that is interrupted may end with another error, or print that
    it ignores one. With `came`, that is known for a cancel.

    Attributes
    ----------
    came : bool
        Whether Ctrl+C has been pressed.
    """

    def __init__(self) -> None:
        self.came = False
        self._handler: Any = None
        self._hook = sys.unraisablehook

    def __enter__(self) -> Interrupts:
        # A background process of a shell ignores Ctrl+C, and goes on doing so.
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            try:
                self._handler = signal.signal(signal.SIGINT, self._note)
            except ValueError:  # not in the main thread, which alone gets it
                self._handler = None
        sys.unraisablehook = self._unraisable
        return self

    def __exit__(self, *failure: object) -> None:
        sys.unraisablehook = self._hook
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt

    def _unraisable(self, unraisable: Any) -> None:
        if not (self.came and isinstance(unraisable.exc_value, KeyboardInterrupt)):
            self._hook(unraisable)
