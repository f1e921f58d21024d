"""The rows that hold the names of columns: where they begin, how many they are, what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from geo.readers.table.grid import Grid
from geo.readers.table.headers import is_column_word
from geo.readers.table.row_kinds import is_column_numbers, is_labels, is_number, is_unit

__all__ = ["column_names", "header_depth", "header_start", "is_texty", "known_words"]

_ROWS_AT_MOST = 5
# A header is among so many filled rows; so many rows below it show what a column holds.
_SEARCHED = 40
_SAMPLE = 12


def header_start(grid: Grid, rows: Sequence[int]) -> int:
    """The place in `rows` (the filled rows of a grid, in order) at which the header begins.

    The lines above a table (its title, who filled it in, its date and unit) are passed over, where
    a row that can be a header follows.
    """
    rows = rows[:_SEARCHED]
    for place, row in enumerate(rows[:-1]):
        if not _is_above(grid, row, rows[place + 1 :]):
            return place
    return 0


def _is_above(grid: Grid, row: int, following: Sequence[int]) -> bool:
    """Whether a row is a line above the table, and not the first row of its header."""
    width = max(int(grid.counts[other]) for other in following)
    candidate = next((other for other in following if grid.counts[other] > 1), None)
    if width <= 1 or candidate is None:
        # One column: a title stands above a usual name.
        return not known_words(grid.row(row)) and known_words(grid.row(following[0])) > 0
    cells, below = grid.row(row), grid.row(candidate)
    # Another line above the table may stand between.
    statement = is_labels(below) or (grid.counts[candidate] * 2 < width and known_words(below) < 2)
    if not (is_texty(below) or statement):
        return False
    filled = [cell for cell in cells if cell]
    names = [cell for cell in below if cell]
    if is_labels(cells):
        return True
    known = known_words(cells)
    if known >= 2:
        return False
    if len(filled) == 1:
        # 常住人口 above 人数 and 户数, beside 户籍人口: a group that tells two names apart.
        return bool(cells[0]) or len(set(names)) == len(names)
    if len(set(names)) < len(names) or _completes(cells, below):
        return False
    fewer = len(filled) < len(names)
    return fewer and (len(filled) * 2 < width or (known == 0 and known_words(below) >= 2))


def _completes(cells: Sequence[str], below: Sequence[str]) -> bool:
    """Whether two rows fill each other's gaps, as the two rows of one header do."""
    return any(upper and not lower for upper, lower in zip(cells, below, strict=True)) and any(
        lower and not upper for upper, lower in zip(cells, below, strict=True)
    )


def known_words(cells: Sequence[str]) -> int:
    """How many cells are usual names of columns."""
    return sum(1 for cell in cells if cell and is_column_word(cell))


def is_texty(cells: Sequence[str]) -> bool:
    """Whether a row can be a header: mostly words."""
    filled = [cell for cell in cells if cell]
    words = sum(1 for cell in filled if not is_number(cell))
    return words >= 0.6 * len(filled) and not is_labels(cells)


def header_depth(grid: Grid, first: int) -> int:
    """The number of rows of the header that begins in the row `first`."""
    last = first
    while last - first + 1 < _ROWS_AT_MOST and last + 1 < grid.height:
        row = last + 1
        if not grid.counts[row] or is_column_numbers(grid.row(row)):
            break
        merged = any(first <= top <= last and bottom >= row for top, bottom, _, _ in grid.merged)
        if not merged and not _is_lower_row(grid, first, last, row):
            break
        last = row
    return last - first + 1


def _is_lower_row(grid: Grid, first: int, last: int, row: int) -> bool:
    """Whether a row continues the header that ends in the row `last`.

    It has words only. Each of them divides a group above, repeats the cell above, is the unit of
    it, or stands over numbers. A row of data fills also the columns that have a name already.
    """
    cells = grid.expanded_row(row)
    if any(cell and is_number(cell) for cell in cells) or is_labels(cells):
        return False
    upper = _expanded(grid, first, last, cells)
    leaves = [(chain or [""])[-1] for chain in _chains(upper)]
    spans = _spans(upper)
    own, sure, grouped = 0, 0, True
    for column, (cell, leaf) in enumerate(zip(cells, leaves, strict=True)):
        divides = spans[column] > 1 or not leaf
        grouped &= divides
        same = not cell or cell == leaf or is_unit(cell)
        own += bool(leaf) and not divides and same
        sure += bool(cell) and (divides or is_unit(cell) or leaf.startswith("其中"))
        if not same and not divides and not _is_numeric_below(grid, row, column):
            return False
    if grouped:
        return is_texty(cells) and known_words(cells) > 0
    return own > 0 and sure > 0


def _is_numeric_below(grid: Grid, row: int, column: int) -> bool:
    cells = grid.columns[column][row + 1 : row + 1 + _SAMPLE].to_pylist()
    filled = [cell for cell in cells if cell]
    return bool(filled) and sum(map(is_number, filled)) > 0.5 * len(filled)


def _expanded(grid: Grid, first: int, last: int, below: Sequence[str]) -> list[list[str]]:
    """The rows of a header with every group's text over all its columns, merged or not."""
    rows = [grid.expanded_row(at) for at in range(first, last + 1)]
    # The filled cells of the lower rows: a group reaches over the columns that they name.
    for level, row in enumerate(rows):
        lower = [*rows[level + 1 :], below]
        for column in range(1, grid.width):
            same = all(upper[column] == upper[column - 1] for upper in rows[:level])
            named = any(other[column] for other in lower)
            if not row[column] and row[column - 1] and same and named:
                row[column] = row[column - 1]
    return rows


def _spans(rows: Sequence[Sequence[str]]) -> list[int]:
    """Over how many columns the lowest text of each column reaches."""
    chains = list(zip(*rows, strict=True))
    spans = [1] * len(chains)
    start = 0
    for column in range(1, len(chains) + 1):
        if column < len(chains) and chains[column] == chains[start] and any(chains[start]):
            continue
        spans[start:column] = [column - start] * (column - start)
        start = column
    return spans


def column_names(grid: Grid, first: int, depth: int) -> list[str]:
    """Column names: the lowest cell of the header, with its groups where names would repeat.

    A unit below a name is left out where it counts by ones (``(人)``), and added where it does not
    (``（万人）``).
    """
    last = first + depth - 1
    rows = _expanded(grid, first, last, [""] * grid.width)
    named = [_with_unit(chain) for chain in _chains(rows)]
    lowest = [chain[-1] if chain else "" for chain in named]
    counts = Counter(lowest)
    return [
        " ".join(chain) if counts[name] > 1 else name
        for chain, name in zip(named, lowest, strict=True)
    ]


def _chains(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The different texts of each column, from above."""
    return [
        list(dict.fromkeys(text for text in column if text)) for column in zip(*rows, strict=True)
    ]


def _with_unit(chain: list[str]) -> list[str]:
    """The texts above a column without a unit that stands alone."""
    if len(chain) < 2 or not is_unit(chain[-1]):
        return chain
    *names, unit = chain
    if any(letter in unit for letter in "十百千万亿"):
        bare = unit.strip("（）()[]【】 ")
        names[-1] = f"{names[-1]}（{bare}）"
    return names
