"""A report as blocks, independent of the format (DOCX, HTML, PDF).

Tables and figures are numbered here, so that references are the same in every format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from layers.print_map.page import PAPERS, Paper
from layers.words.catalogue import Words
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
    "labels",
    "spacing",
    "text_area",
]

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
    keywords: Sequence[str] = field(default_factory=tuple)
    paper: Paper = PAPERS["a4"]


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
