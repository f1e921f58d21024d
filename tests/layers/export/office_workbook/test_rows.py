"""Rows written at once are, byte by byte, the rows that xlsxwriter writes cell by cell."""

from __future__ import annotations

import zipfile
from io import BytesIO

import numpy as np
import pandas as pd
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.export.csv import as_text
from layers.export.office_workbook.rows import Cells, text_cells, write_rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.floats(allow_infinity=False) | st.integers(-(10**9), 10**9).map(float)


def _book() -> tuple[BytesIO, xlsxwriter.Workbook]:
    target = BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    return target, xlsxwriter.Workbook(target, options)


def _sheet(target: BytesIO) -> str:
    with zipfile.ZipFile(target) as archive:
        return archive.read("xl/worksheets/sheet1.xml").decode()


def _written(rows: list[tuple[str, float, float]], *, at_once: bool) -> str:
    target, book = _book()
    cell, number, quoted = (
        book.add_format(options)
        for options in ({"border": 1}, {"num_format": "0.0"}, {"quote_prefix": True})
    )
    sheet = book.add_worksheet("rows")
    sheet.set_default_row(18)
    for style in (cell, number, quoted):  # so that both number them alike
        style._get_xf_index()
    sheet.set_row(0, 34)
    sheet.write_string(0, 0, "head", cell)
    texts, numbers, heights = (list(column) for column in zip(*rows, strict=True))
    if at_once:
        columns = [
            (text_cells(pd.Series(texts, dtype=object)), cell),
            (Cells(), cell),
            (Cells(numbers=np.array(numbers)), number),
        ]
        row = write_rows(sheet, 1, columns, quoted=quoted, heights=np.array(heights))
    else:
        for row, (text, value, height) in enumerate(rows, start=1):
            if height == height:
                sheet.set_row(row, height)
            if text:
                sheet.write_string(row, 0, text, quoted if as_text(text) != text else cell)
            else:
                sheet.write_blank(row, 0, None, cell)
            sheet.write_blank(row, 1, None, cell)
            if value == value:
                sheet.write_number(row, 2, value, number)
            else:
                sheet.write_blank(row, 2, None, number)
        row = len(rows) + 1
    sheet.write_string(row, 0, "foot", cell)
    book.close()
    return _sheet(target)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(TEXTS, NUMBERS, st.sampled_from([float("nan"), 31.0, 44.0, 18.0, 15.0])),
        min_size=1,
        max_size=8,
    )
)
def test_as_cell_by_cell(rows: list[tuple[str, float, float]]) -> None:
    # xlsxwriter takes a text in these tags for markup of its own; here every text is a text.
    rows = [(text.replace("<r>", ""), value, height) for text, value, height in rows]
    assert _written(rows, at_once=True) == _written(rows, at_once=False)


def test_markup_of_a_file_stays_text() -> None:
    content = _written([("<r><t>x</t></r>", 1.0, float("nan"))], at_once=True)
    assert "&lt;r&gt;&lt;t&gt;x&lt;/t&gt;&lt;/r&gt;" in content


def test_a_long_text_is_cut_to_what_excel_takes() -> None:
    content = _written([("𠮷" * 20_000, 1.0, float("nan"))], at_once=True)
    assert content.count("𠮷") == 32_767 // 2
