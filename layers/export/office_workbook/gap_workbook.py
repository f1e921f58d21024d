"""gaps.xlsx as an office submits it: gap lists, a sheet for field checks, codes, definitions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from geo.analysis import Analysis
from geo.scenarios.proposed import ProposedSites
from layers.export.office_workbook.capacity import write_capacity
from layers.export.office_workbook.forms import code_columns, doubt_form, point_form, unit_form
from layers.export.office_workbook.keyed_book import (
    KEY_SHEET,
    KeyedBook,
    write_keys,
)
from layers.export.office_workbook.measures import with_measures
from layers.export.office_workbook.registry import write_registry
from layers.export.office_workbook.sheet import (
    Column,
    Form,
    formats,
    sheet_name,
    write_cell,
    write_form,
)
from layers.export.worded_tables import code_rows, doubt_table, point_table, unit_table
from layers.words.catalogue import Words
from layers.words.definitions import definitions
from layers.words.figure_keys import with_keys
from layers.words.phrases import layer_title

__all__ = ["POINT_ROWS", "gaps_workbook"]

# More gap points would make a spreadsheet slow; gap_points.csv has all of them.
POINT_ROWS = 100_000
# More points than anybody can check on the ground.
DOUBT_ROWS = 20_000
# More rows of points are not printed by themselves: they would be hundreds of sheets of paper.
PRINTED_ROWS = 200
# Excel's own limit is 1,048,576 rows; title, totals and notes need some.
_SHEET_ROWS = 1_048_000


def gaps_workbook(
    analysis: Analysis,
    words: Words,
    *,
    point_rows: int = POINT_ROWS,
    proposed: Sequence[ProposedSites] = (),
) -> bytes:
    """The workbook as bytes, the same ones every time.

    Sheets: the units with gaps of all layers; for each layer its uncovered demand points with
    columns to fill in; the points to check on the ground, whose filled-in results
    `layers.export.field_check.read_field_check` reads back; codes and coordinates; definitions;
    the register of what each indicator counts; hidden, the keys of the figures
    (`layers.export.office_workbook.keyed_book`).

    Parameters
    ----------
    analysis : Analysis
    words : Words
        The language of headers and words; names and ids stay as they are.
    point_rows : int
        At most so many gap points, the heaviest; a line below the table says where the rest is.
    proposed : sequence of ProposedSites
        Fill the column of proposed measures for their layers, which is blank otherwise.
    """
    target = BytesIO()
    options = {
        "constant_memory": True,  # a province's gap points would take half a gigabyte otherwise
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = KeyedBook(target, options)
    # A fixed time makes two runs equal; the time of a run is in summary.json.
    book.set_properties({"created": datetime(2000, 1, 1), "title": words("export.sheet.gaps")})
    book.set_size(2400, 1400)
    styles = formats(book, words.language)
    taken = {words(f"export.sheet.{name}").lower() for name in ("codes", "definitions")}
    taken |= {words("registry.sheet").lower(), KEY_SHEET}
    kept = _largest(analysis.gap_points, min(point_rows, _SHEET_ROWS))
    codes = _write_lists(book, analysis, kept, words, styles, taken, proposed)
    write_capacity(book, analysis, words, styles, taken)
    form = Form(
        name=words("export.sheet.codes"),
        title=words("export.sheet.codes"),
        lines=[words("export.codes_line")],
        columns=code_columns(words),
        printed=0,
    )
    write_form(book, codes, form, styles, pages=words("export.pages"))
    left_out = "" if len(kept) == len(analysis.gap_points) else _rest(analysis, kept, words)
    write_registry(book, analysis, words, styles)
    keys = book.add_worksheet(KEY_SHEET)
    _write_definitions(book, analysis, words, styles, left_out)
    write_keys(book, keys, analysis.summary, words, codes=form.name)
    book.close()
    return target.getvalue()


def _write_lists(
    book: Workbook,
    analysis: Analysis,
    kept: pd.DataFrame,
    words: Words,
    styles: dict[str, Format],
    taken: set[str],
    proposed: Sequence[ProposedSites],
) -> pd.DataFrame:
    """The lists; returns the rows of the sheet of codes."""
    codes = []
    units = with_measures(
        unit_table(analysis, words).head(_SHEET_ROWS), "unit_id", proposed, analysis, words
    )
    name = sheet_name(words("export.sheet.units"), taken)
    form = unit_form(analysis, words, name=name, measured=bool(proposed))
    pages = words("export.pages")
    write_form(book, units, form, styles, pages=pages)
    codes.append(code_rows(units, form.name, words))
    doubts, doubts_total, doubts_weight = doubt_table(analysis, words, most=DOUBT_ROWS)
    doubt_name = sheet_name(words("export.sheet.doubts"), taken) if len(doubts) else ""
    for key in analysis.summary["layers"]:
        mine = [sites for sites in proposed if sites.layer == key]
        table = with_measures(
            point_table(analysis, str(key), kept, words), "demand_id", mine, analysis, words
        )
        whole = int((analysis.gap_points["layer"] == key).sum())
        note = "" if len(table) == whole else _rest_note(whole, len(table), words)
        title = layer_title(analysis.study.layer(str(key)), words)
        name = sheet_name(title, taken)
        form = point_form(
            analysis, str(key), words, name=name, note=note, rows=len(table),
            printed=PRINTED_ROWS, measured=bool(mine),
        )  # fmt: skip
        write_form(book, table, form, styles, pages=pages)
        codes.append(code_rows(table, name, words))
    if doubt_name:
        note = "" if len(doubts) == doubts_total else _rest_note(doubts_total, len(doubts), words)
        form = doubt_form(analysis, words, name=doubt_name, weight=doubts_weight, note=note)
        write_form(book, doubts, form, styles, pages=pages)
        codes.append(code_rows(doubts, doubt_name, words))
    return pd.concat(codes, ignore_index=True).head(_SHEET_ROWS)


def _largest(points: pd.DataFrame, count: int) -> pd.DataFrame:
    """The `count` heaviest points in the table's order; among equal weights the first ones."""
    if len(points) <= count:
        return points
    heaviest = points["weight"].sort_values(ascending=False, kind="stable").index[:count]
    return points.loc[points.index.isin(heaviest)]


def _rest_note(total: int, shown: int, words: Words) -> str:
    return words(
        "export.rest", shown=words.number(shown), total=words.number(total), file="gap_points.csv"
    )


def _rest(analysis: Analysis, kept: pd.DataFrame, words: Words) -> str:
    return _rest_note(len(analysis.gap_points), len(kept), words)


def _write_definitions(
    book: Workbook, analysis: Analysis, words: Words, styles: dict[str, Format], note: str
) -> None:
    """What was counted, from which files: section, item, text."""
    columns = [
        Column("section", words("export.header.section"), width=26),
        Column("item", words("export.header.item"), width=30),
        Column("text", words("export.header.text"), width=110),
    ]
    rows = definitions(analysis, with_keys(words))
    if note:
        rows.insert(0, (words("export.sheet.gaps"), words("export.item.rest"), note))
    sheet = book.add_worksheet(words("export.sheet.definitions"))
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&R{words('export.pages')}")
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.header, styles["header"])
    kinds = ("section", "wrapped", "wrapped")
    for row, texts in enumerate(rows, start=1):
        for number, text in enumerate(texts):
            write_cell(sheet, row, number, text, styles[kinds[number]], styles)
    sheet.autofilter(0, 0, len(rows), len(columns) - 1)
