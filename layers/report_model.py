"""A report as plain blocks, before anybody knows whether it becomes DOCX, HTML or PDF.

Tables and figures are numbered here, so that a reference reads the same in every format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from layers.typeface import known_text, longest_word
from layers.wording import Words

__all__ = [
    "Block",
    "Break",
    "Document",
    "Heading",
    "Paragraph",
    "Picture",
    "Ref",
    "Table",
    "column_widths",
    "labels",
]


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
        Shares of the text's width.
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


def column_widths(table: Table, total: float, size: float) -> list[float]:
    """Widths of a table's columns, none too narrow for the longest word of its header.

    Parameters
    ----------
    table : Table
    total : float
        Of all columns, in any unit.
    size : float
        Of the letters, in the same unit.
    """
    # Bold letters, the padding, and fonts that run wider than ours.
    least = [longest_word(known_text(text), size) * 1.22 + size * 0.8 for text in table.header]
    widths = [total * share for share in table.widths]
    wanted = [max(width, floor) for width, floor in zip(widths, least, strict=True)]
    over = sum(wanted) - sum(widths)
    spare = [max(width - floor, 0.0) for width, floor in zip(wanted, least, strict=True)]
    if over <= 0 or sum(spare) <= 0:
        return widths
    taken = min(over / sum(spare), 1.0)
    found = [width - taken * free for width, free in zip(wanted, spare, strict=True)]
    scale = sum(widths) / sum(found)
    return [width * scale for width in found]
