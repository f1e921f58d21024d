"""A report as plain blocks, before anybody knows whether it becomes DOCX, HTML or PDF.

Tables and figures are numbered here, so that a reference reads the same in every format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from layers.print_map.page import PAPERS, Paper
from layers.words.catalogue import Words

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
    "margins",
    "spacing",
    "text_area",
]

# The least height of a row that is filled in by hand.
ROOMY_PT = 24
# English, Chinese: between the lines of Chinese body text there is nothing but its leading.
_SPACING: tuple[dict[str, tuple[float, float]], ...] = (
    {
        "title": (0, 14), "heading": (18, 6), "sub": (12, 4), "body": (0, 6), "item": (0, 3),
        "caption": (6, 6), "note": (3, 2),
    },
    {
        "title": (0, 16), "heading": (14, 6), "sub": (8, 4), "caption": (6, 6), "note": (4, 2),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Ref:
    """A reference to the table or figure with this key."""

    target: str


@dataclass(frozen=True)
class Heading:
    """A heading; `level` 1 begins a chapter."""

    level: int
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Text with references; ``note`` is smaller, ``item`` an entry of a list."""

    parts: Sequence[str | Ref]
    kind: Literal["body", "note", "item"] = "body"


@dataclass(frozen=True)
class Table:
    """A table with its caption.

    Attributes
    ----------
    key : str
        What references name it by.
    caption : str
        Without its number.
    header : sequence of str
    rows : sequence of sequence of str
    widths : sequence of float
        Shares of the text's width, for columns that are filled in by hand.
    numeric : sequence of int
        Columns set to the right.
    roomy : bool
        Rows high enough to be written into by hand.
    """

    key: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[float]
    numeric: Sequence[int] = ()
    roomy: bool = False


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
    """The next block begins a page."""


Block = Heading | Paragraph | Table | Picture | Break


@dataclass(frozen=True)
class Document:
    """Title, lines below it, and the blocks in order; a table of contents comes before them."""

    title: str
    lines: Sequence[str]
    blocks: Sequence[Block]
    logo: bytes = b""
    subject: str = ""
    keywords: Sequence[str] = field(default_factory=tuple)
    paper: Paper = PAPERS["a4"]


def margins(locale: str) -> tuple[float, float, float, float]:
    """Millimetres above, below, left and right of the text; Chinese as GB/T 9704-2012 has them."""
    return (37.0, 35.0, 28.0, 26.0) if locale == "zh-CN" else (25.0, 25.0, 27.0, 27.0)


def spacing(locale: str, kind: str) -> tuple[float, float]:
    """Points above and below a paragraph of this kind, the same in DOCX and PDF.

    Pages of both agree as far as their fonts do: the PDF's are what a DOCX shows in its table of
    contents until Word has counted its own.
    """
    return _SPACING[locale == "zh-CN"].get(kind, (0.0, 0.0))


def text_area(paper: Paper, locale: str) -> tuple[float, float]:
    """Width and height of the text on this paper, in millimetres."""
    top, bottom, left, right = margins(locale)
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
