"""The styles of the Coverage page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.shell.html import css_string
from layers.words.catalogue import Words

__all__ = ["coverage_style"]

_STYLE = Path(__file__).with_name("style.css").read_text("utf-8")
# A page embedded in another one has no navigation above.
_EMBEDDED = """
:root { --qh-no-navigation: 3.5rem; }
.stMainBlockContainer { padding-top: .6rem; }
"""


def coverage_style(words: Words) -> str:
    """The style element, for this language, and for a page on its own or embedded."""
    hint = css_string(words("coverage.limit_typed"))
    typed = f":root {{ --qh-limit-typed: {hint}; }}\n"
    embedded = _EMBEDDED if st.context.is_embedded else ""
    return f"<style>{typed}{_STYLE}{embedded}</style>"
