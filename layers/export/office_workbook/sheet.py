"""One sheet of a workbook for submission: A3 landscape, title, totals first, footer.

Rows are written from the top down, since the gap points of a province need xlsxwriter's mode
``constant_memory``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from layers.export.csv import as_text
from layers.export.office_workbook.keyed_book import KeyedSheet
from layers.export.office_workbook.rows import Cells, text_cells, write_rows
from layers.words.figure_keys import has_keys, without_keys
from layers.words.languages import Language

__all__ = ["Column", "Form", "formats", "sheet_name", "style_for", "write_cell", "write_form"]

# Excel's own limits.
_CELL_CHARACTERS = 32_767
_NAME_CHARACTERS = 31
_FORBIDDEN_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
_NUMBER_FORMATS = {"one": "#,##0.0", "whole": "#,##0", "degrees": "0.000000", "number": "0"}
# 38 holds the eighteen characters of 武汉江夏经济开发区庙山高新技术产业园.
_WIDEST, _NARROWEST, _SHORT = 38, 6.5, 20
# Rows whose cells are measured for the column's width.
_MEASURED = 2_000
_A3 = 8
# Excel's own limits of a footer and of breaks on a sheet.
_FOOTER, _MOST_BREAKS = 180, 1_000
_BAR = "#CFE2F3"

Heights = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Attributes
    ----------
    field : str
        Its column in the table; the sheet leaves it out if the table lacks it.
    header : str
    kind : str
        text, number (of a row), count (of people and the like), one (one decimal), whole, degrees,
        or blank (to be filled in by hand).
    shown : callable, optional
        From the text in the table to the text on the sheet.
    choices : sequence of str
        What a drop-down list offers in a blank column.
    bar : bool
        Draw a bar behind the numbers.
    width : float, optional
        In digits; by default by its cells.
    beyond : str
        The text in place of a number without end, such as a time beyond the study's horizon.
    key : str
        Of its figures (`layers.words.figure_keys`), with ``{unit_id}``, ``{demand_id}`` and
        ``{layer}`` in place of what the row is about.
    """

    field: str
    header: str
    kind: str = "text"
    shown: Callable[[str], str] | None = None
    choices: Sequence[str] = ()
    bar: bool = False
    width: float | None = None
    beyond: str = ""
    key: str = ""


@dataclass(frozen=True)
class Form:
    """A sheet apart from its table.

    Attributes
    ----------
    name, title : str
        Of the tab, and above the table.
    lines : sequence of str
        Between title and table: date, definition, who fills it in.
    columns : sequence of Column
    totals : sequence of mapping
        Rows above the others: column's field → value; ``keys``: field → key of the figure.
    note : str
        Below the table, if rows were left out.
    signatures : str
        The last line: who filled it in and who checked it. Where not all rows are printed, it
        stands above the table, so that it is printed.
    breaks : str
        A column of the table; on paper, a new page begins where its value changes.
    printed : int, optional
        Only so many rows are in the print area; None prints all.
    """

    name: str
    title: str
    lines: Sequence[str]
    columns: Sequence[Column]
    totals: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    note: str = ""
    signatures: str = ""
    breaks: str = ""
    printed: int | None = None

    def all_printed(self, rows: int) -> bool:
        """Whether the print area holds a table of so many rows."""
        return self.printed is None or rows <= self.printed


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel accepts: allowed characters, at most 31, and unique (`taken`)."""
    cleaned = "".join(" " if ord(sign) < 32 else sign for sign in wanted)
    base = " ".join(cleaned.translate(_FORBIDDEN_IN_NAMES).split()).strip("'")
    base = (base or "-")[:_NAME_CHARACTERS].strip("' ")
    if base.lower() == "history":  # reserved by Excel
        base = "history -"
    name, number = base, 2
    while name.lower() in taken:
        suffix = f" {number}"
        name = base[: _NAME_CHARACTERS - len(suffix)] + suffix
        number += 1
    taken.add(name.lower())
    return name


def formats(book: Workbook, language: Language) -> dict[str, Format]:
    """The cell formats of a workbook by name."""
    title, head, body = language.workbook_fonts
    base = {"font_name": body, "font_size": 10, "valign": "vcenter"}
    cell = {**base, "border": 1, "border_color": "#808080"}
    total = {**cell, "bold": True, "bg_color": "#F2F2F2"}
    header = {"font_name": head, "align": "center", "text_wrap": True, "bg_color": "#DDEBF7"}
    made = {
        "title": {**base, "font_name": title, "font_size": 20, "align": "center"},
        "line": {**base, "text_wrap": True},
        "note": {**base, "italic": True, "font_color": "#555555"},
        "header": {**cell, **header, "bold": language.workbook_bold_header},
        "text": {**cell, "text_wrap": True, "indent": 1},
        # Excel keeps such a cell as text even after it is edited.
        "quoted": {**cell, "text_wrap": True, "indent": 1, "quote_prefix": True},
        "blank": {**cell, "text_wrap": True},
        "section": {**cell, "bold": True, "text_wrap": True, "valign": "top"},
        "wrapped": {**cell, "text_wrap": True, "valign": "top"},
        "total_text": {**total, "align": "center", "text_wrap": True},
    }
    for kind, code in _NUMBER_FORMATS.items():
        made[kind] = {**cell, "num_format": code, "indent": 1, "align": "right"}
        made[f"total_{kind}"] = {**total, "num_format": code, "indent": 1, "align": "right"}
    for kind in ("number", "total_number"):
        made[kind] |= {"align": "center", "indent": 0}
    return {name: book.add_format(options) for name, options in made.items()}


def style_for(column: Column, cells: Cells) -> str:
    """The name of the format of a column's cells."""
    if column.kind != "count" or cells.numbers is None:
        return column.kind
    numbers = cells.numbers[~np.isnan(cells.numbers)]
    # Counts are whole; the weights of a population raster have fractions.
    return "whole" if bool((numbers % 1 == 0).all()) else "one"


def write_form(
    book: Workbook,
    table: pd.DataFrame,
    form: Form,
    styles: dict[str, Format],
    *,
    pages: str = "&P / &N",
) -> tuple[int, int]:
    """Add a sheet with the form and its table.

    Parameters
    ----------
    book : Workbook
    table : pd.DataFrame
    form : Form
    styles : dict
        `formats` of this workbook.
    pages : str
        Number of the page in the footer, in Excel's codes.

    Returns
    -------
    (int, int)
        The rows, from 0, of the first and of the last line of the table's body.
    """
    columns = [c for c in form.columns if c.kind == "blank" or c.field in table.columns]
    cells = [_cells(table, column) for column in columns]
    kinds = [style_for(column, found) for column, found in zip(columns, cells, strict=True)]
    sheet = book.add_worksheet(form.name)
    if isinstance(sheet, KeyedSheet):
        sheet.columns = {column.header: column.key for column in columns if column.key}
    sheet.set_default_row(18)
    widths = [
        column.width or _width(column.header, found.sample(_MEASURED))
        for column, found in zip(columns, cells, strict=True)
    ]
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    whole = form.all_printed(len(table))
    row = _write_head(sheet, form, columns, widths, styles, signed=not whole)
    header = row - 1
    for total in form.totals:
        for number, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
            style = styles[f"total_{kind}" if kind in _NUMBER_FORMATS else "total_text"]
            _write_or_blank(sheet, row, number, total.get(column.field), style, styles)
            key = total.get("keys", {}).get(column.field, "")
            if key and isinstance(sheet, KeyedSheet):
                sheet.note(row, number, key, total.get(column.field))
        row += 1
    first = row
    row = write_rows(
        sheet,
        row,
        [(found, styles[kind]) for found, kind in zip(cells, kinds, strict=True)],
        quoted=styles["quoted"],
        heights=_heights(cells, widths, len(table)),
    )
    last = max(row - 1, first)
    row = _write_foot(sheet, form, row, len(columns), styles, signed=whole)
    # The filter begins at the last row of totals, so that totals are neither sorted nor filtered.
    sheet.autofilter(first - 1, 0, last, len(columns) - 1)
    sheet.freeze_panes(first, 0)
    _set_up_page(sheet, header, row if whole else first + (form.printed or 0), len(columns))
    sheet.set_footer(_footer(form.title, pages))
    sheet.set_h_pagebreaks(_page_breaks(table, form.breaks, first))
    _decorate(sheet, columns, first, last)
    return first, last


def _write_head(
    sheet: Worksheet,
    form: Form,
    columns: Sequence[Column],
    widths: Sequence[float],
    styles: dict[str, Format],
    *,
    signed: bool,
) -> int:
    """Title, lines and header; returns the row after them."""
    end = len(columns) - 1
    sheet.set_row(0, 34)
    _merged(sheet, 0, end, form.title, styles["title"])
    row = 1
    for line in [*form.lines, *([form.signatures] if signed and form.signatures else [])]:
        lines = -(-_columns_of(without_keys(line)) // max(int(sum(widths)), 1))
        sheet.set_row(row, 16.0 * lines)
        _merged(sheet, row, end, line, styles["line"])
        row += 1
    needed = max(
        -(-(_columns_of(column.header) + 1) // int(width))
        for column, width in zip(columns, widths, strict=True)
    )
    sheet.set_row(row, 15.0 * max(needed, 2))
    for number, column in enumerate(columns):
        sheet.write_string(row, number, column.header, styles["header"])
    return row + 1


def _write_foot(
    sheet: Worksheet, form: Form, row: int, width: int, styles: dict[str, Format], *, signed: bool
) -> int:
    for text, style in ((form.note, "note"), (form.signatures if signed else "", "line")):
        if text:
            sheet.set_row(row, 26.0 if style == "line" else 16.0)
            _merged(sheet, row, width - 1, text, styles[style])
            row += 1
    return row


def _merged(sheet: Worksheet, row: int, end: int, text: str, style: Format) -> None:
    if end > 0:
        sheet.merge_range(row, 0, row, end, "", style)
    sheet.write_string(row, 0, text, style)


def _set_up_page(sheet: Worksheet, header: int, rows: int, columns: int) -> None:
    """A3 landscape, one page wide, header on every page, page numbers."""
    sheet.set_paper(_A3)
    sheet.set_landscape()
    # Shrinks to one page in width; the font of the machine, and so the width, is unknown.
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.repeat_rows(header)
    sheet.print_area(0, 0, max(rows - 1, 0), columns - 1)
    sheet.set_zoom(90)


def _footer(title: str, pages: str) -> str:
    """The title at the left, the page at the right; Excel takes at most 255 characters."""
    return f"&L{title.replace('&', '&&')[:_FOOTER]}&R{pages}"


def _page_breaks(table: pd.DataFrame, column: str, first: int) -> list[int]:
    """The rows before which a new page begins: where the value of a column changes."""
    if column not in table.columns or len(table) < 2:
        return []
    values = table[column].to_numpy(dtype=object)
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    return [first + int(at) for at in changes[:_MOST_BREAKS]]


def _decorate(sheet: Worksheet, columns: Sequence[Column], first: int, last: int) -> None:
    """Bars behind numbers, and drop-down lists in columns that are filled in by hand."""
    for number, column in enumerate(columns):
        if column.bar:
            bar = {"type": "data_bar", "bar_color": _BAR, "bar_solid": True, "min_value": 0}
            sheet.conditional_format(
                first, number, last, number, {**bar, "min_type": "num", "bar_border_color": _BAR}
            )
        if column.choices:
            sheet.data_validation(
                first, number, last, number, {"validate": "list", "source": list(column.choices)}
            )
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _cells(table: pd.DataFrame, column: Column) -> Cells:
    """The column's values: numbers, or texts as shown."""
    if column.kind == "blank":
        return Cells()
    values = table[column.field]
    if column.kind != "text":
        numbers = pd.to_numeric(values).to_numpy(np.float64, na_value=np.nan)
        return Cells(numbers=numbers, beyond=column.beyond)
    found = text_cells(values)
    if column.shown is None:
        return found
    shown = [column.shown(text) if text else "" for text in found.texts]
    return Cells(codes=found.codes, texts=shown)


def _write_or_blank(
    sheet: Worksheet, row: int, number: int, value: Any, style: Format, styles: dict[str, Format]
) -> None:
    if value is None or value == "" or (isinstance(value, float) and value != value):
        sheet.write_blank(row, number, None, style)  # with its border
    else:
        write_cell(sheet, row, number, value, style, styles)


def write_cell(
    sheet: Worksheet, row: int, number: int, value: Any, style: Format, styles: dict[str, Format]
) -> None:
    """A number, or a text that no spreadsheet reads as a formula."""
    if isinstance(value, int | float):
        sheet.write_number(row, number, value, style)
        return
    text = str(value)
    text = text if has_keys(text) else text[:_CELL_CHARACTERS]
    risky = as_text(text) != text
    sheet.write_string(row, number, text, styles["quoted"] if risky else style)


def _width(header: str, cells: Sequence[Any]) -> float:
    """Wide enough for most cells, and for the header in a few lines."""
    widths = sorted(_columns_of(cell) for cell in cells if cell is not None)
    # The widest 2 % wrap, so that one long name does not widen the sheet.
    usual = widths[int(0.98 * (len(widths) - 1))] if widths else 0
    if widths and widths[-1] <= _SHORT:
        usual = widths[-1]
    longest_word = max((_columns_of(word) for word in header.split()), default=0)
    latin = longest_word + 1 if header.isascii() else 0
    return min(_WIDEST, max(_NARROWEST, usual + 2, latin, _columns_of(header) / 2 + 1.5))


def _heights(columns: Sequence[Cells], widths: Sequence[float], rows: int) -> Heights:
    """Heights of the rows (points), NaN for one line; xlsxwriter has no automatic height."""
    lines = np.ones(rows)
    for cells, width in zip(columns, widths, strict=True):
        if cells.codes is not None:
            # One more, for cells without a text.
            needed = np.array([*(_lines_of(text, width) for text in cells.texts), 1.0])
            lines = np.maximum(lines, needed[cells.codes])
    return np.where(lines > 1, 13.0 * np.minimum(lines, 8) + 5, np.nan)


def _lines_of(text: str, width: float) -> float:
    # A quick answer for short texts, which are most.
    if len(text) * 2 <= width - 1.5:
        return 1.0
    return float(-(-_columns_of(text) // max(int(width - 1.5), 1)))


def _columns_of(cell: object) -> int:
    """Width of a cell in digits; a Chinese character takes two."""
    if isinstance(cell, float):
        return len(f"{cell:,.0f}") + 2
    text = str(cell)
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
