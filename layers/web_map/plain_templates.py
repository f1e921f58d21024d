"""Rendering a map without compiling its finished texts as templates.

Branca makes a Jinja template of every text that it puts into a page, also of texts that are
rendered already: a sixth of the time of a run of the Coverage page.
"""

from __future__ import annotations

from typing import Any

import branca.element
import jinja2

__all__ = ["use_plain_templates"]

_SIGNS = ("{{", "{%", "{#")


class _Text:
    """A template in which there is nothing to fill in."""

    def __init__(self, text: str) -> None:
        # Jinja leaves out one line end at the end.
        self._text = text.removesuffix("\n")

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The text."""
        return self._text


def _template(text: str) -> Any:
    if any(sign in text for sign in _SIGNS):
        return jinja2.Template(text)
    return _Text(text)


def use_plain_templates() -> None:
    """Let branca compile only texts in which there is something to fill in.

    Examples
    --------
    >>> use_plain_templates()
    >>> from branca.element import Element
    >>> Element("a { b }").render(), Element("{{ 1 + 1 }}").render()
    ('a { b }', '2')
    """
    vars(branca.element)["Template"] = _template
