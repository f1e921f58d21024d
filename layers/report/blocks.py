"""A report as blocks, independent of the format (DOCX, HTML, PDF).

Tables and figures are numbered here, so that references are the same in every format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from layers.print_map.page import PAPERS, Paper
from layers.words.catalogue import Words
from layers.words.figure_keys import (
    figure_tag,
    figures_mark,
    pieces,
    unnamed_figures,
    without_keys,
)
from layers.words.languages import Language

__all__ = [
    "ROOMY_PT",
    "Block",
    "Break",
    "Document",
    "Heading",
    "Paragraph",
    "Picture",
    "Ref",
    "Table",
    "document_mark",
    "figure_count",
    "labels",
    "plain_block",
    "plain_table",
    "read_by_people",
    "spacing",
    "text_area",
    "with_ref",
    "with_unnamed",
]

_PLACES = re.compile(r"(\{(?:ref|figure)\})")

# The least height (points) of a row that is filled in by hand.
ROOMY_PT = 24


@dataclass(frozen=True)
class Ref:
    """A reference to the table or figure with this key."""

    target: str


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is a chapter, level 2 a section."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Text with references; a ``note`` is smaller, an ``item`` is an entry of a list."""

    parts: Sequence[str | Ref]
    kind: Literal["body", "note", "item"] = "body"


@dataclass(frozen=True)
class Table:
    """A table with its caption.

    Attributes
    ----------
    key : str
        Its name in references.
    caption : str
        Without its number.
    header : sequence of str
    rows : sequence of sequence of str
    widths : sequence of float
        Shares of the width of the text, for columns that are filled in by hand.
    numeric : sequence of int
        Columns that are aligned to the right.
    roomy : bool
        Whether rows are high enough for handwriting.
    line : str
        Above the table at the right: the date of the data and who made it.
    """

    key: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    numeric: Sequence[int] = ()
    roomy: bool = False
    line: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure as PNG with its caption and its description; sizes in millimetres."""

    key: str
    caption: str
    alt: str
    png: bytes
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Break:
    """The next block begins a new page."""


Block = Heading | Paragraph | Table | Picture | Break


@dataclass(frozen=True)
class Document:
    """Title, lines below it, and the blocks in order; the table of contents precedes them."""

    title: str
    lines: Sequence[str]
    blocks: Sequence[Block]
    logo: bytes = b""
    subject: str = ""
    analysis_id: str = ""
    part: str = ""
    foot: str = ""
    paper: Paper = PAPERS["a4"]


def with_ref(text: str, target: str, figure: str = "") -> list[str | Ref]:
    """A sentence with ``{ref}``, and perhaps ``{figure}``, as parts of a paragraph."""
    targets = {"{ref}": target, "{figure}": figure}
    parts = _PLACES.split(text)
    return [Ref(targets[part]) if part in targets else part for part in parts]


def spacing(language: Language, kind: str) -> tuple[float, float]:
    """Points above and below a paragraph of this kind, the same in DOCX and PDF.

    The page numbers that a DOCX shows in its table of contents, until Word has counted its own, are
    those of the PDF; so both need the same spacing.
    """
    style = language.styles[kind]
    return style.before, style.after


def text_area(paper: Paper, language: Language) -> tuple[float, float]:
    """Width and height of the text on this paper, in millimetres."""
    top, bottom, left, right = language.margins_mm
    return paper.width - left - right, paper.height - top - bottom


def read_by_people(document: Document) -> Document:
    """The document without the keys of its figures, for formats that hold none."""
    return replace(document, blocks=[plain_block(block) for block in document.blocks])


def plain_block(block: Block) -> Block:
    """A block without the keys of its figures."""
    if isinstance(block, Paragraph):
        parts = [part if isinstance(part, Ref) else without_keys(part) for part in block.parts]
        return replace(block, parts=parts)
    return plain_table(block) if isinstance(block, Table) else block


def plain_table(table: Table) -> Table:
    """A table without the keys of its figures."""
    return replace(table, rows=[[without_keys(cell) for cell in row] for row in table.rows])


def with_unnamed(block: Block, words: Words) -> Block:
    """A block whose numbers have keys, all of them, in text and in the rows of tables.

    Headings, captions and headers are without keys, since fields and contents repeat them.
    """
    if isinstance(block, Heading):
        return replace(block, text=without_keys(block.text))
    if isinstance(block, Paragraph):
        parts = [
            part if isinstance(part, Ref) else unnamed_figures(part, words) for part in block.parts
        ]
        return replace(block, parts=parts)
    if isinstance(block, Table):
        return replace(
            block,
            caption=without_keys(block.caption),
            header=[without_keys(cell) for cell in block.header],
            rows=[[unnamed_figures(cell, words) for cell in row] for row in block.rows],
        )
    return block


def figure_count(document: Document) -> int:
    """How many figures have a key that fits a document."""
    texts: list[str] = []
    for block in document.blocks:
        if isinstance(block, Paragraph):
            texts += [part for part in block.parts if isinstance(part, str)]
        elif isinstance(block, Table):
            texts += [cell for row in block.rows for cell in row]
    return sum(
        1 for text in texts for one in pieces(text) if one.key and figure_tag(one.key, one.text)
    )


def document_mark(document: Document, words: Words) -> str:
    """What a document with keys says of itself (`layers.words.figure_keys.figures_mark`)."""
    count = figure_count(document)
    if not count:
        return ""
    return figures_mark(words.locale, document.analysis_id, count, part=document.part)


def labels(document: Document, words: Words) -> Mapping[str, str]:
    """The label of every table and figure by key: 表1, Figure 2."""
    found: dict[str, str] = {}
    tables = figures = 0
    for block in document.blocks:
        if isinstance(block, Table):
            tables += 1
            found[block.key] = words("report.label.table", number=tables)
        elif isinstance(block, Picture):
            figures += 1
            found[block.key] = words("report.label.figure", number=figures)
    return found
