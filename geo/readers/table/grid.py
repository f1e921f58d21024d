"""The cells of a sheet or of a text file, before it is known where its table is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Grid", "Merged"]

# First and last row, first and last column of a merged range, from 0.
Merged = tuple[int, int, int, int]


@dataclass(frozen=True)
class Grid:
    """Rows and columns of stripped text.

    Attributes
    ----------
    columns : list of Arrow text arrays (n)
        All of one length; a missing cell is empty.
    merged : sequence of (int, int, int, int)
        First and last row, first and last column of every merged range, from 0; only the first
        cell of a range holds its text.
    """

    columns: list[pa.Array]
    merged: Sequence[Merged] = field(default=())

    @classmethod
    def of_rows(cls, rows: Sequence[Sequence[str]], merged: Sequence[Merged] = ()) -> Grid:
        """A grid of rows that may differ in length."""
        width = max(map(_length, rows), default=0)
        padded = [[*row[:width], *[""] * (width - len(row))] for row in rows]
        cells: Iterable[Sequence[str]] = zip(*padded, strict=True)
        return cls([pa.array(column, pa.large_string()) for column in cells], merged)

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.columns)

    @property
    def height(self) -> int:
        """The number of rows."""
        return len(self.columns[0]) if self.columns else 0

    @cached_property
    def filled(self) -> NDArray[np.bool_]:
        """Whether each cell holds text, bool (height, width)."""
        found = [pc.binary_length(column).to_numpy() > 0 for column in self.columns]
        return np.array(found, dtype=bool).reshape(self.width, self.height).T

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """The number of filled cells of each row, int64 (height)."""
        found: NDArray[np.int64] = self.filled.sum(axis=1)
        return found

    def row(self, at: int) -> list[str]:
        """The cells of a row."""
        return [column[at].as_py() for column in self.columns]

    def expanded_row(self, at: int) -> list[str]:
        """The cells of a row, with the text of every merged range in all of its cells."""
        cells = self.row(at)
        for top, bottom, left, right in self.merged:
            if top <= at <= bottom:
                text = self.columns[left][top].as_py()
                cells[left : right + 1] = [text] * (right + 1 - left)
        return cells

    def of_columns(self, chosen: NDArray[np.int64]) -> Grid:
        """The grid without its other columns, which are blank."""
        place = np.searchsorted(chosen, np.arange(self.width + 1))
        merged = [
            (top, bottom, int(place[left]), int(place[min(right, self.width - 1) + 1]) - 1)
            for top, bottom, left, right in self.merged
            if left < self.width
        ]
        kept = [area for area in merged if area[2] <= area[3]]
        return Grid([self.columns[at] for at in chosen.tolist()], kept)

    def matches(self, column: int, pattern: str) -> NDArray[np.bool_]:
        """Whether each cell of a column matches a regular expression (RE2), case ignored."""
        found = pc.match_substring_regex(self.columns[column], pattern, ignore_case=True)
        matched: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
        return matched

    def frame(self, names: Sequence[str], rows: NDArray[np.int64]) -> pd.DataFrame:
        """The named columns of some rows as a table of text; the index runs from 0."""
        whole = len(rows) == self.height - rows[0] if len(rows) else False
        chosen = pa.array(rows)
        cells = {
            name: pd.array(column[int(rows[0]) :] if whole else column.take(chosen), dtype="str")
            for name, column in zip(names, self.columns, strict=False)
            if name
        }
        return pd.DataFrame(cells, index=pd.RangeIndex(len(rows)), dtype="str")


def _length(row: Sequence[str]) -> int:
    """The number of cells up to the last filled one."""
    length = len(row)
    while length and not row[length - 1]:
        length -= 1
    return length
