"""gaps.xlsx: the gap list, the gap points and the definitions, as a bureau opens them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from geo.analysis import Analysis
from layers.export_csv import as_text
from layers.export_definitions import definitions
from layers.export_words import (
    cause_name,
    layer_title,
    level_name,
    limit_text,
    profile_name,
    unit_word,
    weight_header,
)
from layers.wording import Words

__all__ = ["POINT_ROWS", "gaps_workbook"]

# As many gap points as a spreadsheet still scrolls; the rest stands in gap_points.csv.
POINT_ROWS = 100_000
# Excel's own limit is 1,048,576 rows, header and note included.
_SHEET_ROWS = 1_048_000
_CELL_CHARACTERS = 32_767
_NUMBER_FORMATS = {"share": "0.0%", "minutes": "0.0", "metres": "#,##0", "degrees": "0.000000"}
_WIDEST, _NARROWEST = 46, 7
# Rows whose cells are measured for the column's width: enough to know it.
_MEASURED = 2_000


@dataclass(frozen=True)
class _Column:
    """A column of a sheet: its field in the table, its header, its kind and how cells read."""

    field: str
    header: str
    kind: str = "text"
    shown: Callable[[str], str] | None = None


def gaps_workbook(analysis: Analysis, words: Words, *, point_rows: int = POINT_ROWS) -> bytes:
    """The workbook as bytes, the same ones every time.

    Parameters
    ----------
    analysis : Analysis
    words : Words
        The language of headers and words; names and ids stay as they are.
    point_rows : int
        How many gap points go in, the heaviest first to be chosen; a line beneath them says where
        the rest is.
    """
    target = BytesIO()
    options = {
        "constant_memory": True,  # a province's gap points would take half a gigabyte otherwise
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    # The clock of a run stands in summary.json and nowhere else.
    book.set_properties({"created": datetime(2000, 1, 1), "title": words("export.sheet.gaps")})
    book.set_size(2400, 1400)
    formats = _formats(book)
    gaps = _placed(analysis.gaps.head(_SHEET_ROWS), words)
    note = _rest_note(len(analysis.gaps), len(gaps), "gaps.csv", words)
    sheet = book.add_worksheet(words("export.sheet.gaps"))
    _write_table(sheet, gaps, _gap_columns(analysis, words), formats, note)
    points = _placed(_largest(analysis.gap_points, min(point_rows, _SHEET_ROWS)), words)
    note = _rest_note(len(analysis.gap_points), len(points), "gap_points.csv", words)
    sheet = book.add_worksheet(words("export.sheet.points"))
    _write_table(sheet, points, _point_columns(analysis, words), formats, note)
    _write_definitions(book, analysis, words, formats, note)
    book.close()
    return target.getvalue()


def _largest(points: pd.DataFrame, count: int) -> pd.DataFrame:
    """The `count` heaviest points, in the table's order; among equals the earlier ones."""
    if len(points) <= count:
        return points
    heaviest = points["weight"].sort_values(ascending=False, kind="stable").index[:count]
    return points.loc[points.index.isin(heaviest)]


def _placed(table: pd.DataFrame, words: Words) -> pd.DataFrame:
    """With a word where there is no unit, so that nobody takes an empty cell for a mistake."""
    outside = table["unit_id"].fillna("") == ""
    return table.assign(unit_name=table["unit_name"].where(~outside, words("export.outside")))


def _rest_note(total: int, shown: int, file: str, words: Words) -> str:
    if shown == total:
        return ""
    return words("export.rest", shown=words.number(shown), total=words.number(total), file=file)


def _formats(book: Workbook) -> dict[str, Format]:
    found = {kind: book.add_format({"num_format": code}) for kind, code in _NUMBER_FORMATS.items()}
    found["whole"] = book.add_format({"num_format": "#,##0"})
    found["decimal"] = book.add_format({"num_format": "#,##0.0"})
    found["text"] = book.add_format()
    # Excel keeps such a cell text even after somebody edits it.
    found["quoted"] = book.add_format({"quote_prefix": True})
    found["note"] = book.add_format({"italic": True, "font_color": "#555555"})
    found["wrapped"] = book.add_format({"text_wrap": True, "valign": "top"})
    found["section"] = book.add_format({"bold": True, "valign": "top", "text_wrap": True})
    found["header"] = book.add_format(
        {
            "bold": True,
            "text_wrap": True,
            "valign": "vcenter",
            "align": "center",
            "bg_color": "#E8EEF4",
            "bottom": 1,
        }
    )
    return found


def _layer_columns(analysis: Analysis, words: Words) -> list[_Column]:
    """The layer by its title, and the rule that makes the figures of its rows."""
    layers = {layer.key: layer for layer in analysis.study.layers}

    def title(key: str) -> str:
        return layer_title(layers[key], words)

    def rule(key: str) -> str:
        layer = layers[key]
        return words(
            "export.rule", profile=profile_name(layer, words), limit=limit_text(layer, words)
        )

    return [
        _Column("layer", words("export.header.layer"), "text", title),
        _Column("layer", words("export.header.rule"), "text", rule),
    ]


def _unit_columns(analysis: Analysis, words: Words) -> list[_Column]:
    """The unit's name under its parents, the widest first, as an office writes a place."""
    parents = reversed(analysis.study.units.parents)
    return [
        *(_Column(parent, level_name(parent, words)) for parent in parents),
        _Column("unit_name", level_name(analysis.study.units.level, words)),
    ]


def _gap_columns(analysis: Analysis, words: Words) -> list[_Column]:
    study = analysis.study
    unit = unit_word(study, words)
    causes = [
        _Column(
            f"uncovered_{cause}",
            words("export.header.of_which", cause=cause_name(cause, words), unit=unit),
            "weight",
        )
        for cause in ("too_far", "cut_off", "data_doubt")
    ]
    return [
        _Column("rank", words("export.header.rank"), "weight"),
        *_layer_columns(analysis, words),
        *_unit_columns(analysis, words),
        _Column("demand_total", weight_header("total", study, words), "weight"),
        _Column("uncovered", weight_header("uncovered", study, words), "weight"),
        _Column("uncovered_share", words("export.header.uncovered_share"), "share"),
        _Column(
            "main_cause",
            words("export.header.main_cause"),
            "text",
            lambda cause: cause_name(cause, words),
        ),
        *causes,
        _Column("nearest_site_name", words("export.header.nearest_site_name")),
        _Column("nearest_minutes_p50", words("export.header.nearest_minutes_p50"), "minutes"),
        _Column("lon", words("export.header.lon"), "degrees"),
        _Column("lat", words("export.header.lat"), "degrees"),
        _Column("unit_id", words("export.header.unit_id")),
        _Column("nearest_site_id", words("export.header.nearest_site_id")),
    ]


def _point_columns(analysis: Analysis, words: Words) -> list[_Column]:
    return [
        *_layer_columns(analysis, words),
        *_unit_columns(analysis, words),
        _Column("name", words("export.header.point")),
        _Column("weight", weight_header("weight", analysis.study, words), "weight"),
        _Column(
            "cause",
            words("export.header.cause"),
            "text",
            lambda cause: cause_name(cause, words),
        ),
        _Column("nearest_site_name", words("export.header.nearest_site_name")),
        _Column("metres", words("export.header.metres"), "metres"),
        _Column("minutes", words("export.header.minutes"), "minutes"),
        _Column("lon", words("export.header.lon"), "degrees"),
        _Column("lat", words("export.header.lat"), "degrees"),
        _Column("demand_id", words("export.header.demand_id")),
        _Column("unit_id", words("export.header.unit_id")),
        _Column("nearest_site_id", words("export.header.nearest_site_id")),
    ]


def _write_table(
    sheet: Worksheet,
    table: pd.DataFrame,
    columns: Sequence[_Column],
    formats: dict[str, Format],
    note: str,
) -> None:
    """Header, rows and, where rows were left out, the note beneath them."""
    present = [column for column in columns if column.field in table.columns]
    cells = [_cells(table, column) for column in present]
    styles = [_style(table, column, formats) for column in present]
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 34)
    for number, column in enumerate(present):
        sheet.set_column(number, number, _width(column.header, cells[number][:_MEASURED]))
        sheet.write_string(0, number, column.header, formats["header"])
    for row, values in enumerate(zip(*cells, strict=True), start=1):
        for number, value in enumerate(values):
            _write_cell(sheet, row, number, value, styles[number], formats)
    if note:
        sheet.write_string(len(table) + 1, 0, note, formats["note"])
    sheet.autofilter(0, 0, len(table), len(present) - 1)


def _cells(table: pd.DataFrame, column: _Column) -> list[Any]:
    """The column's values: numbers as they are, texts as they read, missing as None."""
    values = table[column.field]
    if column.kind != "text":
        return [None if pd.isna(value) else float(value) for value in values]
    texts = ["" if pd.isna(value) else str(value) for value in values]
    if column.shown is None:
        return texts
    shown = {text: column.shown(text) for text in set(texts) if text}
    return [shown.get(text, "") for text in texts]


def _style(table: pd.DataFrame, column: _Column, formats: dict[str, Format]) -> Format:
    if column.kind != "weight":
        return formats[column.kind]
    numbers = pd.to_numeric(table[column.field]).dropna()
    # Whole people stay whole; a population raster has fractions.
    return formats["whole" if bool((numbers % 1 == 0).all()) else "decimal"]


def _write_cell(
    sheet: Worksheet, row: int, number: int, value: Any, style: Format, formats: dict[str, Format]
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, float):
        sheet.write_number(row, number, value, style)
        return
    text = value[:_CELL_CHARACTERS]
    risky = as_text(text) != text
    sheet.write_string(row, number, text, formats["quoted"] if risky else style)


def _width(header: str, cells: Sequence[Any]) -> float:
    """Wide enough for the cells, and for the header in two lines beside the filter's arrow."""
    widest = max((_columns_of(cell) for cell in cells if cell is not None), default=0)
    return min(_WIDEST, max(_NARROWEST, widest + 1.5, _columns_of(header) / 2 + 4))


def _columns_of(cell: object) -> int:
    """How many digits wide a cell reads; a Chinese character takes two."""
    if isinstance(cell, float):
        return 9
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in str(cell))


def _write_definitions(
    book: Workbook, analysis: Analysis, words: Words, formats: dict[str, Format], note: str
) -> None:
    sheet = book.add_worksheet(words("export.sheet.definitions"))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 2, 100)
    for number, key in enumerate(("section", "item", "text")):
        sheet.write_string(0, number, words(f"export.header.{key}"), formats["header"])
    rows = definitions(analysis, words)
    if note:
        rows.insert(0, (words("export.sheet.points"), words("export.item.rest"), note))
    styles = (formats["section"], formats["wrapped"], formats["wrapped"])
    for row, texts in enumerate(rows, start=1):
        for number, text in enumerate(texts):
            _write_cell(sheet, row, number, text, styles[number], formats)
    sheet.autofilter(0, 0, len(rows), 2)
