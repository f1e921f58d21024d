"""CSV and other delimited text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.table.decode_text import decode_text
from geo.readers.table.find_table import find_table
from geo.readers.table.grid import Grid
from geo.readers.table.invisible import without_invisible
from geo.readers.table.raw_table import Choice, RawTable, check_width

__all__ = ["read_csv", "regular_columns"]

_DELIMITERS = (",", ";", "\t")
_STATED = re.compile(r'\s*"?sep=([,;\t|])"?[ ]*\r?\n', re.IGNORECASE)
# Columns that every table may have, and cells for each character of the text.
_NARROW, _SPARE = 64, 4
# Characters from which the delimiter is seen.
_HEAD = 65_536
# Appended to the text. If the last record is not exactly this, a quote was left open, and the cell
# contains all that follows it.
_SENTINEL = "\x1e"


def read_csv(path: Path, file: str, quality: QualityLog, _choice: Choice | None = None) -> RawTable:
    """Read a CSV (comma, semicolon or tab; UTF-8 or GB18030).

    Where the table is in the file is decided by `geo.readers.table.find_table`. Rows with more or
    fewer cells than the header are set aside; blank rows are skipped. Row numbers count records as
    Excel does, blank ones included. A first line ``sep=;`` names the delimiter.

    Raises
    ------
    StudyError
        ``file_empty``, ``text_encoding``, ``csv_broken`` (an open quote, a NUL), ``column_twice``.
    """
    text = without_invisible(decode_text(path.read_bytes(), file, quality), file, quality)
    if "\0" in text:
        raise StudyError("csv_broken", file=file, row=text[: text.index("\0")].count("\n") + 1)
    text, delimiter = _stated_delimiter(text)
    delimiter = delimiter or _delimiter(text)
    regular = regular_columns(text, delimiter, file)
    if regular is not None:
        return _table(Grid(regular), None, file, quality)
    records = _records(text, delimiter, file)
    # A row costs as much as the widest one; cells beyond this width are none of a table's.
    widest = max(_NARROW, _SPARE * len(text) // max(len(records), 1))
    return _table(Grid.of_rows([r[:widest] for r in records]), records, file, quality)


def _table(grid: Grid, records: list[list[str]] | None, file: str, quality: QualityLog) -> RawTable:
    """The table of a grid, made of `records` where they differ in length."""
    found = find_table(grid, file, quality)
    rows = found.rows
    width = max((at + 1 for at, name in enumerate(found.names) if name), default=0)
    # Empty cells beyond the header are allowed (a comma at the end of each row).
    if records is None:
        ragged = rows[grid.filled[rows, width:].any(axis=1)].tolist()
    else:
        ragged = [
            row for row in rows.tolist() if len(records[row]) < width or any(records[row][width:])
        ]
    for row in ragged:
        cells = grid.width if records is None else len(records[row])
        quality.add(
            "warning",
            "row_ragged",
            file=file,
            row=row + 1,
            action="set_aside",
            value=f"{cells}/{width}",
        )
    rows = rows[~np.isin(rows, ragged)]
    rows_in = len(found.rows) + len(found.skipped)
    return RawTable(file, grid.frame(found.names, rows), rows + 1, rows_in, stated_unit=found.unit)


def _stated_delimiter(text: str) -> tuple[str, str]:
    """The text without a first line ``sep=;``, which Excel does not show, and its delimiter."""
    stated = _STATED.match(text)
    return (text[stated.end() :], stated[1]) if stated else (text, "")


def regular_columns(text: str, delimiter: str, file: str) -> list[pa.Array] | None:
    """The stripped cells of a regular table, column by column; None for any other table.

    A regular table has no quotes, one record a line, and records of one width.
    Arrow reads a million such rows while Python reads a hundred thousand.

    Raises
    ------
    StudyError
        ``columns_many``.
    """
    if '"' in text or text.count("\r") != text.count("\r\n"):
        return None
    lines = pc.split_pattern(pa.array([text], pa.large_string()), "\n").values
    if lines[-1].as_py() == "":
        lines = lines[:-1]
    cells = pc.split_pattern(lines, delimiter)
    counts = pc.list_value_length(cells)
    if not len(lines) or pc.count_distinct(counts).as_py() > 1:
        return None
    width = counts[0].as_py()
    check_width(width, file)  # before each column is taken out
    stripped = pc.utf8_trim_whitespace(cells.flatten())
    lengths = pc.binary_length(stripped).to_numpy().reshape(-1, width)
    if lengths.max() > csv.field_size_limit():  # the csv module handles cells that are too long
        return None
    at = np.arange(0, len(stripped), width)
    return [stripped.take(pa.array(at + column)) for column in range(width)]


def _records(text: str, delimiter: str, file: str) -> list[list[str]]:
    """All records with their cells stripped."""
    source = io.StringIO(text + ("" if text.endswith(("\n", "\r")) else "\n") + _SENTINEL)
    reader = csv.reader(source, delimiter=delimiter)
    records: list[list[str]] = []
    try:
        records.extend([cell.strip() for cell in record] for record in reader)
    except csv.Error as error:
        raise StudyError("csv_broken", file=file, row=len(records) + 1) from error
    # str.strip removes the sentinel, which Unicode counts among the separators.
    if records[-1] != [""]:
        raise StudyError("csv_broken", file=file, row=len(records))
    return records[:-1]


def _delimiter(text: str) -> str:
    """The delimiter that splits most of the first records into equally many cells."""
    head = text[:_HEAD]
    if len(text) > _HEAD:
        head = head[: head.rfind("\n") + 1] or head

    def score(delimiter: str) -> tuple[int, int]:
        counts: Counter[int] = Counter()
        with suppress(csv.Error):  # one very long cell: the wrong delimiter, or no table
            counts.update(map(len, csv.reader(io.StringIO(head), delimiter=delimiter)))
        width, number = max(
            ((width, number) for width, number in counts.items() if width > 1),
            key=lambda item: item[0] * item[1],
            default=(0, 0),
        )
        return width * number, width

    return max(_DELIMITERS, key=score)
