"""The one escape function: text from a user's file stays text wherever it enters HTML or a map."""

from __future__ import annotations

import html

__all__ = ["escape"]


def escape(text: object) -> str:
    """Make `text` safe inside HTML, attributes and JavaScript template literals.

    folium escapes nothing, and some of its templates put text into backtick literals, where
    ``${...}`` would run; hence backslash, backtick and dollar become entities too (measured: this
    stopped every payload that ran).
    """
    escaped = html.escape("" if text is None else str(text), quote=True)
    return escaped.replace("\\", "&#92;").replace("`", "&#96;").replace("$", "&#36;")
