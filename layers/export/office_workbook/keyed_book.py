"""A workbook that holds the key of each of its figures, on a hidden sheet.

A single cell has a defined name, which follows it when rows are added. The figures of a list are
known by the header of their column and by the number of their row, whose ids the sheet of codes
has; so rows may be sorted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from layers.words.catalogue import Words
from layers.words.figure_keys import figures_mark, has_keys, pieces, without_keys

__all__ = ["KEY_SHEET", "NAMES", "KeyedBook", "KeyedSheet", "key_template", "write_keys"]

# The sheet's name in every language, and the beginning of the defined names.
KEY_SHEET, NAMES = "quarterhour", "quarterhour_"
_LONGEST = 32_767


class KeyedSheet(Worksheet):  # type: ignore[misc]
    """A sheet that remembers which of its cells hold figures with keys.

    Attributes
    ----------
    texts : list of (row, column, text with keys)
    numbers : list of (row, column, key, value)
    columns : dict of str to str
        Header → key of the column (`layers.export.office_workbook.sheet.Column.key`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[int, int, str]] = []
        self.numbers: list[tuple[int, int, str, Any]] = []
        self.columns: dict[str, str] = {}

    def write_string(
        self, row: int, col: int, string: str, cell_format: Format | None = None
    ) -> Any:
        """A text, without the keys of its figures, which are remembered."""
        if has_keys(string):
            self.texts.append((row, col, string))
            string = without_keys(string)
        return super().write_string(row, col, string[:_LONGEST], cell_format)

    def note(self, row: int, col: int, key: str, value: Any) -> None:
        """Remember that this cell holds a number with this key."""
        self.numbers.append((row, col, key, value))


class KeyedBook(Workbook):  # type: ignore[misc]
    """A workbook of such sheets."""

    worksheet_class = KeyedSheet


def key_template(text: str) -> str:
    """A text with ``⟦key=figure⟧`` in place of each figure."""
    return "".join(
        f"⟦{piece.key}={piece.text}⟧" if piece.key else piece.text for piece in pieces(text)
    )


def write_keys(
    book: KeyedBook, sheet: Any, summary: Mapping[str, Any], words: Words, *, codes: str
) -> None:
    """Fill the hidden sheet: kind, sheet, name or header, key, written value.

    Parameters
    ----------
    book : KeyedBook
        All its other sheets are written.
    sheet : worksheet
        Empty, of this book.
    summary : mapping
        Of the analysis.
    words : Words
    codes : str
        Name of the sheet of codes.
    """
    rows: list[tuple[str, str, str, str, Any]] = []
    for one in book.worksheets():
        for header, key in one.columns.items():
            rows.append(("column", one.name, header, key, ""))
        cells = [(r, c, "text", key_template(t), "") for r, c, t in one.texts]
        cells += [(r, c, "number", key, value) for r, c, key, value in one.numbers]
        for row, column, kind, key, value in cells:
            name = f"{NAMES}{len(rows) + 1}"
            place = xl_rowcol_to_cell(row, column, row_abs=True, col_abs=True)
            book.define_name(name, f"={quote_sheetname(one.name)}!{place}")
            rows.append((kind, one.name, name, key, value))
    part, analysis_id = str(summary.get("part", "")), str(summary["analysis_id"])
    mark = figures_mark(words.locale, analysis_id, len(rows), part=part)
    for column, text in enumerate(("document", codes, "", mark)):
        sheet.write_string(0, column, text)
    for number, (kind, of, name, key, value) in enumerate(rows, start=1):
        for column, text in enumerate((kind, of, name, key[:_LONGEST])):
            sheet.write_string(number, column, text)
        if isinstance(value, int | float) and value == value:
            sheet.write_number(number, 4, value)
    sheet.hide()
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&R{words('export.pages')}")
