"""No line of a report's PDF leaves its page or its cell, whatever the names and the paper."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from geo.analysis import Analysis
from layers.print_map.page import PAPERS
from layers.report.blocks import Break, Document, Heading, Paragraph, Picture, Table
from layers.report.chapters import build_report
from layers.report.options import ReportOptions
from layers.report.pdf import PdfReport, pdf_bytes
from layers.report.pdf_paper import PT, PdfPaper
from layers.style.typeface import text_width
from layers.words.catalogue import LOCALES, words_for

LONG = "武汉江夏经济开发区庙山高新技术产业园管理委员会便民服务中心第二分中心"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("names", ["plain", "hostile", "long"])
def test_every_line_stays_on_its_page_and_in_its_cell(
    analysis: Analysis,
    hostile: Analysis,
    monkeypatch: pytest.MonkeyPatch,
    names: str,
    locale: str,
) -> None:
    made = hostile if names == "hostile" else analysis
    if names == "long":
        gaps = made.gaps.assign(unit_name=LONG * 2, nearest_site_name="Averylongword" * 12)
        made = replace(made, gaps=gaps)
    lines: list[tuple[float, float, str]] = []
    cells: list[tuple[float, float]] = []
    write_line, row = PdfPaper.write_line, PdfPaper.row

    def noted(self: PdfPaper, x: float, y: float, height: float, text: str, bold: bool) -> None:
        wide = text_width(text, self.font_size_pt * PT)
        assert x >= self.l_margin - 0.01, text
        assert x + wide <= self.w - self.r_margin + 0.01, text
        assert self.t_margin - 0.01 <= y and y + height <= self.h - 0.5 * self.b_margin, text
        lines.append((x, wide, text))
        write_line(self, x, y, height, text, bold)

    def noted_row(self: PdfPaper, texts: Any, widths: Any, *rest: Any, **options: Any) -> None:
        before = len(lines)
        row(self, texts, widths, *rest, **options)
        left = self.l_margin
        for parts, width in zip(texts, widths, strict=True):
            for x, wide, text in lines[before : before + len(parts)]:
                assert left - 0.01 <= x and x + wide <= left + width + 0.01, text
            before += len(parts)
            cells.append((left, width))
            left += width

    monkeypatch.setattr(PdfPaper, "write_line", noted)
    monkeypatch.setattr(PdfPaper, "row", noted_row)
    words = words_for(locale)
    for paper in (PAPERS["a4"], PAPERS["a4"].turned("landscape"), PAPERS["a3"]):
        options = ReportOptions(
            sections=("summary", "basis", "gaps", "actions", "quality", "tables", "opinions"),
            dpi=40,
            paper=paper,
        )
        pdf_bytes(build_report(made, words, options), words)
    assert len(lines) > 300 and len(cells) > 200


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("paper", ["a4", "a3"])
def test_no_page_is_left_half_empty(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch, paper: str, locale: str
) -> None:
    used: list[float] = []
    add_page = PdfPaper.add_page

    def noted(self: PdfPaper, *given: Any, **options: Any) -> None:
        if self.page:
            used.append((self.get_y() - self.t_margin) / self.eph)
        add_page(self, *given, **options)

    monkeypatch.setattr(PdfPaper, "add_page", noted)
    words = words_for(locale)
    document = build_report(analysis, words, ReportOptions(dpi=40, paper=PAPERS[paper]))
    report = PdfReport(document, words)
    assert len(used) > 4
    # The first page has the table of contents.
    assert min(used[1:]) > 0.55, [round(part, 2) for part in used]
    kinds = (Table, Picture)
    for kind in kinds:
        order = [block.key for block in report.blocks if isinstance(block, kind)]
        assert order == [block.key for block in document.blocks if isinstance(block, kind)]
    others = [block for block in report.blocks if not isinstance(block, Picture | Break)]
    assert others == [block for block in document.blocks if not isinstance(block, Picture | Break)]


@pytest.mark.parametrize("paragraphs", range(1, 7))  # the heading falls at several heights
def test_a_heading_does_not_stand_alone_on_the_page_before_its_figure(paragraphs: int) -> None:
    words = words_for("en")
    png = io.BytesIO()
    Image.new("RGB", (4, 3), "grey").save(png, "PNG")
    blocks = [
        *[Paragraph(["A line of text. " * 40])] * paragraphs,
        Heading(1, "Annex"),
        Picture("p", "caption", "alt", png.getvalue(), 120.0, 90.0),
    ]
    report = PdfReport(Document("Report", [], blocks), words)
    pages = PdfReader(io.BytesIO(report.content)).pages
    with_heading = [n for n, page in enumerate(pages) if n and "Annex" in page.extract_text()]
    with_figure = [n for n, page in enumerate(pages) if page.images]
    assert with_heading == with_figure
