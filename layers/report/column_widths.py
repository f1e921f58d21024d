"""Widths of the columns of a report's table, and the number of lines of its rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from layers.report.blocks import Table
from layers.style.typeface import known_text, longest_word, text_width, wrap

__all__ = ["column_widths", "kept_together", "row_lines"]

# Factors for bold letters, and for fonts wider than ours.
_HEADER, _CELL = 1.22, 1.12
_PADDING = 0.8  # both sides together, in letters
_SHORT = 6  # texts of so many letters are not broken
_BRIEF = 6  # headers of so many letters are not broken: 县（市、区）
_WIDE = 18  # longer texts are broken
_OFTEN = 0.93  # share of a column's texts that determine its width
_STEPS = 40
# A table of at most so many lines is kept on one page; of others, so many rows at both ends are.
_TOGETHER = 14
_ENDS = 3


def column_widths(table: Table, total: float, size: float) -> list[float]:
    """Widths of a table's columns by their content, so that rows have few lines.

    Every column is wide enough for the longest word of its header and for its numbers. The empty
    columns of a form have the shares of the width that the table gives.

    Parameters
    ----------
    table : Table
    total : float
        Of all columns, in any unit.
    size : float
        Of the letters, in the same unit.
    """
    empty = [
        bool(table.rows) and not any(row[number].strip() for row in table.rows)
        for number in range(len(table.header))
    ]
    least, usual, most = [], [], []
    for number, blank in enumerate(empty):
        low, often, high = _needs(table, number, size)
        share = total * table.widths[number] if blank else 0.0  # for handwriting
        least.append(max(low, share))
        usual.append(max(low, often, share))
        most.append(max(low, high, share))
    if sum(least) >= total:
        return [total * low / sum(least) for low in least]
    if sum(most) <= total:
        scale = total / sum(most)
        return [scale * wide for wide in most]
    return _broken(least, usual, total)


def _needs(table: Table, number: int, size: float) -> tuple[float, float, float]:
    """Widths of a column: the least, one at which few cells break, one at which none does."""
    padding = _PADDING * size
    header = known_text(table.header[number])
    word, head = longest_word(header, size), text_width(header.replace("\n", " "), size)
    # A short header has one line, a longer one two, and three at most where there is little room.
    third = math.ceil(round(head / 3 / size, 6)) * size
    head, word = (
        (head, head) if head <= _BRIEF * size else (max(head / 2 + size, word), max(third, word))
    )
    cells = [line for row in table.rows for line in known_text(row[number]).split("\n")]
    wides = sorted(text_width(cell, size) for cell in cells) or [0.0]
    # A few long names must not determine the width.
    often, wide = wides[int(_OFTEN * (len(wides) - 1))], wides[-1]
    longest = max((longest_word(cell, size) for cell in cells), default=0.0)
    if number in table.numeric:
        least = wide
    else:
        least = min(max(longest, min(wide, _SHORT * size)), _WIDE * size)
    return (
        max(word * _HEADER, least * _CELL) + padding,
        max(head * _HEADER, often * _CELL) + padding,
        max(head * _HEADER, wide * _CELL) + padding,
    )


def _broken(least: Sequence[float], usual: Sequence[float], total: float) -> list[float]:
    """Widths at which all columns need about the same number of lines."""
    low, high = 1.0, 200.0
    for _ in range(_STEPS):
        lines = math.sqrt(low * high)
        wanted = sum(max(a, b / lines) for a, b in zip(least, usual, strict=True))
        low, high = (lines, high) if wanted > total else (low, lines)
    widths = [max(a, b / high) for a, b in zip(least, usual, strict=True)]
    scale = total / sum(widths)
    return [scale * width for width in widths]


def row_lines(table: Table, widths: Sequence[float], size: float) -> list[int]:
    """The number of lines of each row at these widths."""
    rooms = [max(width - _PADDING * size, size) for width in widths]
    return [
        max(
            (
                len(wrap(known_text(cell), room, size * 1.05))
                for cell, room in zip(row, rooms, strict=True)
            ),
            default=1,
        )
        for row in table.rows
    ]


def kept_together(table: Table, widths: Sequence[float], size: float) -> list[bool]:
    """Which rows stay on one page with the next: all of a short table, else those at the ends."""
    lines = [2 if table.roomy else count for count in row_lines(table, widths, size)]
    count = len(lines)
    if sum(lines) <= _TOGETHER:
        return [number < count - 1 for number in range(count)]
    return [number < _ENDS - 1 or count - _ENDS <= number < count - 1 for number in range(count)]
