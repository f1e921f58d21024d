"""Page: Help 帮助. The guide in the session's language, without any connection."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import streamlit as st

from app_pages.help_page.chapters import CHAPTERS, chapter_file, chapter_titles
from app_pages.help_page.link import arrived
from app_pages.help_page.markdown import contents_html, sections, to_html
from app_pages.help_page.pictures import picture_addresses
from app_pages.shell import address, state
from app_pages.shell.html import notice, show_html
from layers.style.escape import escape
from layers.words.catalogue import Words

__all__: list[str] = []

_FOLDER = Path(__file__).parent / "help_page"
_STYLE = (_FOLDER / "guide.css").read_text("utf-8")
_component = st.components.v2.component(
    "quarterhour_chapter_links",
    html="<span hidden></span>",
    js=(_FOLDER / "chapter_links.js").read_text("utf-8"),
)
_KEY, _CHAPTER, _ANCHOR, _ORDER = "chapter-links", "help_chapter", "help_anchor", "help_order"


def show(words: Words) -> None:
    """The whole page."""
    titles = chapter_titles(words.locale)
    address.taken("chapter")
    if arrived():
        _go(str(st.query_params.get("chapter", "")))
    chapter = str(st.session_state.get(_CHAPTER) or CHAPTERS[0])
    path = chapter_file(chapter, words.locale)
    address.keep_address(chapter=chapter)
    if path is None:
        show_html(notice(words("help.missing")))
        return
    st.html(f"<style>{_STYLE}</style>")
    text = path.read_text("utf-8")
    left, right = st.columns([1, 4], gap="medium")
    with left.container(key="guide-list"):
        st.html(_list_html(titles, chapter, text, words))
    with right:
        html = to_html(text, chapters=titles, link=_link, picture=picture_addresses(words.locale))
        st.html(f'<article class="qh-guide" data-chapter="{escape(chapter)}">{html}</article>')
    order = f"{state.session_id()}-{st.session_state.get(_ORDER, 0)}"
    data = {
        "chapter": chapter,
        "anchor": st.session_state.get(_ANCHOR, ""),
        "order": order,
    }
    _component(key=_KEY, data=data, on_go_change=_take_link)


def _go(chapter: str, anchor: str = "") -> None:
    """Show a chapter in this run, from its beginning or from an anchor on."""
    if chapter in CHAPTERS:
        st.session_state[_CHAPTER] = chapter
    elif chapter:
        address.ignore("chapter", chapter)
    st.session_state[_ANCHOR] = anchor
    st.session_state[_ORDER] = int(st.session_state.get(_ORDER, 0)) + 1


def _take_link() -> None:
    parts = urlsplit(str(st.session_state[_KEY].get("go") or ""))
    _go(parse_qs(parts.query).get("chapter", [""])[0], unquote(parts.fragment))


def _link(chapter: str, anchor: str) -> str:
    """The address of a chapter, which also works in another tab."""
    if not chapter:
        return f"#{anchor}"
    query = {"study": state.study_name(), "lang": state.language(), "chapter": chapter}
    shown = urlencode({name: value for name, value in query.items() if value})
    return f"?{shown}#{anchor}" if anchor else f"?{shown}"


def _list_html(titles: dict[str, str], chapter: str, text: str, words: Words) -> str:
    """The chapters, and below the one that is shown its sections."""
    rows = []
    for name, title in titles.items():
        current = ' aria-current="page"' if name == chapter else ""
        below = contents_html(sections(text)) if name == chapter else ""
        href = escape(_link(name, ""))
        rows.append(
            f'<li><a class="qh-chapter" href="{href}"{current}>{escape(title)}</a>{below}</li>'
        )
    label = escape(words("help.chapters"))
    return f'<nav class="qh-chapters" aria-label="{label}"><ol>{"".join(rows)}</ol></nav>'


show(state.words())
