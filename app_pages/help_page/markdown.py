"""Markdown of the guide as HTML: headings with anchors, links between chapters, pictures.

Raw HTML in a file is shown as text. No address of another machine becomes a link or a picture.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from layers.style.escape import escape

__all__ = ["Section", "anchor_of", "sections", "to_html"]

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_DROPPED = re.compile(r"[^\w\- ]")
_CHAPTER = re.compile(r"(?:([\w-]+)\.md)?(?:#(.+))?")
_PICTURE = re.compile(r"images/[\w.-]+\.png")


@dataclass(frozen=True)
class Section:
    """A second-level heading of a chapter and its anchor."""

    title: str
    anchor: str


def anchor_of(title: str) -> str:
    """The anchor of a heading, as GitHub makes it."""
    return _DROPPED.sub("", title.strip().lower()).replace(" ", "-")


def sections(text: str) -> list[Section]:
    """The second-level headings of a chapter."""
    tokens = _MARKDOWN.parse(text)
    titles = [
        _plain(tokens[at + 1])
        for at, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]
    return [Section(title, anchor_of(title)) for title in titles]


def to_html(
    text: str,
    *,
    chapters: Collection[str],
    link: Callable[[str, str], str],
    picture: Callable[[str], str],
) -> str:
    """The chapter as HTML.

    Parameters
    ----------
    text : str
        Markdown.
    chapters : collection of str
        The chapters to which links can lead.
    link : callable
        Chapter ("" for this one) and anchor → the address of the link.
    picture : callable
        Path of a picture beside the file → its address.
    """
    tokens = _MARKDOWN.parse(text)
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor_of(_plain(tokens[at + 1])))
        elif token.type == "table_open":
            token.attrSet("class", "qh-table")
        for child in token.children or ():
            if child.type == "link_open":
                _set_link(child, chapters, link)
            elif child.type == "image":
                _set_picture(child, picture)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _set_link(token: Token, chapters: Collection[str], link: Callable[[str, str], str]) -> None:
    """A link to a chapter leads there; any other one stays plain text."""
    found = _CHAPTER.fullmatch(unquote(str(token.attrGet("href") or "")))
    token.attrs = {}
    if found is None or (found[1] and found[1] not in chapters):
        return
    token.attrs = {"href": link(found[1] or "", quote(found[2] or "")), "class": "qh-chapter"}


def _set_picture(token: Token, picture: Callable[[str], str]) -> None:
    source = str(token.attrGet("src") or "")
    token.attrSet("src", picture(source) if _PICTURE.fullmatch(source) else "")
    token.attrSet("loading", "lazy")


def _plain(inline: Token) -> str:
    """The text of a heading without its marks."""
    return "".join(child.content for child in inline.children or ())


def contents_html(found: Collection[Section]) -> str:
    """The list of a chapter's sections."""
    rows = "".join(
        f'<li><a class="qh-chapter" href="#{quote(one.anchor)}">{escape(one.title)}</a></li>'
        for one in found
    )
    return f"<ul>{rows}</ul>" if rows else ""
