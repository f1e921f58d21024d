"""The main function of a helper process of `layers.print_map.helpers`, run by ``python -c``.

It reads the prepared maps once, then runs of pages from standard input, and writes each drawn page
to standard output. Both ends are the same program on one machine, so pickles are safe.
"""

from __future__ import annotations

import pickle
import sys

from geo.base.processes.children import end_with_parent
from layers.print_map.series import drawn_pages
from layers.words.catalogue import words_for

__all__ = ["main"]


def main() -> None:
    """Draw runs until standard input ends, which it also does when the parent process ends."""
    end_with_parent(int(sys.argv[2]))
    answers = sys.stdout.buffer
    # Prints of libraries must not mix with the answers.
    sys.stdout = sys.stderr
    with open(sys.argv[1], "rb") as file:
        prepared, locale, options = pickle.load(file)
    words = words_for(locale)
    while True:
        try:
            pages = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        for drawn in drawn_pages(prepared, pages, words, options):
            pickle.dump(drawn, answers)
            answers.flush()
