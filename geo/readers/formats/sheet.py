"""One sheet of a workbook as a table, whatever program wrote it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.table.find_table import FoundTable, find_table
from geo.readers.table.grid import Grid, Merged
from geo.readers.table.raw_table import RawTable

__all__ = ["Sheet", "chosen_sheet", "sheet_table"]

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_LISTED = 12


@dataclass
class Sheet:
    """A sheet as text.

    Attributes
    ----------
    name : str
    cells : list of list of str
        Row by row, all of one width.
    merged : list of (int, int, int, int)
        First and last row, first and last column of every merged range, from 0.
    formulas : dict of (int, int) to str
        Formulas that hold no value, by row and column from 0.
    hidden : set of int
        Rows that a filter or the user has hidden, from 0.
    """

    name: str
    cells: list[list[str]]
    merged: list[Merged]
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)


def chosen_sheet(
    names: Sequence[str],
    widths: Mapping[str, int],
    wanted: str | None,
    file: str,
    quality: QualityLog,
) -> str:
    """The name of the sheet that is meant: the named one, else the only one that holds a table.

    Parameters
    ----------
    names : sequence of str
        All sheets.
    widths : mapping
        For every sheet, the number of filled cells in its fullest row. A sheet with one cell a row
        holds sentences; it is no choice beside a sheet with a table, and is reported.
    wanted : str, optional
    file : str
        Its name for messages.
    quality : QualityLog

    Raises
    ------
    StudyError
        ``sheet_missing``, ``sheets_several``, ``file_empty``.
    """
    if wanted is not None:
        for name in names:
            if name.strip() == wanted.strip():
                return name
        near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.3) or names
        raise StudyError(
            "sheet_missing", file=file, value=one_line(wanted), nearest=one_line(", ".join(near))
        )
    filled = [name for name in names if widths.get(name)]
    notes = [name for name in filled if widths[name] == 1]
    if notes and len(notes) < len(filled):
        filled = [name for name in filled if name not in notes]
        if len(filled) == 1:
            quality.add("info", "sheet_notes", file=file, value=one_line(", ".join(notes)))
    if len(filled) > 1:
        shown = one_line(", ".join(filled))
        raise StudyError("sheets_several", file=file, count=len(filled), sheets=shown)
    if not filled:
        raise StudyError("file_empty", file=file)
    return filled[0]


def sheet_table(sheet: Sheet, file: str, quality: QualityLog) -> RawTable:
    """The table of a sheet; rows are numbered as Excel shows them.

    A text that is merged over several rows is repeated in each of them; a number is not, since it
    may be their sum. Hidden rows are used, and reported.

    Raises
    ------
    StudyError
        As in `find_table`.
    """
    found = find_table(Grid.of_rows(sheet.cells, sheet.merged), file, quality)
    rows = found.rows.tolist()
    used = set(rows)
    _fill_merged(sheet, found, used, file, quality)
    for (row, column), formula in sorted(sheet.formulas.items()):
        if row in used and found.names[column : column + 1] not in ([], [""]):
            quality.add(
                "warning",
                "formula_no_value",
                file=file,
                row=row + 1,
                field=found.names[column],
                value=one_line(formula),
            )
    hidden = [row + 1 for row in rows if row in sheet.hidden]
    if hidden:
        shown = ", ".join(map(str, hidden[:_LISTED])) + (" …" if len(hidden) > _LISTED else "")
        quality.add("warning", "rows_hidden", file=file, value=f"{len(hidden)} ({shown})")
    kept = [row for row in rows if _has_own_cell(sheet.cells[row], found.names)]
    for row in rows:
        if not _has_own_cell(sheet.cells[row], found.names):
            filled = sum(1 for cell in sheet.cells[row] if cell)
            value = f"{filled}/{sum(1 for name in found.names if name)}"
            quality.add(
                "warning", "row_ragged", file=file, row=row + 1, action="set_aside", value=value
            )
    numbers = np.array(kept, dtype=np.int64)
    grid = Grid.of_rows(sheet.cells)
    rows_in = len(rows) + len(found.skipped)
    return RawTable(
        file, grid.frame(found.names, numbers), numbers + 1, rows_in, stated_unit=found.unit
    )


def _has_own_cell(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row holds something in a column with a name."""
    return any(cell and name for cell, name in zip(cells, names, strict=False))


def _fill_merged(
    sheet: Sheet, found: FoundTable, used: set[int], file: str, quality: QualityLog
) -> None:
    """Repeat a text that is merged over rows in each of them; report the merged cells."""
    names = found.names
    for top, bottom, left, _ in sheet.merged:
        if top not in used or left >= len(names) or not names[left]:
            continue
        value = sheet.cells[top][left]
        repeated = bottom > top and not _NUMBER.fullmatch(value)
        if repeated:
            for row in range(top + 1, min(bottom + 1, len(sheet.cells))):
                if row in used:
                    sheet.cells[row][left] = value
        quality.add(
            "info" if repeated else "warning",
            "cell_merged" if repeated else "cell_merged_number",
            file=file,
            row=top + 1,
            field=names[left],
            action="repaired" if repeated else "kept",
            value=f"{one_line(value, 40)} ({top + 1}–{bottom + 1})",
        )
