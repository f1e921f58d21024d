"""What the readers of tables share: columns, numbers, setting rows aside, counting."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.files import file_sha256
from geo.base.messages import one_line
from geo.base.quality_log import InputCount, QualityLog
from geo.readers.table.cells import is_broken_code, is_reformatted, number
from geo.readers.table.invisible import visible
from geo.readers.table.raw_table import RawTable

__all__ = [
    "RowFilter",
    "column",
    "count_input",
    "each_number",
    "has_column",
    "missing_column",
    "numbers",
    "reformatted",
    "set_aside_broken_codes",
]

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

_NAMED_AT_MOST = 12
# Decimals in plain notation, with so few digits that a float keeps them all.
_PLAIN = r"^-?[0-9]{1,15}(?:\.[0-9]{1,15})?$"


def count_input(
    quality: QualityLog, role: str, path: Path, *, file: str, rows_in: int, used: int
) -> None:
    """Record how many rows of an input were read, used and set aside."""
    quality.inputs.append(InputCount(role, file, file_sha256(path), rows_in, used, rows_in - used))


def has_column(table: RawTable, name: str) -> bool:
    """True when the table has this column."""
    return visible(name) in table.frame.columns


def missing_column(table: RawTable, name: str, field: str) -> StudyError:
    """The error for a column that `field` of study.toml names and that is not in the file.

    Its message lists the columns with the nearest names, else the first ones.
    """
    known = [str(column) for column in table.frame.columns]
    by_fold = {column.casefold(): column for column in known}
    near = difflib.get_close_matches(name.casefold(), list(by_fold), n=3, cutoff=0.5)
    named = [by_fold[fold] for fold in near] or known[:_NAMED_AT_MOST]
    return StudyError(
        "column_missing",
        file=table.file,
        field=field,
        value=one_line(name),
        nearest=one_line(", ".join(named), 200) or "-",
    )


def column(table: RawTable, name: str, field: str) -> NDArray[np.object_]:
    """The text cells of a column (n).

    Raises
    ------
    StudyError
        The file has no such column (``column_missing``).
    """
    if not has_column(table, name):
        raise missing_column(table, name, field)
    cells: NDArray[np.object_] = table.frame[visible(name)].to_numpy(dtype=object)
    return cells


def each_number(cells: NDArray[np.object_], read: Callable[[str], float]) -> Floats:
    """Cells as float64 (n); those that are not plain decimals are read by `read`.

    Most cells are plain, and Arrow reads a million of them while Python reads ten thousand.
    """
    plain = _plain(cells)
    values = np.empty(len(cells))
    values[plain] = pc.cast(pa.array(cells[plain], pa.large_string()), pa.float64()).to_numpy()
    values[~plain] = [read(cell) for cell in cells[~plain]]
    return values


def reformatted(cells: NDArray[np.object_]) -> Mask:
    """Whether each cell holds a number in another notation than the plain one, bool (n)."""
    found = ~_plain(cells)
    found[found] = [is_reformatted(cell) for cell in cells[found]]
    return found


def _plain(cells: NDArray[np.object_]) -> Mask:
    texts = pa.array(cells, pa.large_string())
    found: Mask = pc.match_substring_regex(texts, _PLAIN).to_numpy(zero_copy_only=False)
    return found


def numbers(cells: NDArray[np.object_]) -> Floats:
    """Cells as float64 (n): NaN where empty or no number (``nan`` included); may be infinite.

    Numbers as people type them are understood (`geo.readers.table.cells.number`).
    """
    return each_number(cells, number)


class RowFilter:
    """Decides which rows of one table are kept; each row set aside is one finding.

    Attributes
    ----------
    keep : bool (n)
        The rows that are not set aside so far.
    """

    def __init__(self, table: RawTable, quality: QualityLog) -> None:
        self._table = table
        self._quality = quality
        self.keep: Mask = np.ones(len(table), dtype=bool)

    @property
    def file(self) -> str:
        """The table's name for messages."""
        return self._table.file

    def set_aside(
        self,
        bad: Mask,
        problem: str,
        *,
        field: str = "",
        values: NDArray[np.object_] | list[str] | None = None,
    ) -> None:
        """Set the rows of `bad` (n) aside; each of them not set aside before is reported."""
        for at in np.flatnonzero(bad & self.keep):
            self._quality.add(
                "warning",
                problem,
                file=self._table.file,
                row=int(self._table.rows[at]),
                field=field,
                action="set_aside",
                value="" if values is None else one_line(values[at]),
            )
        self.keep &= ~bad

    def set_aside_geometry(self) -> None:
        """Set rows aside whose geometry is malformed, absent or empty."""
        geometry = self._table.geometry
        if geometry is None:
            return
        for problem in sorted({problem for problem, _ in self._table.faults.values()}):
            bad = np.zeros(len(self.keep), dtype=bool)
            values = np.full(len(self.keep), "", dtype=object)
            for at, (code, value) in self._table.faults.items():
                if code == problem:
                    bad[at], values[at] = True, value
            self.set_aside(bad, problem, field="geometry", values=values)
        self.set_aside(shapely.is_missing(geometry), "geometry_missing", field="geometry")
        self.set_aside(shapely.is_empty(geometry), "geometry_empty", field="geometry")

    def set_aside_twice(self, ids: NDArray[np.object_], *, field: str) -> None:
        """Set rows aside whose id an earlier kept row has."""
        at = np.flatnonzero(self.keep)
        twice = np.zeros(len(self.keep), dtype=bool)
        twice[at] = pd.Index(ids[at]).duplicated(keep="first")
        self.set_aside(twice, "id_twice", field=field, values=ids)

    def note(
        self,
        which: Mask,
        severity: str,
        problem: str,
        *,
        action: str = "kept",
        field: str = "",
        values: NDArray[np.object_] | None = None,
    ) -> None:
        """Report kept rows, one finding each."""
        for at in np.flatnonzero(which & self.keep):
            self._quality.add(
                severity,  # type: ignore[arg-type]
                problem,
                file=self._table.file,
                row=int(self._table.rows[at]),
                field=field,
                action=action,  # type: ignore[arg-type]
                value="" if values is None else one_line(values[at]),
            )

    def about_file(
        self, severity: str, problem: str, *, field: str = "", value: object = ""
    ) -> None:
        """Report a finding about the whole file."""
        self._quality.add(
            severity,  # type: ignore[arg-type]
            problem,
            file=self._table.file,
            field=field,
            value=value,
        )

    def total(
        self, which: Mask, severity: str, problem: str, *, action: str = "kept", field: str = ""
    ) -> None:
        """Report the number of kept rows of `which` in one finding."""
        self._quality.add(
            severity,  # type: ignore[arg-type]
            problem,
            file=self._table.file,
            field=field,
            action=action,  # type: ignore[arg-type]
            value=int((which & self.keep).sum()),
        )


def set_aside_broken_codes(
    cells: NDArray[np.object_], row_filter: RowFilter, *, field: str
) -> None:
    """Set rows aside whose code Excel has turned into a number in scientific notation."""
    exponent = pc.match_substring(pa.array(cells, pa.large_string()), "e", ignore_case=True)
    broken: Mask = exponent.to_numpy(zero_copy_only=False).copy()
    broken[broken] = [is_broken_code(cell) for cell in cells[broken]]
    row_filter.set_aside(broken, "code_scientific", field=field, values=cells)
