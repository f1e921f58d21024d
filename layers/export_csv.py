"""CSV as the output contract wants it: one table to the same bytes, safe to open in Excel."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

__all__ = ["as_text", "csv_bytes", "in_order"]

# What Excel, WPS and LibreOffice take for the start of a formula. The full-width signs count too:
# East Asian editions of Excel read them like the others.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_text(value: object) -> str:
    """A text cell that no spreadsheet takes for a formula; missing becomes empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def in_order(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """`frame` with the contract's columns first, in their order, and any others behind them.

    A column of the contract that the table lacks (a study without parents, say) is not made up.
    """
    first = [name for name in columns if name in frame.columns]
    rest = [name for name in frame.columns if name not in first and name != "geometry"]
    return frame[[*first, *rest]]


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as UTF-8 with BOM and CRLF.

    Booleans are True and False, missing values empty, numbers as short as they can be without loss
    (12 rather than 12.0), and a text that begins like a formula gets an apostrophe in front.
    """
    columns = [_cells(frame[name]) for name in frame.columns]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([as_text(name) for name in frame.columns])
    writer.writerows(zip(*columns, strict=True))
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _cells(column: pd.Series) -> list[str]:
    """The column's cells as they stand in the file."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return ["" if pd.isna(value) else str(bool(value)) for value in column]
    if pd.api.types.is_integer_dtype(column.dtype):
        return ["" if pd.isna(value) else str(int(value)) for value in column]
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        return [_number(text) for text in map(repr, values.tolist())]
    if pd.api.types.infer_dtype(column, skipna=True) == "string":
        # Names of layers, units and sites recur: each is looked at once.
        codes, texts = pd.factorize(column)
        cells = np.array([*map(as_text, texts), ""], dtype=object)
        return list(cells[codes])
    return [_mixed(value) for value in column]


def _number(text: str) -> str:
    """A float as Python writes it, without the ".0" of a whole number; missing becomes empty."""
    if text == "nan":
        return ""
    if text == "-0.0":
        return "0"
    return text.removesuffix(".0")


def _mixed(value: object) -> str:
    """A cell of a text column; numbers and booleans in it stay what they are."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return _number(repr(float(value)))
    return as_text(value)
