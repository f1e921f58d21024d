"""Excel workbooks (.xlsx) as text tables, read by openpyxl.

Numbers become the text that a person typed (420100, not 420100.0). Merged cells and formulas
without a value are reported.
"""

from __future__ import annotations

import difflib
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.guard.workbook_cells import check_workbook
from geo.readers.guard.zip_members import checked_members, open_archive, read_member
from geo.readers.table.raw_table import Choice, RawTable, text_column

__all__ = ["read_xlsx"]

_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_HEADER_ROWS_AT_MOST = 5
_PROLOGUE_BYTES = 4096
# A single cell in the last row and column makes a sheet of 17 billion cells.
_CELLS_AT_MOST = 100_000_000


@dataclass
class _Sheet:
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
    """

    name: str
    cells: list[list[str]]
    merged: list[tuple[int, int, int, int]]
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)


def read_xlsx(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read one sheet of a workbook; rows are numbered as Excel shows them.

    A title above the header is skipped; a header of several merged rows is joined. A text that is
    merged over several rows is repeated in each of them; a number is not, since it may be their
    sum.

    Raises
    ------
    StudyError
        ``xlsx_broken``, ``sheets_several`` (and `choice` names none), ``sheet_missing``,
        ``file_empty``, ``column_twice``, the errors of `geo.readers.guard.zip_members`.
    """
    sheet = _chosen(path, file, choice.sheet)
    at = _header_at(sheet)
    depth = _header_depth(sheet, at)
    header = _header(sheet, at, depth)
    doubled = [name for name, count in Counter(header).items() if count > 1 and name]
    if doubled:
        raise StudyError("column_twice", file=file, field=one_line(doubled[0]))
    body = range(at + depth, len(sheet.cells))
    _fill_merged(sheet, header, at + depth, file, quality)
    for (row, column), formula in sorted(sheet.formulas.items()):
        if row in body and header[column]:
            quality.add(
                "warning",
                "formula_no_value",
                file=file,
                row=row + 1,
                field=header[column],
                value=one_line(formula),
            )
    numbers, records = _records(sheet, header, body, file, quality)
    columns = {
        name: [record[place] for record in records] for place, name in enumerate(header) if name
    }
    rows_in = sum(1 for row in body if any(sheet.cells[row]))
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(records)), dtype="str")
    return RawTable(file, frame, np.array(numbers, dtype=np.int64), rows_in)


def _records(
    sheet: _Sheet, header: list[str], body: range, file: str, quality: QualityLog
) -> tuple[list[int], list[list[str]]]:
    """The rows that are not blank; one with cells beyond the header only is set aside."""
    numbers: list[int] = []
    records: list[list[str]] = []
    for row in body:
        cells = sheet.cells[row]
        if not any(cells):
            continue
        if not any(cell for cell, name in zip(cells, header, strict=True) if name):
            filled = sum(1 for cell in cells if cell)
            value = f"{filled}/{sum(1 for name in header if name)}"
            quality.add(
                "warning", "row_ragged", file=file, row=row + 1, action="set_aside", value=value
            )
            continue
        numbers.append(row + 1)
        records.append(cells)
    return numbers, records


def _chosen(path: Path, file: str, wanted: str | None) -> _Sheet:
    """The named sheet, else the only one that is not empty."""
    with open_archive(path, file) as archive:
        members = checked_members(archive, file)
        check_workbook(archive, members, file)
        has_formulas = False
        for name, info in members.items():
            if name.endswith((".xml", ".rels")):
                raw = read_member(archive, info, file)
                # openpyxl refuses it, too, with another error.
                if b"<!DOCTYPE" in raw[:_PROLOGUE_BYTES]:
                    raise StudyError("xml_doctype", file=file)
                has_formulas |= name.startswith("xl/worksheets/") and bool(_FORMULA.search(raw))
    try:
        book = _opened(path, values=True)
        names = [sheet.title for sheet in book.worksheets]
        filled = [sheet for sheet in book.worksheets if _is_filled(sheet)]
        source = _pick(book.worksheets, filled, wanted, names, file)
        if source.max_row * source.max_column > _CELLS_AT_MOST:
            reason = f"{source.max_row} × {source.max_column}"
            raise StudyError("xlsx_broken", file=file, reason=reason)
        sheet = _text_of(source)
        if has_formulas:
            formulas = _opened(path, values=False)[source.title]
            sheet.formulas.update(_without_value(formulas, sheet))
    except StudyError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # openpyxl passes on errors of any kind, from KeyError on
        raise StudyError("xlsx_broken", file=file, reason=one_line(error)) from error
    if not any(any(cells) for cells in sheet.cells):
        raise StudyError("file_empty", file=file)
    return sheet


def _opened(path: Path, *, values: bool) -> Any:
    import openpyxl

    # From bytes: openpyxl refuses file names with another suffix.
    return openpyxl.load_workbook(io.BytesIO(path.read_bytes()), data_only=values, keep_links=False)


def _pick(
    sheets: list[Any], filled: list[Any], wanted: str | None, names: list[str], file: str
) -> Any:
    if wanted is not None:
        for sheet in sheets:
            if sheet.title.strip() == wanted.strip():
                return sheet
        near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.3) or names
        raise StudyError(
            "sheet_missing", file=file, value=one_line(wanted), nearest=one_line(", ".join(near))
        )
    if len(filled) > 1:
        shown = ", ".join(sheet.title for sheet in filled)
        raise StudyError("sheets_several", file=file, count=len(filled), sheets=one_line(shown))
    if not filled:
        raise StudyError("file_empty", file=file)
    return filled[0]


def _is_filled(sheet: Any) -> bool:
    return any(value is not None for row in sheet.iter_rows(values_only=True) for value in row)


def _text_of(sheet: Any) -> _Sheet:
    cells = [text_column(_plain(row)) for row in sheet.iter_rows(min_row=1, values_only=True)]
    width = max((len(row) for row in cells), default=0)
    merged = [
        (area.min_row - 1, area.max_row - 1, area.min_col - 1, area.max_col - 1)
        for area in sheet.merged_cells.ranges
    ]
    padded = [row + [""] * (width - len(row)) for row in cells]
    return _Sheet(sheet.title, padded, sorted(merged))


def _plain(row: tuple[Any, ...]) -> Iterator[Any]:
    for value in row:
        if isinstance(value, bool):
            yield "TRUE" if value else "FALSE"
        elif isinstance(value, int):
            # Excel keeps fifteen digits; further ones are not from the user.
            yield str(value) if abs(value) < 10**15 else f"{float(value):.14e}"
        elif isinstance(value, datetime) and value.time() == time(0):
            yield value.date().isoformat()
        elif isinstance(value, date):
            yield value.isoformat()
        else:
            yield value


def _without_value(formulas: Any, sheet: _Sheet) -> dict[tuple[int, int], str]:
    found = {}
    for row, values in enumerate(formulas.iter_rows(min_row=1, values_only=True)):
        for column, value in enumerate(values):
            text = getattr(value, "text", value)
            if isinstance(text, str) and text.startswith("=") and not sheet.cells[row][column]:
                found[row, column] = text
    return found


def _header_at(sheet: _Sheet) -> int:
    """The first row of the header. A row with one cell above a row with more cells is a title."""
    filled = [at for at, cells in enumerate(sheet.cells) if any(cells)]
    for at, following in zip(filled, [*filled[1:], filled[-1]], strict=True):
        if sum(map(bool, sheet.cells[at])) > 1 or sum(map(bool, sheet.cells[following])) <= 1:
            return at
    return filled[0]


def _header_depth(sheet: _Sheet, at: int) -> int:
    """The number of rows of the header, by its merged cells."""
    depth = 1
    for top, bottom, left, right in sheet.merged:
        if top != at:
            continue
        # A cell over several columns is a group; the names of the columns are below it.
        depth = max(depth, bottom - top + 1 + (1 if right > left else 0))
    return min(depth, _HEADER_ROWS_AT_MOST, len(sheet.cells) - at)


def _header(sheet: _Sheet, at: int, depth: int) -> list[str]:
    """Column names: the lowest cell of the header, with its groups where names would repeat."""
    rows = [list(sheet.cells[at + step]) for step in range(depth)]
    for top, bottom, left, right in sheet.merged:
        if at <= top < at + depth:
            for row in range(top, min(bottom + 1, at + depth)):
                for column in range(left, right + 1):
                    rows[row - at][column] = sheet.cells[top][left]
    width = len(rows[0])
    # The same text in two rows is one merged cell.
    chains = [
        list(dict.fromkeys(row[column] for row in rows if row[column])) for column in range(width)
    ]
    lowest = [chain[-1] if chain else "" for chain in chains]
    counts = Counter(lowest)
    return [
        " ".join(chain) if counts[name] > 1 else name
        for chain, name in zip(chains, lowest, strict=True)
    ]


def _fill_merged(
    sheet: _Sheet, header: list[str], first: int, file: str, quality: QualityLog
) -> None:
    """Repeat a text that is merged over rows in each of them; report the merged cells."""
    for top, bottom, left, _ in sheet.merged:
        if top < first or left >= len(header) or not header[left]:
            continue
        value = sheet.cells[top][left]
        repeated = bottom > top and not _NUMBER.fullmatch(value)
        if repeated:
            for row in range(top + 1, min(bottom + 1, len(sheet.cells))):
                sheet.cells[row][left] = value
        quality.add(
            "info" if repeated else "warning",
            "cell_merged" if repeated else "cell_merged_number",
            file=file,
            row=top + 1,
            field=header[left],
            action="repaired" if repeated else "kept",
            value=f"{one_line(value, 40)} ({top + 1}–{bottom + 1})",
        )
