"""Excel workbooks (.xlsx) as text tables, read by openpyxl.

Numbers become the text that a person typed (420100, not 420100.0). Merged cells and formulas
without a value are reported.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.sheet import Sheet, chosen_sheet, sheet_table
from geo.readers.guard.workbook_cells import check_workbook
from geo.readers.guard.zip_members import checked_members, open_archive, read_member
from geo.readers.table.raw_table import Choice, RawTable, text_column

__all__ = ["read_sheets", "read_xlsx"]

_FORMULA = re.compile(rb"<(?:\w+:)?f[ />]")
_PROLOGUE_BYTES = 4096
# A single cell in the last row and column makes a sheet of 17 billion cells.
_CELLS_AT_MOST = 100_000_000


def read_xlsx(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read one sheet of a workbook; rows are numbered as Excel shows them.

    Where the table is in the sheet is decided by `geo.readers.table.find_table`. A text that is
    merged over several rows is repeated in each of them; a number is not, since it may be their
    sum. Hidden rows are used, and reported.

    Raises
    ------
    StudyError
        ``xlsx_broken``, ``sheets_several`` (and `choice` names none), ``sheet_missing``,
        ``file_empty``, ``column_twice``, the errors of `geo.readers.guard.zip_members`.
    """
    return sheet_table(_chosen(path, file, choice.sheet, quality), file, quality)


def read_sheets(path: Path, file: str) -> list[Sheet]:
    """Every sheet of a workbook as text, without looking for tables in them.

    Raises
    ------
    StudyError
        ``xlsx_broken`` and the errors of `geo.readers.guard.zip_members`.
    """
    _has_formulas(path, file)
    try:
        sheets = _opened(path, values=True).worksheets
        for sheet in sheets:
            _check_size(sheet, file)
        return [_text_of(sheet) for sheet in sheets]
    except (StudyError, MemoryError):
        raise
    except Exception as error:  # as in `_chosen`
        raise StudyError("xlsx_broken", file=file, reason=one_line(error)) from error


def _check_size(sheet: Any, file: str) -> None:
    if sheet.max_row * sheet.max_column > _CELLS_AT_MOST:
        reason = f"{sheet.max_row} × {sheet.max_column}"
        raise StudyError("xlsx_broken", file=file, reason=reason)


def _has_formulas(path: Path, file: str) -> bool:
    """Check the archive before openpyxl reads it; whether a cell holds a formula."""
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
    return has_formulas


def _chosen(path: Path, file: str, wanted: str | None, quality: QualityLog) -> Sheet:
    """The named sheet, else the only one with a table."""
    has_formulas = _has_formulas(path, file)
    try:
        book = _opened(path, values=True)
        names = [sheet.title for sheet in book.worksheets]
        widths = {sheet.title: _width(sheet) for sheet in book.worksheets}
        source = book[chosen_sheet(names, widths, wanted, file, quality)]
        _check_size(source, file)
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


def _width(sheet: Any) -> int:
    """The number of filled cells in the fullest row; 2 stands for more."""
    found = 0
    for row in sheet.iter_rows(values_only=True):
        found = max(found, sum(value is not None for value in row))
        if found > 1:
            return 2
    return found


def _text_of(sheet: Any) -> Sheet:
    cells = [text_column(_plain(row)) for row in sheet.iter_rows(min_row=1, values_only=True)]
    width = max((len(row) for row in cells), default=0)
    merged = [
        (area.min_row - 1, area.max_row - 1, area.min_col - 1, area.max_col - 1)
        for area in sheet.merged_cells.ranges
    ]
    padded = [row + [""] * (width - len(row)) for row in cells]
    hidden = {
        number - 1
        for number, row in sheet.row_dimensions.items()
        if row.hidden or (row.customHeight and row.ht == 0)
    }
    return Sheet(sheet.title, padded, sorted(merged), hidden=hidden)


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


def _without_value(formulas: Any, sheet: Sheet) -> dict[tuple[int, int], str]:
    found = {}
    for row, values in enumerate(formulas.iter_rows(min_row=1, values_only=True)):
        for column, value in enumerate(values):
            text = getattr(value, "text", value)
            if isinstance(text, str) and text.startswith("=") and not sheet.cells[row][column]:
                found[row, column] = text
    return found
