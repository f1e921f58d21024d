"""Pages of a PDF report: sizes, lines, and rows of tables in our font."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from fpdf import FPDF
from fpdf.enums import TextMode

from layers.print_map.page import Paper
from layers.style.typeface import FONT, known_text, longest_word, text_width, wrap
from layers.words.catalogue import Words
from layers.words.languages import Language

__all__ = ["PT", "PdfPaper", "PdfSizes"]

# fontTools logs everything that a subset leaves out.
logging.getLogger("fontTools").setLevel(logging.ERROR)

PT = 25.4 / 72  # millimetres of a point
_FONT = "quarterhour"
_LINE = 1.4  # height of a line of text, in its size
_GRID = 150  # grey of rules
# Beside and above the text of a cell; the latter as in the DOCX.
_PAD, _PAD_Y = 1.1, 2 * PT
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")


class PdfSizes:
    """Sizes (points) and margins (millimetres), those of the DOCX, so that pages agree."""

    def __init__(self, language: Language) -> None:
        styles = language.styles
        self.title, self.heading, self.sub = (
            styles[name].size for name in ("title", "heading", "sub")
        )
        body = styles["body"]
        self.body, self.line = body.size, body.exact_line / body.size or _LINE
        self.note, self.caption, self.cell = (
            styles[name].size for name in ("note", "caption", "cell")
        )
        self.indent = 2 * body.size * PT if body.indent else 0.0
        self.top, self.foot, *self.margins = language.margins_mm


class PdfPaper(FPDF):
    """Pages with our font, page numbers, and lines broken by the rules for Chinese."""

    def __init__(self, sizes: PdfSizes, words: Words, paper: Paper, *, foot: str = "") -> None:
        super().__init__(unit="mm", format=(paper.width, paper.height))
        left, right = sizes.margins
        self._words = words
        self._foot = foot
        self.set_margins(left, sizes.top, right)
        self.set_auto_page_break(True, margin=sizes.foot)
        self.add_font(_FONT, fname=str(FONT))
        self.set_font(_FONT, size=sizes.body)
        self.set_line_width(0.2)
        self.c_margin = 0.0  # text is placed by its measured width

    def shown(self, text: str) -> str:
        """Text that our font can show, whose curly quotes are as wide as a Chinese character."""
        return known_text(text if self._words.language.wide_quotes else text.translate(_STRAIGHT))

    def footer(self) -> None:
        """The page's number, and the line of the document below it."""
        self.set_y(-0.8 * self.b_margin)
        self.set_text_color(0)
        self.set_font(_FONT, size=10)
        self.cell(0, 6, self._words("report.page", page=self.page_no()), align="C")
        if self._foot:
            self.ln(6)
            self.set_font(_FONT, size=7)
            self.cell(0, 4, self.shown(self._foot), align="C")

    def fresh_page(self) -> None:
        """A new page, unless this one is still empty."""
        if self.get_y() > self.t_margin + 1:
            self.add_page()

    def gap(self, points: float) -> None:
        """Space between paragraphs; none at the top of a page."""
        if self.get_y() > self.t_margin + 1:
            self.ln(points * PT)

    def need(self, height: float) -> None:
        """Begin a new page if this height does not fit."""
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
        """A paragraph, line by line; `refs` are labels that link to a table or figure."""
        hang = 5.0 if bullet else 0.0
        height = size * leading * PT
        found = wrap(self.shown(text), self.epw - hang, size * PT, indent=indent)
        for number, line in enumerate(found):
            # The first or last line of a paragraph is not alone on a page.
            together = 2 if len(found) > 1 and number in (0, len(found) - 2) else 1
            if self.get_y() + together * height > self.page_break_trigger + 0.01:
                self.add_page()
            self.set_font_size(size)
            self.set_text_color(colour)
            y = self.get_y()
            x = self.l_margin + hang + (0.0 if number else indent)
            if bullet and not number:
                self.set_xy(self.l_margin, y)
                self.cell(hang, height, "•")
            if align == "center":
                x = self.l_margin + (self.epw - text_width(line, size * PT)) / 2
            elif align == "right":
                x = self.w - self.r_margin - text_width(line, size * PT)
            self.write_line(x, y, height, line, bold)
            for label, link in (refs or {}).items():
                if label in line:
                    before = text_width(line[: line.index(label)], size * PT)
                    self.link(x + before, y, text_width(label, size * PT), height, f"#{link}")
            self.set_xy(self.l_margin, y + height)
        self.set_text_color(0)

    def write_line(self, x: float, y: float, height: float, text: str, bold: bool) -> None:
        """One line; bold by a thin outline, since the font has only one weight."""
        self.set_xy(x, y)
        with self.local_context(
            text_mode=TextMode.FILL_STROKE if bold else TextMode.FILL, line_width=0.12
        ):
            self.cell(self.epw, height, text)

    def fitted(self, cells: Sequence[str], widths: Sequence[float], size: float) -> list[list[str]]:
        """The lines of each cell."""
        return [
            wrap(self.shown(cell), width - 2 * _PAD, size * PT)
            for cell, width in zip(cells, widths, strict=True)
        ]

    def header_size(self, cells: Sequence[str], widths: Sequence[float], size: float) -> float:
        """The size, at most `size`, at which no word of a header has to be cut."""
        for cell, width in zip(cells, widths, strict=True):
            wide = longest_word(self.shown(cell), size * PT)
            if wide > width - 2 * _PAD:
                size = max(size * (width - 2 * _PAD) / wide, 5.5)
        return size

    def row_height(self, row: Sequence[Sequence[str]], size: float) -> float:
        """Height of a row of a table."""
        return max(map(len, row)) * size * 1.35 * PT + 2 * _PAD_Y

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
        """One row with its rules; texts are centred vertically."""
        x, y, line = self.l_margin, self.get_y(), size * 1.35 * PT
        self.set_draw_color(_GRID)
        self.set_fill_color(232, 238, 244)
        self.set_font_size(size)
        for number, (texts, width) in enumerate(zip(row, widths, strict=True)):
            self.rect(x, y, width, height, style="DF" if header else "D")
            top = y + (height - len(texts) * line) / 2
            for place, text in enumerate(texts):
                wide = text_width(text, size * PT)
                at = x + _PAD
                if header:
                    at = x + (width - wide) / 2
                elif number in numeric:
                    at = x + width - _PAD - wide
                self.set_draw_color(0)
                self.write_line(at, top + place * line, line, text, header)
                self.set_draw_color(_GRID)
            x += width
        self.set_draw_color(0)
        self.set_xy(self.l_margin, y + height)
