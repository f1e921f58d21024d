"""A process that draws maps for `layers.print_map.helpers`, run as ``python -c``.

It reads what the maps are drawn from once, then runs of pages from standard input; each drawn page
goes to standard output. Both ends are the same program on one machine, so pickles do.
"""

from __future__ import annotations

import pickle
import sys

from layers.print_map.series import drawn_pages
from layers.words.catalogue import words_for

__all__ = ["main"]


def main() -> None:
    """Draw what is asked for until standard input ends, as it does when the parent is gone."""
    answers = sys.stdout.buffer
    # A library that prints must not get between the answers.
    sys.stdout = sys.stderr
    with open(sys.argv[1], "rb") as file:
        stock, locale, options = pickle.load(file)
    words = words_for(locale)
    while True:
        try:
            pages = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        for drawn in drawn_pages(stock, pages, words, options):
            pickle.dump(drawn, answers)
            answers.flush()
