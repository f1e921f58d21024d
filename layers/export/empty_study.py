"""An empty study: workbooks to fill in (areas, where people live, services) and study.toml.

The headers are among those that the readers recognise (`geo.readers.table.headers`), so that a
filled workbook is read without any choice.
"""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path

import tomlkit
import xlsxwriter

from geo.base.files import put, written_together
from layers.export.office_workbook.sheet import formats, sheet_name, write_cell
from layers.words.catalogue import Words

__all__ = ["ROADS", "TEMPLATES", "input_template", "write_empty_study"]

# The road file that the study.toml of an empty study names.
ROADS = "roads.osm.pbf"

# The columns of each template; their headers are ``template.column.<name>``.
TEMPLATES: dict[str, tuple[str, ...]] = {
    "units": ("id", "name", "county", "city"),
    "demand": ("id", "name", "lon", "lat", "population", "unit"),
    "layers": ("id", "name", "lon", "lat", "unit"),
}
_PARENTS = ("county", "city")
_WIDTHS = {"id": 16, "name": 30}
_WIDTH = 16
_NOTES_WIDTH = 100


def input_template(role: str, words: Words) -> bytes:
    """The workbook as bytes, the same ones every time.

    Parameters
    ----------
    role : str
        ``units``, ``demand`` or ``layers``.
    words : Words
        The language of headers and explanations.

    Returns
    -------
    bytes
        One sheet with a header and an example row, which readers leave out, and one sheet of
        explanations.
    """
    target = BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(target, options)
    book.set_properties({"created": datetime(2000, 1, 1), "title": words(f"template.{role}")})
    styles = formats(book, words.language)
    as_text = book.add_format({"num_format": "@"})
    taken: set[str] = set()
    sheet = book.add_worksheet(sheet_name(words(f"template.{role}"), taken))
    for number, name in enumerate(TEMPLATES[role]):
        # Excel leaves codes with leading zeros alone.
        style = as_text if name in ("id", "unit") else None
        sheet.set_column(number, number, _WIDTHS.get(name, _WIDTH), style)
        write_cell(sheet, 0, number, words(f"template.column.{name}"), styles["header"], styles)
        example = words(f"template.example.{name}")
        write_cell(sheet, 1, number, example, styles["note"], styles)
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet(sheet_name(words("template.notes"), taken))
    notes.set_column(0, 0, _NOTES_WIDTH)
    lines = [words(f"template.about.{role}"), words("template.about.example")]
    lines += [
        words(
            "template.line",
            column=words(f"template.column.{name}"),
            text=words(f"template.text.{name}"),
        )
        for name in TEMPLATES[role]
    ]
    for row, line in enumerate(lines):
        write_cell(notes, row, 0, line, styles["line"], styles)
    book.close()
    return target.getvalue()


def write_empty_study(folder: Path, words: Words) -> list[Path]:
    """Write the three workbooks and a study.toml that names them and a road file.

    Returns
    -------
    list of Path
        study.toml last.

    Raises
    ------
    OutputError
        The folder cannot be written.
    """
    column = {name: words(f"template.column.{name}") for name in TEMPLATES["demand"]}
    parents = [words(f"template.column.{name}") for name in _PARENTS]
    content = {
        "study": {"name": words("template.study"), "locale": words.locale},
        "units": {"path": "units.xlsx", "level": "township", "parents": parents},
        "demand": {
            "path": "demand.xlsx",
            "weight": column["population"],
            "weight_unit": "人",
            "unit": column["unit"],
        },
        "network": {"path": ROADS},
        "layers": [
            {
                "key": "service",
                "title": words("template.layer_title"),
                "path": "services.xlsx",
                "unit": column["unit"],
                "minutes": 15,
            }
        ],
    }
    files = {
        "units.xlsx": input_template("units", words),
        "demand.xlsx": input_template("demand", words),
        "services.xlsx": input_template("layers", words),
        "study.toml": tomlkit.dumps(content).encode(),
    }
    with written_together(folder) as place:
        return [put(place, folder, name, raw) for name, raw in files.items()]
