"""The figures of a workbook with their keys, as an office program left them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.readers.guard.workbook_cells import check_workbook
from geo.readers.guard.zip_members import checked_members, open_archive
from layers.export.office_workbook.keyed_book import KEY_SHEET
from layers.report.verify.document_figures import DocumentFigure, DocumentFigures, read_mark

__all__ = ["number_text", "workbook_figures"]

_FIGURE = re.compile(r"⟦([^⟦⟧=]*)=([^⟦⟧]*)⟧")
# The header of a list is in one of its first rows.
_HEAD_ROWS = 40
_CODES = ("layer", "unit_id", "demand_id")

Rows = Sequence[Sequence[Any]]


@dataclass
class _Keys:
    """What the hidden sheet says."""

    codes: str = ""
    mark: Mapping[str, Any] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    cells: list[tuple[str, str, str, Any]] = field(default_factory=list)


def workbook_figures(path: Path, file: str) -> DocumentFigures:
    """The figures of a workbook of `layers.export.office_workbook.keyed_book`.

    Raises
    ------
    StudyError
        ``xlsx_broken``, ``xlsx_cells`` or what `geo.readers.guard.zip_members` says.
    """
    with open_archive(path, file) as archive:
        check_workbook(archive, checked_members(archive, file), file)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        sheets: dict[str, Rows] = {
            sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets
        }
        places = {name: list(one.destinations) for name, one in book.defined_names.items()}
    except MemoryError:
        raise
    except Exception as error:  # openpyxl raises whatever a damaged file leads to
        raise StudyError("xlsx_broken", file=file, reason=one_line(error)) from error
    if KEY_SHEET not in sheets:
        return DocumentFigures()
    keys = _read_keys(sheets[KEY_SHEET])
    figures: list[DocumentFigure] = []
    expected = 0
    for kind, name, key, value in keys.cells:
        expected += len(_FIGURE.findall(key)) if kind == "text" else 1
        figures += _cell_figures(kind, key, value, places.get(name, []), sheets)
    ids = _row_ids(sheets.get(keys.codes, ()))
    for sheet, columns in keys.columns.items():
        expected += len(columns) * len(ids.get(sheet, {}))
        figures += _column_figures(sheet, columns, sheets.get(sheet, ()), ids.get(sheet, {}))
    return DocumentFigures(**{**keys.mark, "figures": figures, "expected": expected})


def number_text(value: Any) -> str:
    """A number of a cell as text that can be compared; a text as it is."""
    if value is None or value == "" or value != value:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{round(float(value), 6):.15g}"
    return str(value).strip()


def _read_keys(rows: Rows) -> _Keys:
    found = _Keys()
    for row in rows:
        kind, sheet, name, key, value = (*row, *[None] * 5)[:5]
        sheet, name, key = str(sheet or ""), str(name or ""), str(key or "")
        if kind == "document":
            found.codes, found.mark = sheet, read_mark(key)
        elif kind == "column":
            found.columns.setdefault(sheet, {})[name] = key
        elif kind in ("text", "number"):
            found.cells.append((str(kind), name, key, value))
    return found


def _cell_figures(
    kind: str,
    key: str,
    value: Any,
    places: Sequence[tuple[str, str]],
    sheets: Mapping[str, Rows],
) -> Iterator[DocumentFigure]:
    """The figures of one cell; none where the name or the cell is gone."""
    for sheet, place in places[:1]:
        try:
            row, column = coordinate_to_tuple(place.replace("$", "").partition(":")[0])
            shown = sheets[sheet][row - 1][column - 1]
        except (ValueError, KeyError, IndexError):
            return
        at = f"{sheet}!{get_column_letter(column)}{row}"
        if kind == "number":
            yield DocumentFigure(key, number_text(value), number_text(shown), at, cell=True)
            continue
        written = _FIGURE.findall(key)
        # The words around the figures must still be there, to know which figure is which.
        parts = re.split(r"⟦[^⟦⟧]*⟧", key)
        match = re.fullmatch("(.*?)".join(map(re.escape, parts)), str(shown or ""), re.DOTALL)
        if match is not None:
            for (name, text), now in zip(written, match.groups(), strict=True):
                yield DocumentFigure(name, text, now, at)


def _row_ids(rows: Rows) -> dict[str, dict[int, dict[str, str]]]:
    """Sheet → number of a row → its ids, by the sheet of codes."""
    found: dict[str, dict[int, dict[str, str]]] = {}
    for row in rows:
        if len(row) >= 5 and _is_number(row[1]):
            ids = dict(zip(_CODES, (str(cell or "") for cell in row[2:5]), strict=True))
            found.setdefault(str(row[0] or ""), {})[int(row[1])] = ids
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _column_figures(
    sheet: str, columns: Mapping[str, str], rows: Rows, ids: Mapping[int, Mapping[str, str]]
) -> Iterator[DocumentFigure]:
    """The figures of a list, row by row; the first column holds the number of the row."""
    head = next(
        (n for n, row in enumerate(rows[:_HEAD_ROWS]) if set(columns) & {str(c) for c in row}), None
    )
    if head is None:
        return
    at = {str(cell): number for number, cell in enumerate(rows[head])}
    for number, row in enumerate(rows[head + 1 :], start=head + 2):
        of = ids.get(int(row[0])) if row and _is_number(row[0]) else None
        if of is None:
            continue
        for header, key in columns.items():
            if header not in at:
                continue
            place = f"{sheet}!{get_column_letter(at[header] + 1)}{number}"
            shown = number_text(row[at[header]] if at[header] < len(row) else None)
            for name in _CODES:
                key = key.replace(f"{{{name}}}", of[name])
            yield DocumentFigure(key, "", shown, place, cell=True)
