"""Where the table is in a sheet or a text file, and which of its rows are none of the data.

An office's table has a title and lines about itself above it, a header of one to three rows, a row
that numbers the columns, totals, notes, blank rows and columns, and sometimes a second table below.
Every row that holds something and is neither header nor data is named with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog, Severity
from geo.readers.table import row_kinds
from geo.readers.table.grid import Grid
from geo.readers.table.header_rows import (
    column_names,
    header_depth,
    header_start,
    is_texty,
    known_words,
)
from geo.readers.table.headers import COLUMN_WORDS
from geo.readers.table.raw_table import check_width, refuse_repeated

__all__ = ["FoundTable", "find_table"]

Rows = NDArray[np.int64]

# Cells that decide what a column holds.
_SAMPLE = 20
# A total may be named in any of the first columns.
_KEY_COLUMNS = 4
_SHOWN = 40
# A text that stands alone and is longer is no name.
_LONG = 20
# Numbers, degrees and dates, in the spelling of RE2.
_MARKS = r"""[\s\d.,+\-:/°'"′″度分秒年月日NSEW东西南北经纬]*"""
_NUMBER = rf"^{_MARKS}\d{_MARKS}$"
_SEVERITIES: dict[str, Severity] = {"row_other_table": "warning"}


@dataclass
class FoundTable:
    """One table of a grid; rows and columns count from 0.

    Attributes
    ----------
    names : list of str
        The name of every column of the grid, empty for a column without one.
    header : range
        The rows of the header.
    rows : int64 (n)
        The rows of data, in order.
    skipped : dict of int to str
        Rows that are neither header nor data nor blank, with the code of the reason.
    unit : str
        The unit that a line above the table states (``万人``), else empty.
    """

    names: list[str]
    header: range
    rows: Rows
    skipped: dict[int, str] = field(default_factory=dict)
    unit: str = ""

    @property
    def size(self) -> int:
        """The number of its cells with a name."""
        return len(self.rows) * sum(1 for name in self.names if name)


def find_table(grid: Grid, file: str, quality: QualityLog) -> FoundTable:
    """Find the table of a grid: of several, the largest one, and of equal ones the first.

    Parameters
    ----------
    grid : Grid
    file : str
        Its name for messages.
    quality : QualityLog
        Receives one finding for each row of `FoundTable.skipped`: ``row_title``,
        ``row_column_numbers``, ``row_header_again``, ``row_example``, ``row_total``, ``row_note``
        or ``row_other_table``.

    Raises
    ------
    StudyError
        ``file_empty``, ``column_twice``, ``columns_many``.
    """
    check_width(grid.width, file)
    filled = np.flatnonzero(grid.counts > 0)
    if not len(filled):
        raise StudyError("file_empty", file=file)
    columns = np.flatnonzero(grid.filled.any(axis=0))
    tables = _tables(grid.of_columns(columns), filled)
    found = max(tables, key=lambda table: table.size)
    for other in tables:
        if other is not found:
            rows = [*other.header, *other.rows.tolist(), *other.skipped]
            found.skipped |= dict.fromkeys(rows, "row_other_table")
    placed = [""] * grid.width
    for column, name in zip(columns.tolist(), found.names, strict=True):
        placed[column] = name
    found.names = placed
    refuse_repeated(found.names, file)
    for row in sorted(found.skipped):
        problem = found.skipped[row]
        shown = " ".join(cell for cell in grid.row(row) if cell)
        quality.add(
            _SEVERITIES.get(problem, "info"),
            problem,
            file=file,
            row=row + 1,
            action="set_aside",
            value=one_line(shown, _SHOWN),
        )
    return found


def _tables(grid: Grid, filled: Rows) -> list[FoundTable]:
    """All tables of a grid, from the first row to the last."""
    tables = []
    while len(filled):
        start = header_start(grid, filled.tolist()[:100])
        above, first = filled[:start], int(filled[start])
        depth = header_depth(grid, first)
        header = range(first, first + depth)
        body = filled[filled >= header.stop]
        names = column_names(grid, first, depth)
        numeric = _numeric_columns(grid, names, body)
        again, end = _later_headers(grid, header, names, body, numeric)
        body, filled = body[body < end], filled[filled >= end]
        units = (row_kinds.stated_unit(grid.row(row)) for row in above.tolist())
        unit = next((unit for unit in units if unit), "")
        titles = dict.fromkeys(above.tolist(), "row_title")
        found = FoundTable(names, header, body, titles, unit)
        found.skipped |= dict.fromkeys(again, "row_header_again")
        _sort_rows(grid, found)
        tables.append(found)
    return tables


def _numeric_columns(grid: Grid, names: Sequence[str], body: Rows) -> list[int]:
    """The named columns whose first cells are mostly numbers."""
    sample = body[:_SAMPLE]
    # Another table may follow a blank row.
    gaps = np.flatnonzero(np.diff(sample) > 1)
    if len(gaps) and gaps[0] > 0:
        sample = sample[: gaps[0] + 1]
    found = []
    for column, name in enumerate(names):
        cells = [grid.columns[column][int(row)].as_py() for row in sample] if name else []
        cells = [cell for cell in cells if cell]
        if cells and sum(map(row_kinds.is_number, cells)) >= 0.6 * len(cells):
            found.append(column)
    return found


def _later_headers(
    grid: Grid, header: range, names: Sequence[str], body: Rows, numeric: Sequence[int]
) -> tuple[list[int], int]:
    """Rows below a header that repeat it, and the row at which another table begins."""
    if not len(body):
        return [], grid.height
    upper = [set(grid.expanded_row(row)) - {""} for row in header]
    again: list[int] = []
    for row in _header_candidates(grid, names, body, numeric):
        cells = grid.row(row)
        texts = {cell for cell in cells if cell}
        if len(texts) > 1 and any(texts <= known for known in [*upper, set(names)]):
            again.append(row)
            continue
        if len(texts) < 2 or not is_texty(cells):
            continue
        if row_kinds.is_total(cells) or row_kinds.is_note(cells):
            continue
        place = int(np.searchsorted(body, row))
        before = _lines_above(grid, body, place)
        parted = before < place or place == 0 or body[place - 1] < row - 1
        words = known_words(cells)
        holds = [at for at in numeric if cells[at]]
        below = int(body[place + 1]) if place + 1 < len(body) else -1
        numbers_below = below >= 0 and any(
            row_kinds.is_number(under) and cell and not row_kinds.is_number(cell)
            for cell, under in zip(cells, grid.row(below), strict=True)
        )
        usual = set(np.flatnonzero(grid.filled[int(body[0])]).tolist())
        other_shape = set(np.flatnonzero(grid.filled[row]).tolist()) != usual
        if (
            words >= 2
            or (words == 1 and holds and numbers_below)
            or (parted and numbers_below and (before < place or other_shape))
        ):
            return again, int(body[before])
    return again, grid.height


def _header_candidates(
    grid: Grid, names: Sequence[str], body: Rows, numeric: Sequence[int]
) -> list[int]:
    """Rows of the body without a number in any column that holds numbers."""
    chosen = np.zeros(grid.height, dtype=bool)
    chosen[body] = grid.counts[body] > 1
    named = [column for column, name in enumerate(names) if name]
    for column in numeric:
        chosen &= ~grid.matches(column, _NUMBER)
    if not numeric:
        # A list of texts only: the header is repeated, or usual names of columns stand there.
        words = np.zeros(grid.height, dtype=bool)
        for column in named[:_KEY_COLUMNS]:
            words |= grid.matches(column, COLUMN_WORDS)
        chosen &= words
    return [int(at) for at in np.flatnonzero(chosen)]


def _lines_above(grid: Grid, body: Rows, place: int) -> int:
    """The place in `body` of the first line about the table whose header is at `place`."""
    while place > 0 and grid.counts[body[place - 1]] <= 2:
        cells = grid.row(int(body[place - 1]))
        alone = grid.counts[body[place - 1]] == 1 and not row_kinds.is_number("".join(cells))
        if row_kinds.is_note(cells) or row_kinds.is_total(cells):
            break
        if not (alone or row_kinds.is_labels(cells)):
            break
        place -= 1
    return place


def _sort_rows(grid: Grid, found: FoundTable) -> None:
    """Take out of the rows of a table what is not data."""
    body = found.rows
    named = [column for column, name in enumerate(found.names) if name]
    if not len(body) or not named:
        return
    skipped = found.skipped
    at_top = [int(row) for row in body[:2] if int(row) not in skipped]
    if at_top and _numbers_columns(grid, at_top[0], body, named):
        skipped[at_top[0]] = "row_column_numbers"
    hints = np.zeros(grid.height, dtype=bool)
    for column in named[: _KEY_COLUMNS + 2]:
        hints |= grid.matches(column, f"{row_kinds.TOTAL_HINT}|{row_kinds.NOTE_BEGINS}")
        hints |= grid.matches(column, row_kinds.EXAMPLE)
    for column in range(grid.width):
        if not found.names[column]:
            hints |= grid.matches(column, row_kinds.NOTE_BEGINS)
    hints |= grid.counts <= (2 if len(named) > 2 else 1)
    plain = body[~hints[body]]
    profile = _Profile(grid, named, plain if len(plain) else body)
    for row in body[hints[body]]:
        if int(row) not in skipped and (problem := profile.reason(int(row))):
            skipped[int(row)] = problem
    found.rows = body[~np.isin(body, np.array([*skipped], dtype=np.int64))]


def _numbers_columns(grid: Grid, row: int, body: Rows, named: Sequence[int]) -> bool:
    """Whether the first row of a body numbers the columns, and is no row of small numbers."""
    cells = grid.row(row)
    if not row_kinds.is_column_numbers(cells):
        return False
    filled = [cell for cell in cells if cell]
    following = [grid.row(int(other)) for other in body[:_SAMPLE] if int(other) != row]
    if not following:
        return False
    if not filled[0].strip("()（）").isdigit():
        # Names 甲, 乙 or ids A, B run on in the next row.
        return not row_kinds.is_stem(next((cell for cell in following[0] if cell), ""))
    if len(filled) < len(named):
        return False
    # The other rows hold something else than small whole numbers somewhere.
    return any(
        all(not (cells[at].isdigit() and len(cells[at]) < 3) for cells in following if cells[at])
        for at in named
    )


class _Profile:
    """What the rows of a table usually hold, against which an unusual row is judged."""

    def __init__(self, grid: Grid, named: Sequence[int], body: Rows) -> None:
        self._grid = grid
        self._named = list(named)
        share = grid.filled[body][:, self._named].mean(axis=0)
        self._usual = [column for column, part in zip(named, share, strict=True) if part >= 0.5]
        self._codes = {column for column in named if self._is_code_column(column, body)}

    def _is_code_column(self, column: int, body: Rows) -> bool:
        cells = [self._grid.columns[column][int(row)].as_py() for row in body[: 5 * _SAMPLE]]
        cells = [cell for cell in cells if cell]
        return bool(cells) and sum(map(row_kinds.is_code, cells)) >= 0.6 * len(cells)

    def reason(self, row: int) -> str:
        """Why a row is not data (``row_total`` and others); empty for a row of data."""
        cells = self._grid.row(row)
        own = [cells[column] for column in self._named]
        if row_kinds.is_example(own):
            return "row_example"
        lacks = any(not cells[column] for column in self._usual)
        if row_kinds.is_total(own) or (lacks and row_kinds.is_weak_total(own)):
            return "row_total"
        if row_kinds.is_note(cells) and (lacks or not any(own)):
            return "row_note"
        return "row_note" if self._stands_alone(cells) else ""

    def _stands_alone(self, cells: Sequence[str]) -> bool:
        """Whether the only text of a row is a remark or the heading of a section."""
        filled = [column for column, cell in enumerate(cells) if cell]
        if len(filled) != 1 or len(self._usual) < 2:
            return False
        text = cells[filled[0]]
        if row_kinds.is_group_heading(text) or (len(self._usual) > 2 and len(text) > _LONG):
            return True
        return filled[0] in self._codes and not row_kinds.is_code(text)
