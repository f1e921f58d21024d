"""Pieces of HTML and style that the parts of the Data page share; all text is escaped here."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from geo.base.errors import QuarterhourError
from layers.style.escape import escape
from layers.words.catalogue import Words

__all__ = ["heading", "notice", "plain", "problems", "style", "table"]

# Cells up to this many characters do not break: numbers above all.
_SHORT = 14
_STYLE = """<style>
.st-key-data iframe[title="streamlit_folium.st_folium"] { border: 1px solid #d9d7cf;
  border-radius: 4px; display: block; }
.st-key-data, .st-key-data .stVerticalBlock { gap: .55rem; }
.st-key-data .qh-step { font-size: 1rem; font-weight: 650; margin: .55rem 0 .1rem; padding: 0; }
.st-key-data .qh-step b { display: inline-block; min-width: 1.45em; height: 1.45em;
  border-radius: 50%; background: #1f5f8b; color: #fff; text-align: center; font-size: .85rem;
  line-height: 1.45em; margin-right: .4em; }
.st-key-data .qh-good { border-left: 4px solid #2f7d4f; background: #edf6f0; padding: .4rem .7rem;
  margin: .35rem 0; font-size: .88rem; line-height: 1.5; overflow-wrap: anywhere; }
.st-key-data .qh-scroll { max-height: 340px; overflow: auto; border: 1px solid #e4e2db;
  border-radius: 4px; padding: 0 .3rem; }
.st-key-data .qh-scroll td { overflow-wrap: break-word; }
.st-key-data .qh-scroll th { position: sticky; top: 0; background: #fff; }
.st-key-data table.qh-table td:first-child { min-width: 0; }
.st-key-data table.qh-table .qh-short, .st-key-data .qh-table th { white-space: nowrap; }
</style>"""


def style() -> None:
    """The page's style, once a run."""
    st.html(_STYLE)


def heading(text: str, number: int | None = None) -> None:
    """A step's heading, with its number."""
    count = "" if number is None else f"<b>{number}</b>"
    st.html(f'<h2 class="qh-step">{count}{escape(text)}</h2>')


def problems(error: QuarterhourError, words: Words) -> None:
    """One line a problem."""
    for line in words.error(error):
        st.html(f'<div class="qh-problem" role="alert">{escape(line)}</div>')


def notice(text: str, *, good: bool = False) -> None:
    """A line that stands out."""
    kind = "qh-good" if good else "qh-notice"
    st.html(f'<div class="{kind}" role="status">{escape(text)}</div>')


def plain(*lines: str) -> None:
    """Small lines."""
    st.html("".join(f'<p class="qh-plain">{escape(line)}</p>' for line in lines if line))


def _cell(text: str) -> str:
    kind = "qh-short" if len(text) <= _SHORT else ""
    return f'<td class="{kind}">{escape(text)}</td>'


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    on: int | None = None,
    scrolls: bool = False,
) -> None:
    """A small table of texts; `on` is the row that stands out; a long one scrolls."""
    cells = "".join(f'<th scope="col">{escape(text)}</th>' for text in head)
    body = "".join(
        f'<tr class="{"on" if at == on else ""}">' + "".join(_cell(text) for text in row) + "</tr>"
        for at, row in enumerate(rows)
    )
    inner = f"<thead><tr>{cells}</tr></thead><tbody>{body}</tbody>"
    kind = "qh-scroll" if scrolls else "qh-whole"
    st.html(f'<div class="{kind}"><table class="qh-table">{inner}</table></div>')
