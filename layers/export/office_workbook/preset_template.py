"""The Excel form of a preset: the list that an office fills in.

Its headers are those that the preset and the readers know, so that a filled form is read without
any choice.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from geo.study.presets import Preset, PresetColumn
from layers.export.office_workbook.sheet import formats, sheet_name, write_cell
from layers.words.catalogue import Words
from layers.words.programmes.indicator import preset_text
from layers.words.programmes.presets import preset_rule

__all__ = ["PLACE_COLUMNS", "preset_template"]

# The columns of every list; their headers are ``template.column.<name>``.
PLACE_COLUMNS = ("id", "name", "lon", "lat", "unit")
_WIDTHS = {"id": 16, "name": 30}
_WIDTH, _NOTES_WIDTH = 16, 100
# Rows with a drop-down list, the example's among them.
_LAST_ROW = 2_000
# Excel's own limit of the text of a list.
_LIST_CHARACTERS = 255


def preset_template(preset: Preset, words: Words) -> bytes:
    """The workbook as bytes, the same ones every time.

    Returns
    -------
    bytes
        A sheet with a header and an example row, which readers leave out, and a sheet of notes.
    """
    target = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    title = words.text(preset.title) or preset.key
    book.set_properties({"created": datetime(2000, 1, 1), "title": title})
    styles = formats(book, words.language)
    as_text = book.add_format({"num_format": "@"})
    taken: set[str] = set()
    sheet = book.add_worksheet(sheet_name(title, taken))
    lines = []
    for number, name in enumerate(PLACE_COLUMNS):
        header = words(f"template.column.{name}")
        style = as_text if name in ("id", "unit") else None
        sheet.set_column(number, number, _WIDTHS.get(name, _WIDTH), style)
        write_cell(sheet, 0, number, header, styles["header"], styles)
        example = words(f"template.example.{name}")
        write_cell(sheet, 1, number, example, styles["note"], styles)
        note = words(f"template.text.{name}")
        lines.append(words("preset.column_line", column=header, note=note))
    for number, column in enumerate(preset.columns, start=len(PLACE_COLUMNS)):
        header = words.text(column.header)
        # Excel leaves lists of codes and opening hours alone.
        style = as_text if column.key in ("serves", "hours", "") else None
        sheet.set_column(number, number, max(_WIDTH, 2 * len(header)), style)
        write_cell(sheet, 0, number, header, styles["header"], styles)
        write_cell(sheet, 1, number, words.text(column.example), styles["note"], styles)
        _offer_values(sheet, number, column, words)
        lines.append(words("preset.column_line", column=header, note=_note(column, words)))
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet(sheet_name(words("template.notes"), taken))
    notes.set_column(0, 0, _NOTES_WIDTH)
    about = [
        words.text(preset.about),
        words("preset.rule_line", rule=preset_rule(preset, words)),
        words("indicator.line", text=preset_text(preset, words)),
        words("preset.about_objects" if preset.rule == "rate" else "preset.about_list"),
    ]
    for row, line in enumerate([line for line in about if line] + lines):
        write_cell(notes, row, 0, line, styles["line"], styles)
    book.close()
    return target.getvalue()


def _note(column: PresetColumn, words: Words) -> str:
    parts = [words("preset.required")] if column.required else []
    parts.append(words.text(column.note))
    if column.values:
        values = words("indicator.comma").join(map(words.text, column.values))
        parts.append(words("preset.choose", values=values))
    return words("preset.space").join(part for part in parts if part)


def _offer_values(sheet: Worksheet, number: int, column: PresetColumn, words: Words) -> None:
    values = [words.text(value) for value in column.values]
    if values and len(",".join(values)) <= _LIST_CHARACTERS:
        choice = {
            "validate": "list", "source": values, "ignore_blank": True,
            "show_error": not column.free,
        }  # fmt: skip
        sheet.data_validation(1, number, _LAST_ROW, number, choice)
