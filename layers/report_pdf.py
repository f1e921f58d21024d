"""A report as PDF, in the font that comes with the tool.

fpdf2 writes it: pure Python (wheels for every system, no Cairo, Pango or Office behind it, which
rules out WeasyPrint and a conversion of the DOCX), it embeds the used part of a TrueType font, and
it gives figures an alternative text, which ReportLab does not. Its own line breaking knows neither
Chinese punctuation nor whole Latin words in Chinese text, so lines are broken by `typeface.wrap`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from typing import Any

from fpdf import FPDF
from fpdf.enums import TextMode

from layers.report_model import (
    Block,
    Break,
    Document,
    Heading,
    Paragraph,
    Picture,
    Ref,
    Table,
    column_widths,
    labels,
)
from layers.typeface import FONT, known_text, longest_word, text_width, wrap
from layers.wording import Words

__all__ = ["PdfReport", "pdf_bytes"]

# fontTools tells at length what a subset leaves out.
logging.getLogger("fontTools").setLevel(logging.ERROR)

_PT = 25.4 / 72  # millimetres of a point
_FONT = "quarterhour"
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
_GRID = 150  # grey of rules
_TOGETHER = 12  # rows of a table that is kept on one page
_PAD = 1.1


class _Sizes:
    """Sizes in points and margins in millimetres, those of the DOCX, so that pages agree."""

    def __init__(self, locale: str) -> None:
        chinese = locale == "zh-CN"
        self.title, self.heading, self.sub = (22, 16, 16) if chinese else (22, 16, 13)
        self.body, self.line = (16, 1.75) if chinese else (11, 1.4)
        sizes = (12.0, 12.0, 9.5) if chinese else (9.5, 10.0, 9.0)
        self.note, self.caption, self.cell = sizes
        self.indent = 2 * self.body * _PT if chinese else 0.0
        self.margins = (28.0, 26.0) if chinese else (27.0, 27.0)
        self.top, self.foot = (37.0, 35.0) if chinese else (25.0, 25.0)


def pdf_bytes(document: Document, words: Words, *, made_on: date | None = None) -> bytes:
    """The report as PDF with bookmarks, a table of contents and embedded fonts."""
    return PdfReport(document, words, made_on=made_on).content


class PdfReport:
    """Lays a document out.

    Attributes
    ----------
    content : bytes
    pages : dict of int to int
        Page of each heading, counted from 1: what a table of contents shows.
    """

    def __init__(self, document: Document, words: Words, *, made_on: date | None = None) -> None:
        self._document = document
        self._words = words
        self._sizes = _Sizes(words.locale)
        self._labels = labels(document, words)
        self.pages: dict[int, int] = {}
        self._headings = [block for block in document.blocks if isinstance(block, Heading)]
        self._pdf = _Paper(self._sizes, words)
        # Named, since a reference may come before what it leads to.
        self._links = {key: f"x{number}" for number, key in enumerate(self._labels, start=1)}
        self._describe(made_on)
        self._front()
        for block in document.blocks:
            self._block(block)
        self.content = bytes(self._pdf.output())

    def _describe(self, made_on: date | None) -> None:
        pdf, document = self._pdf, self._document
        pdf.set_title(document.title)
        pdf.set_subject(document.subject)
        pdf.set_lang(self._words.locale)
        pdf.set_creator("Quarterhour")
        moment = datetime.combine(made_on, time(), tzinfo=UTC) if made_on else _NO_DATE
        pdf.set_creation_date(moment)

    def _front(self) -> None:
        """Logo, title, lines, and room for the table of contents."""
        pdf, sizes = self._pdf, self._sizes
        pdf.add_page()
        if self._document.logo:
            image = BytesIO(self._document.logo)
            pdf.image(image, x=pdf.w / 2 - 20, w=40, alt_text=self._words("report.logo"))
            pdf.ln(6)
        pdf.lines(self._document.title, sizes.title, align="center", bold=True)
        pdf.ln(2)
        for line in self._document.lines:
            pdf.lines(line, sizes.body, align="center")
        pdf.ln(6)
        pdf.lines(self._words("report.contents"), sizes.heading, align="center", bold=True)
        pdf.ln(2)
        row = self._row()
        first = int((pdf.page_break_trigger - pdf.get_y()) / row)
        each = int((pdf.page_break_trigger - pdf.t_margin) / row)
        more = -(-max(len(self._headings) - first, 0) // max(each, 1))
        pdf.insert_toc_placeholder(self._contents, pages=1 + more)

    def _row(self) -> float:
        """Height of a line of the table of contents."""
        return 6.6 if self._words.locale == "zh-CN" else 5.6

    def _contents(self, pdf: Any, outline: Sequence[Any]) -> None:
        """Entries with dots and page numbers; called once all pages are there."""
        size, row = 0.65 * self._row() / _PT, self._row()
        for section in outline:
            if pdf.get_y() + row > pdf.page_break_trigger:
                pdf.add_page()
            left = pdf.l_margin + 6 * section.level
            page = str(section.page_number)
            room = pdf.w - pdf.r_margin - left
            name = wrap(known_text(section.name), room - 16, size * _PT)[0]
            used = text_width(name, size * _PT)
            dots = "." * int(max(room - used - 12, 0) / text_width(".", size * _PT))
            pdf.set_font_size(size)
            link = pdf.add_link(page=section.page_number)
            pdf.set_xy(left, pdf.get_y())
            pdf.cell(used + 2, row, name, link=link)
            pdf.cell(room - used - 12, row, dots, align="R", link=link)
            pdf.cell(10, row, page, align="R", link=link)
            pdf.ln(row)

    def _block(self, block: Block) -> None:
        pdf, sizes = self._pdf, self._sizes
        if isinstance(block, Break):
            pdf.fresh_page()
        elif isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Paragraph):
            self._paragraph(block)
        elif isinstance(block, Table):
            self._table(block)
        else:
            self._picture(block)
        if not isinstance(block, Heading):
            pdf.ln(sizes.body * 0.25 * _PT)

    def _heading(self, block: Heading) -> None:
        pdf, sizes = self._pdf, self._sizes
        size = sizes.heading if block.level == 1 else sizes.sub
        # A heading is not left alone at the foot of a page.
        pdf.need(45.0 if block.level == 1 else 28.0)
        pdf.ln(size * 0.6 * _PT)
        pdf.set_font_size(size)
        pdf.start_section(known_text(block.text), level=block.level - 1)
        self.pages[len(self.pages) + 1] = pdf.page_no()
        pdf.lines(block.text, size, bold=True)
        pdf.ln(size * 0.25 * _PT)

    def _paragraph(self, block: Paragraph) -> None:
        text = "".join(
            part if isinstance(part, str) else self._labels.get(part.target, "")
            for part in block.parts
        )
        refs = {
            self._labels[part.target]: self._links[part.target]
            for part in block.parts
            if isinstance(part, Ref) and part.target in self._labels
        }
        sizes = self._sizes
        if block.kind == "note":
            self._pdf.lines(text, sizes.note, leading=1.5, colour=70)
        elif block.kind == "item":
            self._pdf.lines(text, sizes.body, leading=sizes.line, bullet=True)
        else:
            self._pdf.lines(text, sizes.body, leading=sizes.line, indent=sizes.indent, refs=refs)

    def _caption(self, key: str, text: str) -> str:
        return self._words("report.caption", label=self._labels[key], text=text)

    def _picture(self, block: Picture) -> None:
        pdf, sizes = self._pdf, self._sizes
        wide = min(block.width_mm, pdf.epw)
        high = block.height_mm * wide / block.width_mm
        most = pdf.eph - 4 * sizes.caption * _PT
        if high > most:
            wide, high = wide * most / high, most
        pdf.need(high + 3.2 * sizes.caption * _PT)
        pdf.set_link(name=self._links[block.key], y=pdf.get_y(), page=pdf.page_no())
        pdf.image(
            BytesIO(block.png), x=pdf.l_margin + (pdf.epw - wide) / 2, w=wide, h=high,
            alt_text=block.alt, title=block.caption,
        )  # fmt: skip
        pdf.ln(1)
        pdf.lines(self._caption(block.key, block.caption), sizes.caption, align="center", bold=True)

    def _table(self, block: Table) -> None:
        pdf, sizes = self._pdf, self._sizes
        widths = column_widths(block, pdf.epw, sizes.cell * _PT)
        rows = [pdf.fitted(cells, widths, sizes.cell) for cells in block.rows]
        small = pdf.header_size(block.header, widths, sizes.cell)
        head = pdf.fitted(block.header, widths, small)
        least = 9.0 if block.roomy else 0.0
        heights = [max(pdf.row_height(row, sizes.cell), least) for row in rows]
        top = pdf.row_height(head, small)
        caption = self._caption(block.key, block.caption)
        together = sum(heights) if len(rows) <= _TOGETHER else sum(heights[:3])
        pdf.need(3 * sizes.caption * _PT + top + min(together, pdf.eph * 0.7))
        pdf.set_link(name=self._links[block.key], y=pdf.get_y(), page=pdf.page_no())
        pdf.lines(caption, sizes.caption, align="center", bold=True)
        pdf.ln(0.8)
        pdf.row(head, widths, top, small, header=True)
        for row, height in zip(rows, heights, strict=True):
            if pdf.get_y() + height > pdf.page_break_trigger:
                pdf.add_page()
                pdf.row(head, widths, top, small, header=True)
            pdf.row(row, widths, height, sizes.cell, numeric=block.numeric)
        pdf.ln(1.5)


class _Paper(FPDF):
    """A4 with our font, page numbers, and lines broken as Chinese wants them."""

    def __init__(self, sizes: _Sizes, words: Words) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        left, right = sizes.margins
        self._words = words
        self.set_margins(left, sizes.top, right)
        self.set_auto_page_break(True, margin=sizes.foot)
        self.add_font(_FONT, fname=str(FONT))
        self.set_font(_FONT, size=sizes.body)
        self.set_line_width(0.2)
        self.c_margin = 0.0  # text is placed by its measured width

    def footer(self) -> None:
        """The page's number."""
        self.set_y(-0.8 * self.b_margin)
        self.set_text_color(0)
        self.set_font(_FONT, size=10)
        self.cell(0, 6, self._words("report.page", page=self.page_no()), align="C")

    def fresh_page(self) -> None:
        """A new page, unless this one is still empty."""
        if self.get_y() > self.t_margin + 1:
            self.add_page()

    def need(self, height: float) -> None:
        """Begin a page where this height does not fit any more."""
        if self.get_y() + min(height, self.eph) > self.page_break_trigger + 0.01:
            self.fresh_page()

    def lines(
        self,
        text: str,
        size: float,
        *,
        align: str = "left",
        leading: float = 1.4,
        indent: float = 0.0,
        bold: bool = False,
        bullet: bool = False,
        colour: int = 0,
        refs: Mapping[str, str] | None = None,
    ) -> None:
        """A paragraph, line by line; `refs` are words that lead to a table or figure."""
        hang = 5.0 if bullet else 0.0
        height = size * leading * _PT
        found = wrap(known_text(text), self.epw - hang, size * _PT, indent=indent)
        for number, line in enumerate(found):
            if self.get_y() + height > self.page_break_trigger:
                self.add_page()
            self.set_font_size(size)
            self.set_text_color(colour)
            y = self.get_y()
            x = self.l_margin + hang + (0.0 if number else indent)
            if bullet and not number:
                self.set_xy(self.l_margin, y)
                self.cell(hang, height, "•")
            if align == "center":
                x = self.l_margin + (self.epw - text_width(line, size * _PT)) / 2
            self._say(x, y, height, line, bold)
            for label, link in (refs or {}).items():
                if label in line:
                    before = text_width(line[: line.index(label)], size * _PT)
                    self.link(x + before, y, text_width(label, size * _PT), height, f"#{link}")
            self.set_xy(self.l_margin, y + height)
        self.set_text_color(0)

    def _say(self, x: float, y: float, height: float, text: str, bold: bool) -> None:
        """One line; bold by a thin outline, since the font has one weight."""
        self.set_xy(x, y)
        with self.local_context(
            text_mode=TextMode.FILL_STROKE if bold else TextMode.FILL, line_width=0.12
        ):
            self.cell(self.epw, height, text)

    def fitted(self, cells: Sequence[str], widths: Sequence[float], size: float) -> list[list[str]]:
        """Each cell's lines."""
        return [
            wrap(known_text(cell), width - 2 * _PAD, size * _PT)
            for cell, width in zip(cells, widths, strict=True)
        ]

    def header_size(self, cells: Sequence[str], widths: Sequence[float], size: float) -> float:
        """The size, at most `size`, at which no word of a narrow header has to be cut."""
        for cell, width in zip(cells, widths, strict=True):
            wide = longest_word(known_text(cell), size * _PT)
            if wide > width - 2 * _PAD:
                size = max(size * (width - 2 * _PAD) / wide, 5.5)
        return size

    def row_height(self, row: Sequence[Sequence[str]], size: float) -> float:
        """Height of a row of a table."""
        return max(map(len, row)) * size * 1.35 * _PT + 2 * _PAD

    def row(
        self,
        row: Sequence[Sequence[str]],
        widths: Sequence[float],
        height: float,
        size: float,
        *,
        numeric: Sequence[int] = (),
        header: bool = False,
    ) -> None:
        """One row with its rules; texts in the middle of their cells."""
        x, y, line = self.l_margin, self.get_y(), size * 1.35 * _PT
        self.set_draw_color(_GRID)
        self.set_fill_color(232, 238, 244)
        self.set_font_size(size)
        for number, (texts, width) in enumerate(zip(row, widths, strict=True)):
            self.rect(x, y, width, height, style="DF" if header else "D")
            top = y + (height - len(texts) * line) / 2
            for place, text in enumerate(texts):
                wide = text_width(text, size * _PT)
                at = x + _PAD
                if header:
                    at = x + (width - wide) / 2
                elif number in numeric:
                    at = x + width - _PAD - wide
                self.set_draw_color(0)
                self._say(at, top + place * line, line, text, header)
                self.set_draw_color(_GRID)
            x += width
        self.set_draw_color(0)
        self.set_xy(self.l_margin, y + height)
