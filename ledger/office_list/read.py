"""Reads an office's ledger from a workbook."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from geo.base.quality_log import QualityLog
from geo.readers.formats.sheet import Sheet
from geo.readers.formats.xlsx import read_sheets
from geo.readers.guard.run import Task, read_guarded_file
from ledger.cases import clean_text, iso_date
from ledger.errors import LedgerError
from ledger.office_list.column_map import ColumnMap
from ledger.office_list.words import field_of, state_of

__all__ = ["Listed", "import_task", "preview_list", "read_list"]

# A form's header is in one of its first rows.
_HEAD_ROWS = 15
_FEWEST_COLUMNS = 2
_LONGEST_HEADER = 40
_MOST_ROWS = 200_000
_TOTALS = re.compile(r"^(合\s*计|总\s*计|小\s*计|共\s*计|total)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
# Excel's own count of days, of the years 1982 to 2119.
_SERIAL = re.compile(r"[3-7]\d{4}(\.0)?")
_PACKED = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?\s*底?")
_YEAR_END = re.compile(r"(\d{4})\s*年?\s*(?:年底|底|年末|末)")


@dataclass(frozen=True)
class Listed:
    """The rows of a workbook.

    Attributes
    ----------
    rows : list of dict
        By field, with ``state`` as a code, ``""`` where there was none.
    rows_in, joined : int
        Rows that were filled in; those that belong to a row before them.
    left_out : list of (str, int, str)
        Sheet, row and code (``total``) of rows that are no cases.
    doubts : list of (str, int, str, str)
        Sheet, row, field and value of what was kept as text: states and dates not understood.
    headers : dict of str to str
        Header → its field; "" where it names none.
    has_table : bool
        Whether a sheet has columns of a ledger.
    """

    rows: list[dict[str, str]]
    rows_in: int
    joined: int
    left_out: list[tuple[str, int, str]]
    doubts: list[tuple[str, int, str, str]]
    headers: dict[str, str]
    has_table: bool


def read_list(path: Path, mapped: ColumnMap | None = None) -> Listed:
    """Read the ledger of a workbook, in a child process.

    Raises
    ------
    StudyError
        It is no workbook (``xlsx_broken``, ``zip_size``, …).
    LedgerError
        No sheet has columns of a ledger (``ledger_no_list``).
    """
    listed = preview_list(path, mapped)
    if not listed.has_table:
        raise LedgerError("ledger_no_list", file=path.name)
    return listed


def preview_list(path: Path, mapped: ColumnMap | None = None) -> Listed:
    """Read the ledger of a workbook as far as its headers are understood, in a child process.

    A table is known by its headers; several sheets (the three lists) are joined by the number of
    the case. Cells that are merged over rows hold for each of them.

    Raises
    ------
    StudyError
        It is no workbook (``xlsx_broken``, ``zip_size``, …).
    """
    mapped = mapped or ColumnMap()
    if not path.is_file():
        raise LedgerError("ledger_no_file", file=str(path))
    task = Task("ledger.office_list.read:import_task")
    answer, _ = read_guarded_file(task, path, path.name)
    sheets = [sheet for sheet in answer["sheets"] if mapped.sheet in ("", sheet["name"])]
    found = _Rows(mapped)
    for sheet in sheets:
        found.read(sheet["name"], sheet["cells"])
    return Listed(
        found.rows, found.rows_in, found.joined, found.left_out, found.doubts, found.headers,
        found.has_table,
    )  # fmt: skip


def import_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child process does with the workbook: its sheets as text."""
    import openpyxl

    del openpyxl  # imported before the process is restricted

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        sheets = read_sheets(Path(request["path"]), str(request["file"]))
        return {"sheets": [{"name": s.name, "cells": _filled(s)} for s in sheets]}

    return read


def _filled(sheet: Sheet) -> list[list[str]]:
    """The cells; a text that is merged over several is in each of them.

    A number merged over several rows may be their sum, and stays in the first.
    """
    cells = [list(row) for row in sheet.cells[:_MOST_ROWS]]
    for top, bottom, left, right in sheet.merged:
        if top >= len(cells):
            continue
        text = cells[top][left]
        if not text or (bottom > top and _NUMBER.fullmatch(text)):
            continue
        for row in range(top, min(bottom, len(cells) - 1) + 1):
            for column in range(left, right + 1):
                cells[row][column] = text
    return cells


class _Rows:
    """Rows of all sheets, joined by the number of the case."""

    def __init__(self, mapped: ColumnMap) -> None:
        self.mapped = mapped
        self.rows: list[dict[str, str]] = []
        self.rows_in = self.joined = 0
        self.left_out: list[tuple[str, int, str]] = []
        self.doubts: list[tuple[str, int, str, str]] = []
        self.has_table = False
        self.headers: dict[str, str] = {}
        self._by_number: dict[str, dict[str, str]] = {}

    def read(self, name: str, cells: list[list[str]]) -> None:
        start, columns = self._header(cells)
        self._note_headers(cells, start, bool(columns))
        if not columns:
            return
        self.has_table = True
        for at in range(start, len(cells)):
            values = [clean_text(cell) for cell in cells[at]]
            if not any(values):
                continue
            self.rows_in += 1
            first = next(value for value in values if value)
            row = {field: values[column] for column, field in columns.items() if values[column]}
            if _TOTALS.match(first) or not row:
                self.left_out.append((name, at + 1, "total"))
                continue
            self._add(name, at + 1, row)

    def _header(self, cells: list[list[str]]) -> tuple[int, dict[int, str]]:
        """The first row below the header, and the field of each column."""
        rows = [
            {c: field for c, text in enumerate(row) if (field := self._field(text))}
            for row in cells[:_HEAD_ROWS]
        ]
        if not rows:
            return 0, {}
        best = max(range(len(rows)), key=lambda at: len(set(rows[at].values())))
        found = dict(rows[best])
        last = best
        # Headers of two rows: what the lower one names is finer than the group above it.
        for at in (best - 1, best + 1):
            if 0 <= at < len(rows) and set(rows[at].values()) - set(found.values()):
                for column, name in rows[at].items():
                    found.setdefault(column, name)
                last = max(last, at)
        taken: set[str] = set()
        columns = {}
        for column, name in sorted(found.items()):
            if name not in taken:
                taken.add(name)
                columns[column] = name
        # Numbers alone are no ledger: a sheet of codes, a table of sites.
        enough = len(columns) >= _FEWEST_COLUMNS and taken & {"problem", "number", "measures"}
        return last + 1, columns if enough else {}

    def _note_headers(self, cells: list[list[str]], start: int, is_table: bool) -> None:
        """The texts of the header; of the fullest of the first rows where none is understood."""
        if is_table:
            row = max(cells[max(start - 2, 0) : start], key=lambda line: len(set(line)))
        else:
            row = max(cells[:_HEAD_ROWS], key=lambda line: len(set(line)), default=[])
        texts = {text for text in row if text and len(text) <= _LONGEST_HEADER}
        if is_table or len(texts) > _FEWEST_COLUMNS:
            self.headers |= {text: self._field(text) for text in row if text in texts}

    def _field(self, text: str) -> str:
        return field_of(text, self.mapped.columns) if text else ""

    def _add(self, sheet: str, at: int, row: dict[str, str]) -> None:
        row = self._understood(sheet, at, row)
        number = row.get("number", "")
        known = self._by_number.get(number) if number else None
        if known is None:
            self.rows.append(row)
            if number:
                self._by_number[number] = row
            return
        self.joined += 1
        for name, value in row.items():
            if not known.get(name):
                known[name] = value
            elif value not in (known[name], *known[name].split("\n")) and name != "state":
                known[name] += "\n" + value

    def _understood(self, sheet: str, at: int, row: dict[str, str]) -> dict[str, str]:
        found = dict(row)
        for name in ("found_on", "due"):
            if name in found:
                found[name], known = _day(found[name], name)
                if not known:
                    self.doubts.append((sheet, at, name, found[name]))
        text = found.pop("state", "")
        if text:
            state = state_of(text, self.mapped.states)
            if not state:
                self.doubts.append((sheet, at, "state", text))
            found["state"] = state
            # What the code cannot hold stays in the words of the office.
            found["state_text"] = text
        return found


def _day(text: str, name: str) -> tuple[str, bool]:
    """A date as 2026-03-01 and True, else the text and False."""
    if _SERIAL.fullmatch(text):
        return (date(1899, 12, 30) + timedelta(days=int(float(text)))).isoformat(), True
    packed = _PACKED.fullmatch(text)
    try:
        return iso_date("-".join(packed.groups()) if packed else text, name), True
    except LedgerError:
        pass
    if name == "due":  # a deadline is the end of what it names
        year = _YEAR_END.fullmatch(text)
        if year:
            return f"{year[1]}-12-31", True
        month = _MONTH.fullmatch(text)
        if month and 1 <= int(month[2]) <= 12:
            return _month_end(int(month[1]), int(month[2])), True
    return text, False


def _month_end(year: int, month: int) -> str:
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).isoformat()
