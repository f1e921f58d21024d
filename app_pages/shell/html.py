"""Pieces of the panel, as HTML: figures with their 口径, tables, explanations that open.

Plain functions from values to text, so that they can be tested without a page. All text passes
`escape`; what a piece is handed as HTML says so in its name.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from geo.study.model import Layer
from layers.style.escape import escape
from layers.words.catalogue import Words
from layers.words.phrases import limit_text, profile_name, sentence

__all__ = [
    "Figure",
    "drawing",
    "figures",
    "head",
    "label_text",
    "notice",
    "paragraph",
    "plain",
    "row",
    "row_of_two",
    "rule_text",
    "sentence",
    "table",
    "title",
    "what",
]

_RIGHT = ' class="n"'


@dataclass(frozen=True)
class Figure:
    """One number with its name and what exactly was counted."""

    label: str
    value: str
    basis: str


def rule_text(layer: Layer, words: Words) -> str:
    """``步行 · 15分钟``: how and how far."""
    return sentence(f"{profile_name(layer, words)} · {limit_text(layer, words)}")


def figures(pair: Sequence[Figure], words: Words) -> str:
    """Numbers side by side, each with what was counted."""
    counted = "<b>" + escape(words("panel.basis")) + "</b>"
    cells = "".join(
        f'<div class="qh-figure"><div class="qh-label">{escape(one.label)}</div>'
        f'<div class="qh-value">{escape(one.value)}</div>'
        f'<div class="qh-basis">{counted}{escape(one.basis)}</div></div>'
        for one in pair
    )
    return f'<div class="qh-pair">{cells}</div>'


def what(key: str, words: Words, **params: object) -> str:
    """“What is this?”, which opens one paragraph of explanation."""
    question, answer = words("what.question"), words(f"what.{key}", **params)
    return (
        f'<details class="qh-what"><summary>{escape(question)}</summary>'
        f"<p>{escape(answer)}</p></details>"
    )


def drawing(svg: str, alt: str, *, of: str = "") -> str:
    """An SVG as an image: the page's own filter lets no inline SVG through."""
    if "xmlns=" not in svg[:300]:
        svg = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    data = base64.b64encode(svg.encode()).decode()
    return f'<img class="{of}" alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">'


def table(columns: Iterable[str], rows: Iterable[str], *, numbers: Iterable[int] = ()) -> str:
    """A table of `rows` (HTML by `row`); the columns at `numbers` stand to the right."""
    right = set(numbers)
    cells = "".join(
        f'<th scope="col"{_RIGHT if place in right else ""}>{escape(text)}</th>'
        for place, text in enumerate(columns)
    )
    top = f"<thead><tr>{cells}</tr></thead>" if cells else ""
    return f'<table class="qh-table">{top}<tbody>{"".join(rows)}</tbody></table>'


def row(cells: Sequence[str], *, numbers: Iterable[int] = (), of: str = "") -> str:
    """One row of plain texts; those at the places `numbers` stand to the right."""
    right = set(numbers)
    inner = "".join(
        f"<td{_RIGHT if place in right else ''}>{escape(text)}</td>"
        for place, text in enumerate(cells)
    )
    return f'<tr class="{escape(of)}">{inner}</tr>'


def row_of_two(
    cells: Sequence[tuple[str, str]], *, numbers: Iterable[int] = (), of: str = ""
) -> str:
    """One row whose cells hold a text and a small one below it."""
    right = set(numbers)
    inner = "".join(
        f"<td{_RIGHT if place in right else ''}>{escape(text)}"
        f"{'<small>' + escape(small) + '</small>' if small else ''}</td>"
        for place, (text, small) in enumerate(cells)
    )
    return f'<tr class="{escape(of)}">{inner}</tr>'


def head(text: str) -> str:
    """A heading within the panel."""
    return f'<h2 class="qh-head">{escape(text)}</h2>'


def title(text: str, aside: str = "") -> str:
    """What the panel is about."""
    return f'<h3 class="qh-head">{escape(text)}<small>{escape(aside)}</small></h3>'


def notice(text: str) -> str:
    """What must be read beside a number."""
    return f'<div class="qh-notice" role="note">{escape(text)}</div>'


def plain(text: str) -> str:
    """A line of small text."""
    return f'<p class="qh-plain">{escape(text)}</p>'


def paragraph(text: str) -> str:
    """The sentence that the panel begins with."""
    return f'<p class="qh-lead">{escape(text)}</p>'


def label_text(text: str) -> str:
    """Text of a file as the label of a button: what Markdown would read in it stays as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|$~:&" else c for c in text)
