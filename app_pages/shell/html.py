"""Pieces of HTML that the pages share: figures with what was counted, tables, notices, headings.

The functions turn values into text, so that they can be tested without a page; `show_html` alone
puts text on the page. All text passes `escape`; a parameter that takes HTML says so in its name.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from geo.base.errors import QuarterhourError
from geo.study.model import Layer
from layers.style.escape import escape
from layers.words.catalogue import Words
from layers.words.page_words import page_error
from layers.words.phrases import limit_text, profile_name, sentence

__all__ = [
    "Figure",
    "css_string",
    "explanation",
    "figures",
    "head",
    "image",
    "label_text",
    "notice",
    "paragraph",
    "plain",
    "problems",
    "row",
    "row_of_two",
    "rule_text",
    "sentence",
    "show_html",
    "status",
    "step_heading",
    "table",
    "text_table",
    "title",
]

_RIGHT = ' class="n"'
# Cells of up to this many characters are not broken: numbers above all.
_SHORT = 14


@dataclass(frozen=True)
class Figure:
    """One number with its name and what exactly was counted; `aside` is small beside it."""

    label: str
    value: str
    basis: str
    aside: str = ""


def show_html(*pieces_html: str) -> None:
    """Put pieces of HTML on the page."""
    html = "".join(pieces_html)
    if html:  # Streamlit refuses an empty element
        st.html(html)


def css_string(text: str) -> str:
    """A text as a string of CSS within a style element."""
    return json.dumps(text, ensure_ascii=False).replace("<", "\\3c ")


def label_text(text: str) -> str:
    """A text from a file as the label of a widget: Markdown in it is shown as it is."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()<>#+-.!|$~:&" else c for c in text)


def rule_text(layer: Layer, words: Words) -> str:
    """``步行 · 15分钟``: profile and limit of a layer."""
    return sentence(f"{profile_name(layer, words)} · {limit_text(layer, words)}")


# -- text ---------------------------------------------------------------------------------------


def head(text: str) -> str:
    """A heading."""
    return f'<h2 class="qh-head">{escape(text)}</h2>'


def title(text: str, aside: str = "") -> str:
    """The subject of the panel, with a small remark beside it."""
    return f'<h3 class="qh-head">{escape(text)}<small>{escape(aside)}</small></h3>'


def step_heading(text: str, number: int | None = None) -> str:
    """The heading of a step, with its number if it has one."""
    count = "" if number is None else f"<b>{number}</b>"
    return f'<h2 class="qh-step">{count}{escape(text)}</h2>'


def paragraph(text: str) -> str:
    """The sentence that the panel begins with."""
    return f'<p class="qh-lead">{escape(text)}</p>'


def plain(*lines: str) -> str:
    """Lines of small text; empty ones are left out."""
    return "".join(f'<p class="qh-plain">{escape(line)}</p>' for line in lines if line)


def notice(text: str) -> str:
    """A remark that must be read beside a number."""
    return f'<div class="qh-notice" role="note">{escape(text)}</div>'


def status(text: str, *, good: bool = False) -> str:
    """The outcome of an action, which screen readers announce."""
    kind = "qh-good" if good else "qh-notice"
    return f'<div class="{kind}" role="status">{escape(text)}</div>'


def problems(error: QuarterhourError, words: Words) -> str:
    """An error in the user's language, one line a problem."""
    return "".join(
        f'<div class="qh-problem" role="alert">{escape(line)}</div>'
        for line in page_error(error, words)
    )


def explanation(key: str, words: Words, **params: object) -> str:
    """The question “What is this?”, which opens one paragraph of explanation."""
    question, answer = words("what.question"), words(f"what.{key}", **params)
    return (
        f'<details class="qh-what"><summary>{escape(question)}</summary>'
        f"<p>{escape(answer)}</p></details>"
    )


# -- figures and images -------------------------------------------------------------------------


def figures(shown: Sequence[Figure], words: Words, *, css_class: str = "qh-pair") -> str:
    """Numbers side by side, each with what was counted."""
    counted = "<b>" + escape(words("panel.basis")) + "</b>"
    cells = "".join(
        f'<div class="qh-figure"><div class="qh-label">{escape(figure.label)}</div>'
        f'<div class="qh-value">{escape(figure.value)}{_small(figure.aside)}</div>'
        f'<div class="qh-basis">{counted}{escape(figure.basis)}</div></div>'
        for figure in shown
    )
    return f'<div class="{css_class}">{cells}</div>'


def _small(text: str) -> str:
    return f"<small>{escape(text)}</small>" if text else ""


def image(svg: str, alt: str, *, css_class: str = "") -> str:
    """An SVG as an image element, since Streamlit removes inline SVG."""
    if "xmlns=" not in svg[:300]:
        svg = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    data = base64.b64encode(svg.encode()).decode()
    return f'<img class="{css_class}" alt="{escape(alt)}" src="data:image/svg+xml;base64,{data}">'


# -- tables -------------------------------------------------------------------------------------


def table(columns: Iterable[str], rows_html: Iterable[str], *, numbers: Iterable[int] = ()) -> str:
    """A table.

    Parameters
    ----------
    columns : iterable of str
        Headers; without any the table has no head.
    rows_html : iterable of str
        Made by `row` or `row_of_two`.
    numbers : iterable of int
        Columns that are aligned to the right.
    """
    right = set(numbers)
    cells = "".join(
        f'<th scope="col"{_RIGHT if place in right else ""}>{escape(text)}</th>'
        for place, text in enumerate(columns)
    )
    top = f"<thead><tr>{cells}</tr></thead>" if cells else ""
    return f'<table class="qh-table">{top}<tbody>{"".join(rows_html)}</tbody></table>'


def row(
    cells: Sequence[str],
    *,
    numbers: Iterable[int] = (),
    css_class: str = "",
    links: Mapping[int, str] | None = None,
) -> str:
    """One row of plain texts; see `row_of_two`."""
    texts = [(text, "") for text in cells]
    return row_of_two(texts, numbers=numbers, css_class=css_class, links=links)


def row_of_two(
    cells: Sequence[tuple[str, str]],
    *,
    numbers: Iterable[int] = (),
    css_class: str = "",
    links: Mapping[int, str] | None = None,
) -> str:
    """One row whose cells hold a text and a small one below it.

    Parameters
    ----------
    numbers : iterable of int
        Places of the cells that are aligned to the right.
    links : mapping of int to str, optional
        Place of a cell → the query of the address to which its text leads; "" for none.
    """
    right = set(numbers)
    queries = links or {}
    inner = "".join(
        f"<td{_RIGHT if place in right else ''}>{_linked(text, queries.get(place, ''))}"
        f"{'<small>' + escape(small) + '</small>' if small else ''}</td>"
        for place, (text, small) in enumerate(cells)
    )
    return f'<tr class="{escape(css_class)}">{inner}</tr>'


def _linked(text: str, query: str) -> str:
    if not query:
        return escape(text)
    return f'<a class="qh-go" href="?{escape(query)}">{escape(text)}</a>'


def text_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    highlighted: int | None = None,
    scrolls: bool = False,
) -> str:
    """A table of plain texts, of which short ones are not broken.

    Parameters
    ----------
    highlighted : int, optional
        Place of a row that stands out.
    scrolls : bool
        Give a long table a height of its own.
    """
    rows_html = [
        f'<tr class="{"on" if place == highlighted else ""}">{"".join(map(_text_cell, cells))}</tr>'
        for place, cells in enumerate(rows)
    ]
    kind = "qh-scroll" if scrolls else "qh-whole"
    return f'<div class="{kind}">{table(columns, rows_html)}</div>'


def _text_cell(text: str) -> str:
    kind = "qh-short" if len(text) <= _SHORT else ""
    return f'<td class="{kind}">{escape(text)}</td>'
