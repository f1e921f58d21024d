"""The sheet that registers what each indicator counts (口径登记表)."""

from __future__ import annotations

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from geo.analysis import Analysis
from layers.export.office_workbook.sheet import write_cell
from layers.words.catalogue import Words
from layers.words.definitions import registry
from layers.words.figure_keys import with_keys

__all__ = ["write_registry"]

_WIDTHS = {"indicator": 30, "shown": 14, "definition": 48, "numerator": 30, "denominator": 24,
           "source": 28, "valid_for": 34, "not_with": 40}  # fmt: skip


def write_registry(
    book: Workbook, analysis: Analysis, words: Words, styles: dict[str, Format]
) -> None:
    """Add the sheet: a row for each indicator of each layer."""
    rows = [
        (
            one.name, one.shown, one.definition, one.numerator, one.denominator, one.source,
            one.valid_for, one.not_with,
        )
        for one in registry(analysis, with_keys(words))
    ]  # fmt: skip
    headers = {"shown": words("registry.value")}
    sheet = book.add_worksheet(words("registry.sheet"))
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&R{words('export.pages')}")
    for number, (name, width) in enumerate(_WIDTHS.items()):
        sheet.set_column(number, number, width)
        header = headers.get(name) or words(f"annexes.header.{name}")
        sheet.write_string(0, number, header, styles["header"])
    for row, texts in enumerate(rows, start=1):
        for number, text in enumerate(texts):
            style = styles["section" if number == 0 else "wrapped"]
            write_cell(sheet, row, number, text, style, styles)
    sheet.autofilter(0, 0, len(rows), len(_WIDTHS) - 1)
