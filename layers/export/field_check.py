"""Reads back the results of the field check (核实结果) that an office filled into gaps.xlsx.

Rows are identified by sheet and number, which the sheet of codes maps to ids, so rows may be sorted
and filtered. The workbook may be in any language.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.guard.run import Task, read_guarded_file
from geo.readers.guard.workbook_cells import check_workbook
from geo.readers.guard.zip_members import checked_members, open_archive
from layers.words.catalogue import LOCALES, Words, words_for

__all__ = [
    "CONFIRMED",
    "DATA_WRONG",
    "FieldCheck",
    "checked_points",
    "field_check_lines",
    "read_field_check",
]

CONFIRMED, DATA_WRONG = "confirmed", "data_wrong"
# Field in the result → key of its header.
_FILLED_IN = {
    "result": "export.header.result",
    "found": "export.header.found",
    "measure": "export.header.measure",
    "responsible": "export.header.responsible",
    "checked_by": "export.header.checked_by",
    "checked_on": "export.header.checked_on",
    "note": "export.header.note",
}
_COLUMNS = ["sheet", "number", "layer", "demand_id", *_FILLED_IN]
# A form's header is in one of its first rows.
_HEAD_ROWS = 12
# Workbooks of earlier versions have half-width brackets in their headers.
_HALF_WIDTH = str.maketrans("（）", "()")
# A hostile sheet may claim a million empty rows.
_MOST_ROWS = 400_000


@dataclass(frozen=True)
class FieldCheck:
    """The results that were filled in.

    Attributes
    ----------
    rows : pd.DataFrame
        sheet, number, layer ("" for the check of the roads, which holds for every layer),
        demand_id, result (``confirmed`` or ``data_wrong``), found, measure, responsible,
        checked_by, checked_on, note; only rows with a result, in the workbook's order.
    unread : list of (str, int, str)
        Sheet, row number in the spreadsheet, and value of every result that is neither of the two
        words, and of rows whose number is not in the sheet of codes.
    """

    rows: pd.DataFrame
    unread: list[tuple[str, int, str]]


def read_field_check(path: Path) -> FieldCheck:
    """Read a filled-in gaps.xlsx, in a child process.

    Raises
    ------
    StudyError
        It is no workbook (``zip_broken``, ``zip_size``, ...), or none of ours
        (``field_check_sheets``).
    """
    if not path.is_file():
        raise StudyError("zip_broken", file=path.name, reason=path.name)
    task = Task("layers.export.field_check:field_check_task")
    answer, _ = read_guarded_file(task, path, path.name)
    unread = [(str(sheet), int(row), str(value)) for sheet, row, value in answer["unread"]]
    return FieldCheck(pd.DataFrame(answer["rows"], columns=_COLUMNS), unread)


def checked_points(found: FieldCheck, layer: str) -> tuple[set[str], set[str]]:
    """The demand points of a layer that are confirmed as gaps, and those whose data are wrong."""
    rows = found.rows[found.rows["layer"].isin(["", layer])]
    confirmed = rows["result"] == CONFIRMED
    return set(rows.loc[confirmed, "demand_id"]), set(rows.loc[~confirmed, "demand_id"])


def field_check_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child process does with the workbook."""
    import openpyxl

    del openpyxl  # imported before the process is restricted, as are the catalogues
    for locale in LOCALES:
        words_for(locale)

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        return _read(Path(request["path"]), str(request["file"]))

    return read


def _read(path: Path, file: str) -> dict[str, Any]:
    import openpyxl

    with open_archive(path, file) as archive:
        check_workbook(archive, checked_members(archive, file), file)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (KeyError, ValueError, OSError, TypeError) as error:
        raise StudyError("field_check_sheets", file=file) from error
    ids = _codes(book)
    found: list[dict[str, str]] = []
    unread: list[tuple[str, int, str]] = []
    seen = False
    for sheet in book.worksheets:
        for row, values in _forms(sheet):
            seen = True
            if not values["result"]:
                continue
            result = _result(values["result"])
            code = ids.get((sheet.title, values["number"]))
            if result is None or code is None:
                unread.append((sheet.title, row, values["result"]))
                continue
            found.append({**values, **code, "result": result, "sheet": sheet.title})
    if not seen or not ids:
        raise StudyError("field_check_sheets", file=file)
    return {"rows": found, "unread": unread}


def field_check_lines(found: FieldCheck, words: Words) -> list[str]:
    """The number of results of each kind, and every result that could not be read."""
    counts = found.rows["result"].value_counts()
    lines = [
        words(
            "report.field_check",
            confirmed=int(counts.get(CONFIRMED, 0)),
            data_wrong=int(counts.get(DATA_WRONG, 0)),
        )
    ]
    for sheet, row, value in found.unread:
        lines.append(words("report.field_check_unread", sheet=sheet, row=row, value=value))
    return lines


def _forms(sheet: Any) -> Iterator[tuple[int, dict[str, str]]]:
    """Row number and texts by field of every line of a sheet that has a column for results."""
    columns: Mapping[str, int] | None = None
    lines = itertools.islice(sheet.iter_rows(values_only=True), _MOST_ROWS)
    for row, cells in enumerate(lines, start=1):
        if columns is None:
            columns = _header(cells)
            if columns is None and row > _HEAD_ROWS:
                return
            continue
        values = {
            field: _text(cells[at]) if at < len(cells) else "" for field, at in columns.items()
        }
        # Totals and signatures have no number.
        if values["number"].isdigit():
            yield row, {**dict.fromkeys(_FILLED_IN, ""), **values}


def _header(cells: tuple[Any, ...]) -> dict[str, int] | None:
    """The column of each field, if this is the header of a form with results."""
    texts = [_text(cell).translate(_HALF_WIDTH) for cell in cells]
    for locale in LOCALES:
        words = words_for(locale)
        wanted = {"number": words("export.header.number")}
        wanted |= {field: words(key).translate(_HALF_WIDTH) for field, key in _FILLED_IN.items()}
        if wanted["number"] in texts and wanted["result"] in texts:
            return {field: texts.index(text) for field, text in wanted.items() if text in texts}
    return None


def _codes(book: Any) -> dict[tuple[str, str], dict[str, str]]:
    """(sheet, number) → layer and demand_id, from the sheet of codes in either language."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for locale in LOCALES:
        words = words_for(locale)
        if words("export.sheet.codes") not in book.sheetnames:
            continue
        keys = ("sheet", "number", "layer_key", "demand_id")
        headers = [words(f"export.header.{key}") for key in keys]
        places: list[int] = []
        lines = book[words("export.sheet.codes")].iter_rows(values_only=True)
        for cells in itertools.islice(lines, _MOST_ROWS):
            texts = [_text(cell) for cell in cells]
            if not places:
                if all(header in texts for header in headers):
                    places = [texts.index(header) for header in headers]
                continue
            sheet, number, layer, demand_id = (texts[at] for at in places)
            if demand_id:
                found[(sheet, number)] = {"layer": layer, "demand_id": demand_id}
    return found


def _result(text: str) -> str | None:
    """The result that a word of either language means."""
    for locale in LOCALES:
        for name in (CONFIRMED, DATA_WRONG):
            if text.casefold() == words_for(locale)(f"export.result.{name}").casefold():
                return name
    return None


def _text(cell: Any) -> str:
    """A cell as text; whole numbers without a decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
