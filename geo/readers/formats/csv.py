"""CSV and other delimited text."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.table.raw_table import Choice, RawTable, check_width, decode_text

__all__ = ["read_csv", "regular_columns"]

_DELIMITERS = (",", ";", "\t")
# Appended to the text. If the last record is not exactly this, a quote was left open, and the cell
# contains all that follows it.
_SENTINEL = "\x1e"


def read_csv(path: Path, file: str, quality: QualityLog, _choice: Choice | None = None) -> RawTable:
    """Read a CSV (comma, semicolon or tab; UTF-8 or GB18030).

    Rows with more or fewer cells than the header are set aside; blank rows are skipped. Row
    numbers count records as Excel does, blank ones included.

    Raises
    ------
    StudyError
        ``file_empty``, ``text_encoding``, ``csv_broken`` (an open quote, a NUL), ``column_twice``.
    """
    text = decode_text(path.read_bytes(), file, quality)
    if "\0" in text:
        raise StudyError("csv_broken", file=file, row=text[: text.index("\0")].count("\n") + 1)
    delimiter = _delimiter(text)
    regular = regular_columns(text, delimiter)
    if regular is not None:
        return _regular_table(regular, file)
    records = _records(text, delimiter, file)
    header_at = next((at for at, cells in enumerate(records) if any(cells)), None)
    if header_at is None:
        raise StudyError("file_empty", file=file)
    header = _trimmed(records[header_at])
    _check_header(header, file)
    width = len(header)
    kept: list[list[str]] = []
    numbers: list[int] = []
    rows_in = 0
    for number, record in enumerate(records[header_at + 1 :], start=header_at + 2):
        if not any(record):
            continue
        rows_in += 1
        # Empty cells beyond the header are allowed (a comma at the end of each row).
        if len(record) < width or any(record[width:]):
            quality.add(
                "warning",
                "row_ragged",
                file=file,
                row=number,
                action="set_aside",
                value=f"{len(record)}/{width}",
            )
            continue
        kept.append(record)
        numbers.append(number)
    columns = {name: [record[at] for record in kept] for at, name in enumerate(header) if name}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(kept)), dtype="str")
    return RawTable(file, frame, np.array(numbers, dtype=np.int64), rows_in)


def _check_header(header: Sequence[str], file: str) -> None:
    doubled = [name for name, count in Counter(header).items() if count > 1 and name]
    if doubled:
        raise StudyError("column_twice", file=file, field=one_line(doubled[0]))
    check_width(len(header), file)


def regular_columns(text: str, delimiter: str) -> list[pa.Array] | None:
    """The stripped cells of a regular table, column by column; None for any other table.

    A regular table has no quotes, one record a line, no blank record, and records of one width.
    Arrow reads a million such rows while Python reads a hundred thousand.
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
    stripped = pc.utf8_trim_whitespace(cells.flatten())
    lengths = pc.binary_length(stripped).to_numpy().reshape(-1, width)
    # The csv module handles blank records, cells beyond the header, and cells that are too long.
    blank, open_ended = not lengths.any(axis=1).all(), lengths[0, -1] == 0
    if blank or open_ended or lengths.max() > csv.field_size_limit():
        return None
    at = np.arange(0, len(stripped), width)
    return [stripped.take(pa.array(at + column)) for column in range(width)]


def _regular_table(columns: Sequence[pa.Array], file: str) -> RawTable:
    header = [column[0].as_py() for column in columns]
    _check_header(header, file)
    cells = {
        name: pd.array(column[1:], dtype="str")
        for name, column in zip(header, columns, strict=True)
        if name
    }
    count = len(columns[0]) - 1
    frame = pd.DataFrame(cells, index=pd.RangeIndex(count))
    return RawTable(file, frame, np.arange(2, count + 2), count)


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
    """The delimiter with which the header has most cells."""
    first = next((line for line in io.StringIO(text) if line.strip()), "")

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([first], delimiter=delimiter), []))
        except csv.Error:  # one very long cell: the wrong delimiter, or no table
            return 0

    return max(_DELIMITERS, key=cells)


def _trimmed(header: list[str]) -> list[str]:
    """Column names without the empty ones at the end."""
    names = list(header)
    while names and not names[-1]:
        names.pop()
    return names
