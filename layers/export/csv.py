"""CSV by the output contract: equal tables give equal bytes, safe to open in Excel."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import zip_longest

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["as_text", "csv_blocks", "csv_bytes", "in_order"]

# Characters that begin a formula in Excel, WPS and LibreOffice; the full-width ones do so in the
# East Asian editions of Excel.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_RISKY = "^(?:" + "|".join(re.escape(sign) for sign in _FORMULA) + ")"
_END = "\r\n"
# Rows of one block.
_BLOCK = 65_536
_TEXT = pa.large_string()


def as_text(value: object) -> str:
    """A text cell that no spreadsheet reads as a formula; missing becomes empty."""
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return ""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def in_order(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """`frame` with the contract's columns first, in their order, then any others.

    Columns of the contract that the table lacks (parents, for instance) are left out.
    """
    first = [name for name in columns if name in frame.columns]
    rest = [name for name in frame.columns if name not in first and name != "geometry"]
    return frame[[*first, *rest]]


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as UTF-8 with BOM and CRLF.

    Booleans are True and False, missing values empty, numbers as short as they can be without loss
    (12 rather than 12.0), and a text that begins like a formula gets an apostrophe in front.
    """
    return b"".join(csv_blocks(frame))


def csv_blocks(frame: pd.DataFrame) -> Iterator[bytes]:
    """The bytes of `csv_bytes` in blocks, so that a large table is never in memory as a whole."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=_END).writerow([as_text(name) for name in frame.columns])
    yield b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")
    begins = range(0, len(frame), _BLOCK)
    if len(begins) < 2:
        yield from (_block(frame, begin) for begin in begins)
        return
    # Arrow releases the interpreter: two blocks at a time.
    with ThreadPoolExecutor(2) as pool:
        for pair in zip_longest(begins[::2], begins[1::2]):
            yield from pool.map(partial(_block, frame), [at for at in pair if at is not None])


def _block(frame: pd.DataFrame, begin: int) -> bytes:
    """Some rows."""
    rows = frame.iloc[begin : begin + _BLOCK]
    cells = [_cells(rows[name]) for name in rows.columns]
    if len(cells) == 1:  # a line with nothing on it would be no record
        cells[0] = pc.if_else(pc.equal(cells[0], _text("")), _text('""'), cells[0])
    cells[-1] = _joined(cells[-1], _END)
    lines = _joined(*cells, between=",")
    lines = lines.combine_chunks() if isinstance(lines, pa.ChunkedArray) else lines
    return lines.buffers()[2].to_pybytes() if len(lines) else b""


def _cells(column: pd.Series) -> pa.Array:
    """The column's cells as text of the file."""
    if pd.api.types.is_bool_dtype(column.dtype):
        values = pa.array(column, pa.bool_(), from_pandas=True)
        return pc.fill_null(pc.if_else(values, _text("True"), _text("False")), _text(""))
    if pd.api.types.is_integer_dtype(column.dtype):
        return pc.fill_null(pc.cast(pa.array(column, from_pandas=True), _TEXT), _text(""))
    if pd.api.types.is_float_dtype(column.dtype):
        return _numbers(column.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.infer_dtype(column, skipna=True) in ("string", "empty"):
        texts = pa.array(column, _TEXT, from_pandas=True)
        texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        return _quoted(_harmless(pc.fill_null(texts, _text(""))))
    return _quoted(pa.array([_mixed(value) for value in column], _TEXT))


def _text(value: str) -> pa.Scalar:
    return pa.scalar(value, _TEXT)


def _joined(*parts: pa.Array | str, between: str = "") -> pa.Array:
    """Texts joined cell by cell."""
    cells = [_text(part) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*cells, _text(between))


def _numbers(values: NDArray[np.float64]) -> pa.Array:
    """Floats as Python writes them, without the ".0" of a whole number; missing becomes empty."""
    values = values + 0.0  # no sign on a zero
    size = np.abs(values)
    cells = pc.cast(pa.array(values), _TEXT)
    # Arrow gives the same shortest digits, but uses exponents for other numbers than Python.
    other = ~((size == 0) | ((size >= 1e-4) & (size < 1e10)))
    if other.any():
        texts = [_number(repr(value)) for value in values[other].tolist()]
        cells = pc.replace_with_mask(cells, pa.array(other), pa.array(texts, _TEXT))
    return cells


def _harmless(texts: pa.Array) -> pa.Array:
    """Texts made safe as in `as_text`."""
    risky = pc.match_substring_regex(texts, _RISKY)
    if not pc.any(risky).as_py():
        return texts
    return pc.if_else(risky, _joined("'", texts), texts)


def _quoted(texts: pa.Array) -> pa.Array:
    """Texts in quotes if they hold a comma, a quote or an end of line."""
    needed = pc.match_substring_regex(texts, '[,"\\r\\n]')
    if not pc.any(needed).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needed, _joined('"', doubled, '"'), texts)


def _number(text: str) -> str:
    """A float as Python writes it, without the ".0" of a whole number; missing becomes empty."""
    if text == "nan":
        return ""
    if text == "-0.0":
        return "0"
    return text.removesuffix(".0")


def _mixed(value: object) -> str:
    """A cell of a text column; numbers and booleans in it are written as such."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        return str(int(value))
    if isinstance(value, float | np.floating):
        return _number(repr(float(value)))
    return as_text(value)
