"""《销号申请审批表》: the form by which a case is closed, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from docx import Document as open_document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from geo.study.model import Study
from layers.print_map.page import Drawing
from layers.words.catalogue import Words
from layers.words.lines.ledger import field_name, state_name
from ledger.cases import Case

__all__ = ["closing_form"]

# Two fields a row, then long ones over the whole width.
_PAIRS = (("number", "found_on"), ("area", "service"), ("people", "shares"), ("lead", "leader"),
          ("kind", "due"))  # fmt: skip
_WIDE = ("problem", "target", "measures", "progress", "site_check", "notice")
_STEPS = (("apply", ""), ("accept", "acceptance"), ("approve", "approval"), ("file", ""))
# So much fits on the page; the ledger has the rest.
_LONGEST = {"wide": 66, "pair": 22, "step": 56}
_POINTS = 9.5
_COLUMNS_MM = (26.0, 54.0, 26.0, 54.0)
_PICTURE_MM = 150.0


def closing_form(
    case: Case, study: Study, words: Words, *, head: str = "", maps: Drawing | None = None
) -> bytes:
    """The form as a DOCX of one page, filled in as far as the ledger knows.

    Parameters
    ----------
    head : str
        Hash of the last entry of the history, for the footer.
    maps : Drawing, optional
        `layers.ledger_forms.case_maps.case_maps`.
    """
    document = open_document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin = section.bottom_margin = Mm(15 if maps is None else 11)
    style = words.language.styles
    title = document.paragraphs[0] if document.paragraphs else document.add_paragraph()
    _write(title, words("ledger.form.title"), style["title"], 18, centred=True)
    name = document.add_paragraph()
    _write(name, words.text(study.study.name), style["cell"], 10.5, centred=True)
    table = document.add_table(rows=0, cols=len(_COLUMNS_MM))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, wide in zip(table.columns, _COLUMNS_MM, strict=True):
        column.width = Mm(wide)  # LibreOffice goes by these, Word by those of the cells
    for one, two in _PAIRS:
        texts: list[str] = []
        for field in (one, two):
            texts += [field_name(field, words), _short(case.value(field), "pair", words)]
        _row(table, texts, style["cell"])
    state = state_name(case.state, words)
    eligible = words("ledger.yes" if case.eligible else "ledger.no")
    _row(table, [field_name("state", words), state, words("ledger.eligible"), eligible],
         style["cell"])  # fmt: skip
    for field in _WIDE:
        _wide(table, field_name(field, words), _short(case.value(field), "wide", words),
              style["cell"], 12 if maps is None else 10)  # fmt: skip
    if maps is not None:
        _picture(table, maps)
    for step, field in _STEPS:
        text = _short(case.value(field), "step", words) if field else ""
        signed = words("ledger.form.signature")
        _wide(
            table,
            words(f"ledger.form.{step}"),
            f"{text}\n{signed}",
            style["cell"],
            20 if maps is None else 15,
        )
    if head:
        _write(section.footer.paragraphs[0], words("ledger.sheet.head", head=head),
               style["note"], 7.5, centred=True)  # fmt: skip
    # Nothing of the machine and the moment it was written on.
    document.core_properties.created = document.core_properties.modified = datetime(2000, 1, 1)
    document.core_properties.title = words("ledger.form.title")
    document.core_properties.author = ""
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _short(text: str, kind: str, words: Words) -> str:
    """At most so much as the page has room for."""
    flat = " ".join(text.split())
    most = _LONGEST[kind]
    return flat if len(flat) <= most else flat[:most] + words("ledger.form.more")


def _row(table: Any, texts: Sequence[str], style: Any) -> None:
    row = table.add_row()
    row.height = Mm(8)
    for cell, text, width in zip(row.cells, texts, _COLUMNS_MM, strict=True):
        cell.width = Mm(width)
        _write(cell.paragraphs[0], text, style, _POINTS)


def _wide(table: Any, label: str, text: str, style: Any, height_mm: float) -> None:
    row = table.add_row()
    row.height = Mm(height_mm)
    cells = row.cells
    merged = cells[1].merge(cells[-1])
    cells[0].width = Mm(_COLUMNS_MM[0])
    _write(cells[0].paragraphs[0], label, style, _POINTS)
    first, *others = text.split("\n")
    _write(merged.paragraphs[0], first, style, _POINTS)
    for other in others:
        paragraph = merged.add_paragraph()
        _write(paragraph, other, style, _POINTS)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _picture(table: Any, maps: Drawing) -> None:
    """A row with the maps over the whole width, and their alternative text."""
    row = table.add_row()
    cell = row.cells[0].merge(row.cells[-1])
    run = cell.paragraphs[0].add_run()
    shape = run.add_picture(BytesIO(maps.to_bytes(dpi=200)), width=Mm(_PICTURE_MM))
    properties = shape._inline.docPr
    properties.set("descr", maps.alt)
    properties.set("title", maps.title)
    cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    cell.paragraphs[0].paragraph_format.space_before = Pt(2)


def _write(paragraph: Any, text: str, style: Any, points: float, *, centred: bool = False) -> None:
    """One run of text in the fonts of the language; python-docx escapes it."""
    run = paragraph.add_run(text)
    run.font.size = Pt(points)
    run.font.name = style.latin
    run._element.rPr.rFonts.set(qn("w:eastAsia"), style.east)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
