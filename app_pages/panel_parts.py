"""Pieces of the panel, as HTML: figures with their 口径, tables, explanations that open.

Plain functions from values to text, so that they can be tested without a page. All text passes
`escape`; what a piece is handed as HTML says so in its name.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from geo.study import Layer, Study
from layers.escape import escape
from layers.export_words import layer_title, limit_text, profile_name, sentence
from layers.wording import Words

__all__ = [
    "Figure",
    "amount",
    "decimal",
    "drawing",
    "figures",
    "head",
    "label_text",
    "measure",
    "minutes_text",
    "notice",
    "paragraph",
    "plain",
    "row",
    "row_of_two",
    "rule_text",
    "sentence",
    "service_title",
    "table",
    "title",
    "what",
]


_RIGHT = ' class="n"'
_JOINTS = " ·,，、:：-–—(（"


@dataclass(frozen=True)
class Figure:
    """One number with its name and what exactly was counted."""

    label: str
    value: str
    basis: str


def rule_text(layer: Layer, words: Words) -> str:
    """``步行 · 15分钟``: how and how far."""
    return sentence(f"{profile_name(layer, words)} · {limit_text(layer, words)}")


def service_title(study: Study, service: str, words: Words) -> str:
    """What the layers of one service have in common in their titles, else the first one's title.

    A title that ends with its own way of travel (老年食堂·步行) goes without: the way and the limit
    always stand beside it.
    """
    layers = [layer for layer in study.layers if layer.service_key == service]
    titles = [layer_title(layer, words) for layer in layers]
    common = titles[0]
    if len(titles) == 1:
        return _without_way(common, layers[0], words)
    for title in titles[1:]:
        while not title.startswith(common):
            common = common[:-1]
    common = common.rstrip(_JOINTS)
    return common if len(common) > 1 else titles[0]


def _without_way(title: str, layer: Layer, words: Words) -> str:
    way = words.get(f"lead.by.{layer.profile}", default="")
    rule = words("lead.rule", profile=way, limit=limit_text(layer, words))
    for end in (rule, way):
        start = title.removesuffix(end) if end else title
        if start != title and start.rstrip(_JOINTS) != start.rstrip():
            return start.rstrip(_JOINTS) or title
    return title


def amount(value: float, study: Study, words: Words) -> str:
    """A weight with its unit: ``1,455 个``, ``1 estate``."""
    number = words.number(value, 0 if float(value).is_integer() else 1)
    return words(f"amount.{'one.' if value == 1 else ''}{study.demand.unit_word}", value=number)


def measure(minutes: float, metres: float, layer: Layer, words: Words) -> str:
    """How far in the terms of the layer's limit, rounded up so that it never looks within it."""
    if layer.minutes is not None:
        return minutes_text(minutes, words)
    return "—" if pd.isna(metres) else words("amount.metres", value=words.number(math.ceil(metres)))


def minutes_text(minutes: float | None, words: Words) -> str:
    """Minutes rounded up to one place, a dash where there are none."""
    if minutes is None or pd.isna(minutes):
        return "—"
    return words("amount.minutes", value=words.number(math.ceil(minutes * 10 - 1e-6) / 10, 1))


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


def decimal(value: float) -> str:
    """15.0 as ``15``, 7.5 as ``7.5``."""
    return f"{value:g}"
