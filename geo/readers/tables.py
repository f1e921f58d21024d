"""Tables as text: what every reader of rows delivers, and the CSV reader.

All cells are text here. What a column means (an id, a weight, a coordinate) is decided by who
asks for it, so that one bad cell costs one row and not the file.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import StudyError
from geo.quality import QualityLog

__all__ = [
    "Choice",
    "RawTable",
    "check_width",
    "decode_text",
    "one_line",
    "read_csv",
    "text_column",
]

# As many as a sheet of Excel has; each costs a table far more than its cells.
_MOST_COLUMNS = 16_384
_DELIMITERS = (",", ";", "\t")
# Written behind the text: when the last record is not exactly this, a quote was left open and has
# swallowed what follows it.
_SENTINEL = "\x1e"


@dataclass(frozen=True)
class Choice:
    """Which part of a file is meant: the layer of a GeoPackage or KML, the sheet of a workbook."""

    layer: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class RawTable:
    """Rows of an input as they stand in the file.

    Attributes
    ----------
    file : str
        Name for messages.
    frame : DataFrame (n rows)
        Columns of stripped text, empty where missing; the index runs from 0.
    rows : int64 (n)
        Row as the user sees it: the header of a CSV is row 1, features count from 1.
    rows_in : int
        Rows of the file, those included that the reader itself had to set aside.
    geometry : object array (n) of shapely geometries or None, or None
        In lon/lat degrees, projection undone, datum not yet shifted; None for a table without.
    crs : str or None
        The file's own coordinate system where it names one.
    faults : dict of int to (str, str)
        By place in the table: problem code and value of geometries that could not be made.
    """

    file: str
    frame: pd.DataFrame
    rows: NDArray[np.int64]
    rows_in: int
    geometry: NDArray[np.object_] | None = None
    crs: str | None = None
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)


def one_line(value: object, longest: int = 80) -> str:
    """A value for a message: on one line and not endless."""
    text = " ".join(str(value).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def check_width(columns: int, file: str) -> None:
    """Refuse a table that is wider than any office's.

    Raises
    ------
    StudyError
        ``columns_many``.
    """
    if columns > _MOST_COLUMNS:
        raise StudyError("columns_many", file=file, count=columns, most=_MOST_COLUMNS)


def decode_text(raw: bytes, file: str, quality: QualityLog) -> str:
    """UTF-8 with or without BOM, UTF-16 with BOM, else GB18030 (which holds GBK and GB 2312).

    Raises
    ------
    StudyError
        None of them (``text_encoding``).
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "utf-8-sig":
            quality.add("info", "encoding_guessed", file=file, value=encoding.upper())
        return text
    raise StudyError("text_encoding", file=file)


def text_column(values: Any) -> list[str]:
    """Cells of any type as stripped text: missing → empty, 3.0 → ``3``, lists as Python writes."""
    return [value.strip() if type(value) is str else _cell(value) for value in values]


def _cell(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bytes):
        return ""
    if isinstance(value, float | np.floating):
        number = float(value)
        # An integer column with gaps arrives as floats; its ids must not grow a ".0".
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return str(value).strip()


def read_csv(path: Path, file: str, quality: QualityLog) -> RawTable:
    """Read a CSV (comma, semicolon or tab; UTF-8 or GB18030).

    Rows with more or fewer cells than the header are set aside; blank rows are no rows. Row
    numbers count records as Excel does, blank ones included.

    Raises
    ------
    StudyError
        ``file_empty``, ``text_encoding``, ``csv_broken`` (an open quote, a NUL), ``column_twice``.
    """
    text = decode_text(path.read_bytes(), file, quality)
    if "\0" in text:
        raise StudyError("csv_broken", file=file, row=text[: text.index("\0")].count("\n") + 1)
    records = _records(text, file)
    header_at = next((at for at, cells in enumerate(records) if any(cells)), None)
    if header_at is None:
        raise StudyError("file_empty", file=file)
    header = _trimmed(records[header_at])
    doubled = [name for name, count in Counter(header).items() if count > 1 and name]
    if doubled:
        raise StudyError("column_twice", file=file, field=one_line(doubled[0]))
    width = len(header)
    check_width(width, file)
    kept: list[list[str]] = []
    numbers: list[int] = []
    rows_in = 0
    for number, record in enumerate(records[header_at + 1 :], start=header_at + 2):
        if not any(record):
            continue
        rows_in += 1
        # Cells beyond the header are tolerated while they are empty (a comma at the end).
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


def _records(text: str, file: str) -> list[list[str]]:
    """All records with their cells stripped."""
    delimiter = _delimiter(text)
    source = io.StringIO(text + ("" if text.endswith(("\n", "\r")) else "\n") + _SENTINEL)
    reader = csv.reader(source, delimiter=delimiter)
    records: list[list[str]] = []
    try:
        records.extend([cell.strip() for cell in record] for record in reader)
    except csv.Error as error:
        raise StudyError("csv_broken", file=file, row=len(records) + 1) from error
    # str.strip takes the sentinel, a separator to Unicode, for a space.
    if records[-1] != [""]:
        raise StudyError("csv_broken", file=file, row=len(records))
    return records[:-1]


def _delimiter(text: str) -> str:
    """The delimiter that gives the header most cells."""
    first = next((line for line in io.StringIO(text) if line.strip()), "")

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader([first], delimiter=delimiter), []))
        except csv.Error:  # one cell of endless length: the wrong delimiter, or no table at all
            return 0

    return max(_DELIMITERS, key=cells)


def _trimmed(header: list[str]) -> list[str]:
    """Column names without the empty ones at the end."""
    names = list(header)
    while names and not names[-1]:
        names.pop()
    return names
