"""The `quarterhour` command.

Exit codes: 0 done; 1 an error in the study, in the place to write to or of the machine (a full
disk, too little memory), one line a problem; 2 usage; 3 a fault of the program; 130 cancelled
(Ctrl+C). Nothing else is imported here, so that Ctrl+C during an import is a cancel, too.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from cli.interrupt import CANCELLED, Interrupts

__all__ = ["main"]

_CANCELLED = 130  # what shells give a command that Ctrl+C has ended: 128 + SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (those of the process by default).

    Returns
    -------
    int
        The exit code.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    with Interrupts() as interrupts:
        try:
            from cli.commands import run_command

            code = run_command(given, interrupts)
        except (KeyboardInterrupt, Exception) as error:
            if not (interrupts.came or isinstance(error, KeyboardInterrupt)):
                raise
            code = _cancelled(given)
    if arguments is None:
        # The process ends now; its work is done or undone already.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


def _cancelled(given: Sequence[str]) -> int:
    """The line of a cancel that came before the command began."""
    try:
        from cli.terminal import echo, requested_locale
        from layers.words.catalogue import words_for

        echo(words_for(requested_locale(given))("error.cancelled"), sys.stderr)
    except (KeyboardInterrupt, Exception):
        # A module that the interrupt has left half imported.
        print("Cancelled; nothing was written.", file=sys.stderr)
    return CANCELLED
