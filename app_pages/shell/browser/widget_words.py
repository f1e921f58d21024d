"""Translates the texts of Streamlit's own widgets into the user's language.

They are English and cannot be set: most are labels for screen readers, a few are visible
(“Select all”). A script in the browser replaces them as they appear. It also sets the language of
the page, by which a screen reader chooses its voice, and hides the names of icons from it.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from layers.words.catalogue import Words

__all__ = ["translate_widgets"]

# Streamlit's texts as of 1.67, and the keys of ours. A text that Streamlit changes stays English.
_WORDS = {
    "Skip to main content": "widget.skip",
    "App pages": "widget.pages",
    "Open": "widget.open",
    "Dismiss": "widget.dismiss",
    "Choose an option": "widget.choose",
    "Choose or add an option": "widget.choose",
    "Choose options": "widget.choose",
    "Select all": "widget.select_all",
    "Clear all": "widget.clear_all",
    "Clear value": "widget.clear_all",
    "Selected values": "widget.selected",
    "No results": "widget.no_results",
    "file upload": "data.choose",
    "Add files": "data.choose",
    "Decrement": "widget.less",
    "Increment": "widget.more",
    "Copy to clipboard": "widget.copy",
    "Upload": "data.choose",
}
_component = st.components.v2.component(
    "quarterhour_widget_words",
    html="<span></span>",
    js=Path(__file__).with_name("widget_words.js").read_text("utf-8"),
)


def translate_widgets(words: Words) -> None:
    """Show the texts of this page's widgets in the language of `words`."""
    data = {
        "lang": words.locale,
        "words": {english: words(key) for english, key in _WORDS.items()},
        "remove": words("widget.remove", name="{name}"),
        "options": words("widget.options", count="{count}"),
        "map": words("widget.map"),
        "signs": {"‹": words("panel.previous"), "›": words("panel.next")},
    }
    with st.container(key="widget-words"):
        _component(key=f"widget-words-{words.locale}", data=data)
