"""Old Excel workbooks (.xls, and .et of WPS, which is the same) as text tables, read by xlrd.

xlrd is pure Python, so no native parser handles the bytes, and it tells hidden rows and merged
cells, which faster readers do not.
"""

from __future__ import annotations

import io
from datetime import datetime, time
from pathlib import Path
from typing import Any

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.sheet import Sheet, chosen_sheet, sheet_table
from geo.readers.table.raw_table import Choice, RawTable, text_column

__all__ = ["read_xls"]

# Excel keeps fifteen digits; further ones are not from the user.
_EXACT = 10**15
_LOCKED = ("EncryptedPackage", "EncryptionInfo")


def read_xls(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read one sheet of an old workbook; rows are numbered as Excel shows them.

    Raises
    ------
    StudyError
        ``workbook_locked`` (a password, also of a new workbook), ``not_a_workbook`` (another file
        of an old office program), ``xls_broken``, and the errors of `sheet_table` and
        `chosen_sheet`.
    """
    import xlrd

    raw = path.read_bytes()
    if any(name.encode("utf-16-le") in raw for name in _LOCKED):
        raise StudyError("workbook_locked", file=file)
    try:
        book = xlrd.open_workbook(
            file_contents=raw, formatting_info=True, logfile=io.StringIO(), on_demand=True
        )
        names = book.sheet_names()
        widths = {name: _width(book.sheet_by_name(name)) for name in names}
        source = book.sheet_by_name(chosen_sheet(names, widths, choice.sheet, file, quality))
        sheet = _text_of(source, book.datemode)
    except (StudyError, MemoryError):
        raise
    except xlrd.XLRDError as error:
        raise _refused(error, file) from error
    except Exception as error:  # xlrd passes on errors of any kind for a damaged file
        reason = one_line(error) or type(error).__name__
        raise StudyError("xls_broken", file=file, reason=reason) from error
    return sheet_table(sheet, file, quality)


def _refused(error: Exception, file: str) -> StudyError:
    text = str(error)
    if "encrypted" in text:
        return StudyError("workbook_locked", file=file)
    if "find workbook" in text:
        return StudyError("not_a_workbook", file=file)
    return StudyError("xls_broken", file=file, reason=one_line(text))


def _width(sheet: Any) -> int:
    """The number of filled cells in the fullest row."""
    import xlrd

    empty = (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK)
    rows = (sheet.row_types(row) for row in range(sheet.nrows))
    return max((sum(kind not in empty for kind in row) for row in rows), default=0)


def _text_of(sheet: Any, datemode: int) -> Sheet:
    cells = [
        text_column([_plain(cell, datemode) for cell in sheet.row(row)])
        for row in range(sheet.nrows)
    ]
    padded = [row + [""] * (sheet.ncols - len(row)) for row in cells]
    merged = [(top, below - 1, left, right - 1) for top, below, left, right in sheet.merged_cells]
    hidden = {row for row, info in sheet.rowinfo_map.items() if info.hidden or info.height == 0}
    return Sheet(sheet.name, padded, sorted(merged), hidden=hidden)


def _plain(cell: Any, datemode: int) -> Any:
    """A cell as Excel shows its value: whole numbers without a point, dates, words for errors."""
    import xlrd

    value = cell.value
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        whole = float(value).is_integer()
        return f"{value:.14e}" if whole and abs(value) >= _EXACT else value
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            moment = datetime(*xlrd.xldate_as_tuple(value, datemode))
        except (xlrd.XLDateError, ValueError):  # a time of day alone, or no day of any calendar
            return value
        return moment.date().isoformat() if moment.time() == time(0) else moment.isoformat(" ")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value, "#N/A")
    return value
