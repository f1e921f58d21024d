"""A report as PDF, in the font that comes with the tool.

fpdf2 writes it. It is pure Python (WeasyPrint needs Cairo and Pango, a conversion of the DOCX needs
Office), embeds the used part of a TrueType font, and gives figures alternative texts, which
ReportLab does not. Its line breaking supports neither Chinese punctuation nor Latin words in
Chinese text, so the layout is ours: lines are broken by `typeface.wrap`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from itertools import zip_longest
from typing import Any

from layers.report.blocks import (
    ROOMY_PT,
    Block,
    Break,
    Document,
    Heading,
    Paragraph,
    Picture,
    Ref,
    Table,
    labels,
    spacing,
)
from layers.report.column_widths import column_widths, kept_together
from layers.report.pdf_paper import PT, PdfPaper, PdfSizes
from layers.style.typeface import known_text, text_width, wrap
from layers.words.catalogue import Words

__all__ = ["PdfReport", "pdf_bytes"]

_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
# The annexes begin a new page only where so much of the page before is used.
_FULL = 0.6


def pdf_bytes(document: Document, words: Words, *, made_on: date | None = None) -> bytes:
    """The report as PDF with bookmarks, a table of contents and embedded fonts."""
    return PdfReport(document, words, made_on=made_on).content


class PdfReport:
    """Lays a document out.

    Attributes
    ----------
    content : bytes
    pages : dict of int to int
        Page of each heading, both counted from 1, for the table of contents.
    blocks : list of Block
        In the order in which they stand: a figure that does not fit the rest of a page stands after
        the text that follows it, so that no page is left half empty. The DOCX has the same order.
    """

    def __init__(self, document: Document, words: Words, *, made_on: date | None = None) -> None:
        self._document = document
        self._words = words
        self._sizes = PdfSizes(words.language)
        self._labels = labels(document, words)
        self.pages: dict[int, int] = {}
        self._headings = [block for block in document.blocks if isinstance(block, Heading)]
        self._pdf = PdfPaper(self._sizes, words, document.paper, foot=document.foot)
        # Named links, since a reference may precede its target.
        self._links = {key: f"x{number}" for number, key in enumerate(self._labels, start=1)}
        self._describe(made_on)
        self._front()
        self.blocks: list[Block] = []
        self._waiting: list[Picture] = []
        for block, following in zip_longest(document.blocks, document.blocks[1:]):
            if isinstance(block, Heading) and isinstance(following, Picture):
                self._place_waiting()
                # Else the figure would wait for the next page, and the heading would stand alone;
                # but no page is left half empty for that.
                room = self._room_for(following) + self._heading_height(block)
                if self._used() >= _FULL:
                    self._pdf.need(room)
            self._flow(block)
        self._place_waiting()
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
        return self._words.language.contents_row_mm

    def _contents(self, pdf: Any, outline: Sequence[Any]) -> None:
        """Entries with dots and page numbers; called after the last page."""
        size, row = 0.65 * self._row() / PT, self._row()
        for section in outline:
            if pdf.get_y() + row > pdf.page_break_trigger:
                pdf.add_page()
            left = pdf.l_margin + 6 * section.level
            page = str(section.page_number)
            room = pdf.w - pdf.r_margin - left
            name = wrap(known_text(section.name), room - 16, size * PT)[0]
            used = text_width(name, size * PT)
            dots = "." * int(max(room - used - 12, 0) / text_width(".", size * PT))
            pdf.set_font_size(size)
            link = pdf.add_link(page=section.page_number)
            pdf.set_xy(left, pdf.get_y())
            pdf.cell(used + 2, row, name, link=link)
            pdf.cell(room - used - 12, row, dots, align="R", link=link)
            pdf.cell(10, row, page, align="R", link=link)
            pdf.ln(row)

    def _flow(self, block: Block) -> None:
        """Place a block, and the figures that wait where there is room for them."""
        if isinstance(block, Break) or (isinstance(block, Heading) and block.level == 1):
            self._place_waiting()
        if isinstance(block, Break) and self._used() < _FULL:
            return
        if isinstance(block, Picture) and (self._waiting or not self._has_room(block)):
            self._waiting.append(block)
            return
        self._place(block)
        # Not between a heading and its text.
        while self._waiting and not isinstance(block, Heading) and self._has_room(self._waiting[0]):
            self._place(self._waiting.pop(0))

    def _place_waiting(self) -> None:
        while self._waiting:
            self._place(self._waiting.pop(0))

    def _place(self, block: Block) -> None:
        self.blocks.append(block)
        self._block(block)

    def _used(self) -> float:
        """The part of the page that is already used."""
        pdf = self._pdf
        return float((pdf.get_y() - pdf.t_margin) / pdf.eph)

    def _has_room(self, block: Picture) -> bool:
        """Whether a figure and its caption fit the rest of the page."""
        pdf = self._pdf
        return bool(pdf.get_y() + self._room_for(block) <= pdf.page_break_trigger + 0.01)

    def _room_for(self, block: Picture) -> float:
        """Height of a figure with its caption."""
        return self._size(block)[1] + 3.8 * self._sizes.caption * PT

    def _heading_height(self, block: Heading) -> float:
        """Height of a heading of one line, with the space around it."""
        size = self._sizes.heading if block.level == 1 else self._sizes.sub
        before, after = spacing(self._words.language, "heading" if block.level == 1 else "sub")
        return (before + after + 1.6 * size) * PT

    def _block(self, block: Block) -> None:
        pdf = self._pdf
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

    def _heading(self, block: Heading) -> None:
        pdf, sizes = self._pdf, self._sizes
        size = sizes.heading if block.level == 1 else sizes.sub
        # A heading is not the last line of a page.
        pdf.need(45.0 if block.level == 1 else 28.0)
        before, after = spacing(self._words.language, "heading" if block.level == 1 else "sub")
        pdf.gap(before)
        pdf.set_font_size(size)
        pdf.start_section(known_text(block.text), level=block.level - 1)
        self.pages[len(self.pages) + 1] = pdf.page_no()
        pdf.lines(block.text, size, bold=True)
        pdf.gap(after)

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
        pdf, sizes = self._pdf, self._sizes
        before, after = spacing(self._words.language, block.kind)
        pdf.gap(before)
        if block.kind == "note":
            pdf.lines(text, sizes.note, leading=1.4, colour=70)
        elif block.kind == "item":
            pdf.lines(text, sizes.body, leading=sizes.line, bullet=True)
        else:
            pdf.lines(text, sizes.body, leading=sizes.line, indent=sizes.indent, refs=refs)
        pdf.gap(after)

    def _caption(self, key: str, text: str) -> str:
        return self._words("report.caption", label=self._labels[key], text=text)

    def _write_caption(self, text: str) -> None:
        before, after = spacing(self._words.language, "caption")
        self._pdf.gap(before)
        self._pdf.lines(text, self._sizes.caption, align="center", bold=True)
        self._pdf.gap(after)

    def _size(self, block: Picture) -> tuple[float, float]:
        """Width and height of a figure on this paper."""
        wide = min(block.width_mm, self._pdf.epw)
        high = block.height_mm * wide / block.width_mm
        most = self._pdf.eph - 4.5 * self._sizes.caption * PT
        return (wide * most / high, most) if high > most else (wide, high)

    def _picture(self, block: Picture) -> None:
        pdf = self._pdf
        wide, high = self._size(block)
        pdf.need(self._room_for(block))
        pdf.set_link(name=self._links[block.key], y=pdf.get_y(), page=pdf.page_no())
        pdf.image(
            BytesIO(block.png), x=pdf.l_margin + (pdf.epw - wide) / 2, w=wide, h=high,
            alt_text=block.alt, title=block.caption,
        )  # fmt: skip
        self._write_caption(self._caption(block.key, block.caption))

    def _table(self, block: Table) -> None:
        pdf, sizes = self._pdf, self._sizes
        widths = column_widths(block, pdf.epw, sizes.cell * PT)
        rows = [pdf.fitted(cells, widths, sizes.cell) for cells in block.rows]
        small = pdf.header_size(block.header, widths, sizes.cell)
        head = pdf.fitted(block.header, widths, small)
        least = ROOMY_PT * PT if block.roomy else 0.0
        heights = [max(pdf.row_height(row, sizes.cell), least) for row in rows]
        top = pdf.row_height(head, small)
        caption = self._caption(block.key, block.caption)
        runs = _runs(heights, kept_together(block, widths, sizes.cell * PT))
        pdf.need(3.5 * sizes.caption * PT + top + min(runs[0] if runs else 0.0, pdf.eph * 0.7))
        pdf.set_link(name=self._links[block.key], y=pdf.get_y(), page=pdf.page_no())
        self._write_caption(caption)
        if block.line:
            pdf.lines(block.line, sizes.cell, align="right")
        pdf.row(head, widths, top, small, header=True)
        for row, height, run in zip(rows, heights, runs, strict=True):
            if pdf.get_y() + run > pdf.page_break_trigger:
                pdf.add_page()
                pdf.row(head, widths, top, small, header=True)
            pdf.row(row, widths, height, sizes.cell, numeric=block.numeric)
        # An empty line of a cell, as after a table in the DOCX.
        pdf.gap(1.35 * sizes.cell)


def _runs(heights: Sequence[float], kept: Sequence[bool]) -> list[float]:
    """The height that each row needs: its own, and that of the rows that it is kept with."""
    found: list[float] = []
    for height, keep in zip(reversed(heights), reversed(kept), strict=True):
        found.append(height + (found[-1] if keep and found else 0.0))
    return found[::-1]
