"""A report as DOCX: named styles that an office can replace, fields that Word can update.

python-docx opens, styles and saves the file. The body is written as XML, since python-docx searches
the table for each cell and has no bookmarks, fields or alternative texts. All text is escaped, so
that nothing from a file becomes markup or a field.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from datetime import datetime, time
from io import BytesIO
from typing import Any

from docx.oxml import parse_xml

from geo.base.messages import one_line
from layers.report.blocks import (
    Block,
    Break,
    Document,
    Heading,
    Paragraph,
    Ref,
    document_mark,
    labels,
)
from layers.report.blocks import Table as Grid
from layers.report.docx_styles import BODY, CAPTION, CELL, HEADINGS, NOTE, TITLE, prepare
from layers.report.docx_xml import (
    bookmark,
    caption_field,
    field_xml,
    marked_runs,
    paragraph,
    picture,
    run,
    table,
)
from layers.report.figure_list import add_figure_list
from layers.words.catalogue import Words

__all__ = ["docx_bytes"]

# The time of a document without a date, so that the same report gives the same bytes.
_NO_DATE = datetime(2000, 1, 1)
_LONGEST_PROPERTY = 255
_MM_EMU = 36_000


def docx_bytes(
    document: Document,
    words: Words,
    *,
    pages: Mapping[int, int] | None = None,
    template: bytes = b"",
    made_on: Any = None,
) -> bytes:
    """The report as DOCX.

    Parameters
    ----------
    document : Document
    words : Words
    pages : mapping of int to int, optional
        Page of each heading by its number, from the PDF: the table of contents shows them until
        Word updates it (Word asks when it opens the file).
    template : bytes
        The office's template.docx; its styles, page, headers and footers are kept.
    made_on : date, optional

    Raises
    ------
    StudyError
        The template is no DOCX file (``template_broken``).
    """
    file = prepare(template, words, document.paper, foot=document.foot)
    # A property of a document holds at most 255 characters.
    file.core_properties.title = one_line(document.title, _LONGEST_PROPERTY)
    file.core_properties.subject = one_line(document.subject, _LONGEST_PROPERTY)
    file.core_properties.keywords = document_mark(document, words)
    file.core_properties.language = words.locale
    file.core_properties.author = ""
    file.core_properties.comments = ""
    moment = datetime.combine(made_on, time()) if made_on else _NO_DATE
    file.core_properties.created = file.core_properties.modified = moment
    writer = _Writer(file, document, words, pages or {})
    writer.front()
    for block in document.blocks:
        writer.block(block)
    target = BytesIO()
    add_figure_list(file)
    file.save(target)
    return _undated(target)


def _undated(package: BytesIO) -> bytes:
    """The same package without the times that python-docx gives to its parts."""
    target = BytesIO()
    with zipfile.ZipFile(package) as given, zipfile.ZipFile(target, "w") as taken:
        for part in given.infolist():
            entry = zipfile.ZipInfo(part.filename, (2000, 1, 1, 0, 0, 0))
            # Pictures are already compressed.
            packed = part.filename.endswith((".xml", ".rels"))
            entry.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            taken.writestr(entry, given.read(part))
    return target.getvalue()


class _Writer:
    """Appends blocks to the body, before its section's properties."""

    def __init__(
        self, file: Any, document: Document, words: Words, pages: Mapping[int, int]
    ) -> None:
        self._file = file
        self._document = document
        self._words = words
        self._pages = pages
        self._labels = labels(document, words)
        self._body = file.element.body
        self._pictures = 0
        self._headings = 0
        self._marks = {key: number for number, key in enumerate(self._labels, start=1)}
        section = file.sections[-1]
        self._width = int(section.page_width - section.left_margin - section.right_margin)
        self._height = int(section.page_height - section.top_margin - section.bottom_margin)
        self._break = False

    def _add(self, xml: str) -> None:
        self._body.insert_element_before(parse_xml(xml), "w:sectPr")

    def front(self) -> None:
        """Logo, title, lines, table of contents."""
        document, words = self._document, self._words
        if document.logo:
            self._picture("", document.logo, words("report.logo"), 40 * _MM_EMU, 0)
        self._add(paragraph(run(document.title), TITLE))
        for line in document.lines:
            self._add(paragraph(run(line), NOTE, centred=True))
        self._contents()
        self._break = True

    def _contents(self) -> None:
        """A field that has its entries already, for programs that do not update fields."""
        self._add(paragraph(run(self._words("report.contents")), "TOCHeading", centred=True))
        headings = [block for block in self._document.blocks if isinstance(block, Heading)]
        for number, heading in enumerate(headings, start=1):
            page = str(self._pages.get(number, ""))
            mark = f"_Toc{number:06d}"
            where = field_xml(f"PAGEREF {mark} \\h", page)
            entry = (
                f'<w:hyperlink w:anchor="{mark}" w:history="1">{run(heading.text)}'
                f"<w:r><w:tab/></w:r>{where}</w:hyperlink>"
            )
            before = after = ""
            if number == 1:
                before = (
                    '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText '
                    'xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
                    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
                )
            if number == len(headings):
                after = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
            self._add(paragraph(before + entry + after, f"TOC{heading.level}"))

    def block(self, block: Block) -> None:
        """One block."""
        if isinstance(block, Break):
            self._break = True
        elif isinstance(block, Heading):
            self._headings += 1
            mark = f"_Toc{self._headings:06d}"
            content = bookmark(mark, 1000 + self._headings, run(block.text))
            style = HEADINGS[block.level - 1]
            self._add(paragraph(content, style, new_page=self._take_break()))
        elif isinstance(block, Paragraph):
            style = {"body": BODY, "note": NOTE, "item": "ListBullet"}[block.kind]
            content = "".join(self._part(part) for part in block.parts)
            self._add(paragraph(content, style, new_page=self._take_break()))
        elif isinstance(block, Grid):
            self._caption(block.key, block.caption, above=True)
            if block.line:
                self._add(paragraph(run(block.line), CELL, right=True, keep=True))
            self._add(table(block, self._width, CELL, points=9.5, description=block.caption))
            self._add(paragraph("", CELL))
        else:
            wide = min(int(block.width_mm * _MM_EMU), self._width)
            scale = wide / (block.width_mm * _MM_EMU)
            high = int(block.height_mm * _MM_EMU * scale)
            # Leave room for the caption on the same page.
            most = self._height - 25 * _MM_EMU
            if high > most:
                wide, high = int(wide * most / high), most
            self._picture(block.key, block.png, block.alt, wide, high)
            self._caption(block.key, block.caption, above=False)

    def _take_break(self) -> bool:
        taken, self._break = self._break, False
        return taken

    def _part(self, part: str | Ref) -> str:
        if isinstance(part, str):
            return marked_runs(part)
        label = self._labels.get(part.target, "")
        if not label:
            return ""
        return field_xml(f"REF _Ref{self._marks[part.target]:06d} \\h", label)

    def _caption(self, key: str, text: str, *, above: bool) -> None:
        number = self._marks[key]
        label = bookmark(f"_Ref{number:06d}", number, caption_field(self._labels[key]))
        shown = self._words("report.caption", label="\0", text=text).split("\0")
        content = f"{run(shown[0])}{label}{run(shown[1])}"
        self._add(paragraph(content, CAPTION, keep=above, new_page=self._take_break()))

    def _picture(self, key: str, image: bytes, alt: str, wide: int, high: int) -> None:
        """A picture of this width; height 0 keeps its proportions."""
        self._pictures += 1
        relation, found = self._file.part.get_or_add_image(BytesIO(image))
        if not high:
            high = math.ceil(wide * found.px_height / max(found.px_width, 1))
        content = picture(relation, self._pictures, alt, wide, high)
        new_page = self._take_break()
        self._add(paragraph(content, CELL, centred=True, keep=bool(key), new_page=new_page))
