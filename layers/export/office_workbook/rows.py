"""The rows of a sheet, written ten times faster than cell by cell.

A province's workbook has millions of cells, and xlsxwriter takes about ten microseconds for each.
Here each row is formatted at once, exactly as xlsxwriter writes it in its mode ``constant_memory``
(a test compares the two). This needs private methods of xlsxwriter, so every new version of it must
pass that test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter.format import Format
from xlsxwriter.utility import _preserve_whitespace, xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from layers.export.csv import as_text

__all__ = ["Cells", "text_cells", "write_rows"]

# Excel's own limit.
_CELL_CHARACTERS = 32_767
# Rows of one block.
_BLOCK = 20_000


@dataclass(frozen=True)
class Cells:
    """A column's cells.

    Attributes
    ----------
    numbers : float64 (n), optional
        Values that are not finite are empty cells, but for `beyond`. Without `numbers` and
        `texts` all are empty.
    codes, texts : int64 (n) and list of str, optional
        Each cell is ``texts[code]``; -1 and empty texts are empty cells.
    beyond : str
        The text in place of +inf.
    """

    numbers: NDArray[np.float64] | None = None
    codes: NDArray[np.int64] | None = None
    texts: Sequence[str] = ()
    beyond: str = ""

    def sample(self, count: int) -> list[Any]:
        """The values of the first cells."""
        if self.numbers is not None:
            return [value for value in self.numbers[:count].tolist() if value - value == 0.0]
        if self.codes is None:
            return []
        return [self.texts[code] if code >= 0 else "" for code in self.codes[:count].tolist()]


def text_cells(values: pd.Series) -> Cells:
    """Cells of a column of texts; equal texts are converted once."""
    codes, texts = pd.factorize(values)
    return Cells(codes=codes.astype(np.int64), texts=[str(text) for text in texts])


def write_rows(
    sheet: Worksheet,
    row: int,
    columns: Sequence[tuple[Cells, Format]],
    *,
    quoted: Format,
    heights: NDArray[np.float64],
) -> int:
    """Write all rows from `row` on, which must be below all rows written so far.

    Parameters
    ----------
    sheet : Worksheet
        Of a workbook with ``constant_memory``.
    row : int
        From 0.
    columns : sequence of (Cells, Format)
        From the first column on.
    quoted : Format
        For texts that a spreadsheet would read as a formula.
    heights : float64 (rows)
        Heights of the rows (points), NaN for the sheet's own.

    Returns
    -------
    int
        The row after the last one.
    """
    if not len(heights):
        return row
    # Write the pending rows above; for the sheet, its current row is now below ours.
    after = row + len(heights)
    sheet._check_dimensions(row, 0)
    sheet._check_dimensions(after - 1, len(columns) - 1)
    sheet._write_single_row(after)
    names = [xl_col_to_name(number) for number in range(len(columns))]
    template = '<row r="%s"%s' + "".join(f'<c r="{name}%s%s' for name in names) + "</row>"
    for begin in range(0, len(heights), _BLOCK):
        some = slice(begin, begin + _BLOCK)
        numbers = range(row + begin + 1, row + min(begin + _BLOCK, len(heights)) + 1)
        parts: list[Any] = [numbers, _row_tails(sheet, heights[some])]
        for cells, style in columns:
            parts += [numbers, _tails(sheet, cells, some, style, quoted)]
        sheet.row_data_fh.write("".join([template % line for line in zip(*parts, strict=False)]))
    return after


def _row_tails(sheet: Worksheet, heights: NDArray[np.float64]) -> list[str]:
    """The rest of each row's opening tag, after its number."""
    # As in set_row: rounded to pixels, written in points.
    pixels = np.where(np.isnan(heights), sheet.default_row_height, np.floor(heights * 4 / 3 + 0.5))
    known = {
        value: ">" if value == sheet.original_row_height == sheet.default_row_height
        else f' ht="{value * 0.75:.16g}" customHeight="1">'
        for value in set(pixels.tolist())
    }  # fmt: skip
    return [known[value] for value in pixels.tolist()]


def _tails(sheet: Worksheet, cells: Cells, some: slice, style: Format, quoted: Format) -> Any:
    """The rest of each cell, after the row's number."""
    index = style._get_xf_index()
    blank = f'" s="{index}"/>'
    if cells.numbers is not None:
        head = f'" s="{index}"><v>'
        endless = _text_tail(sheet, cells.beyond, index, quoted)
        return [
            f"{head}{value:.16G}</v></c>"
            if value - value == 0.0
            else (endless if value == np.inf else blank)
            for value in cells.numbers[some].tolist()
        ]
    if cells.codes is None:
        return repeat(blank)
    codes = cells.codes[some]
    known = {
        code: _text_tail(sheet, cells.texts[code], index, quoted) if code >= 0 else blank
        for code in np.unique(codes).tolist()
    }
    return [known[code] for code in codes.tolist()]


def _text_tail(sheet: Worksheet, text: str, index: int, quoted: Format) -> str:
    """A text that no spreadsheet reads as a formula."""
    if not text:
        return f'" s="{index}"/>'
    if as_text(text) != text:
        index = quoted._get_xf_index()
    if _is_plain(text):
        return f'" s="{index}" t="inlineStr"><is><t>{text}</t></is></c>'
    # Excel counts UTF-16 units.
    short = text[:_CELL_CHARACTERS]
    while len(short.encode("utf-16-le")) // 2 > _CELL_CHARACTERS:
        short = short[:-1]
    safe = sheet._escape_data(sheet._escape_control_characters(short))
    space = ' xml:space="preserve"' if _preserve_whitespace(safe) else ""
    return f'" s="{index}" t="inlineStr"><is><t{space}>{safe}</t></is></c>'


def _is_plain(text: str) -> bool:
    """Whether nothing has to be escaped, preserved or cut; true of most texts."""
    return (
        len(text) <= _CELL_CHARACTERS // 2
        and text.isprintable()
        and not ("&" in text or "<" in text or ">" in text or "_x" in text)
        and text == text.strip()
    )
