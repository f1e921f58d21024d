"""A short tour of the Coverage page for those who open the sample for the first time.

It runs in the browser without reruns. The browser remembers that it was seen; a small button shows
it again.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from layers.words.catalogue import Words

__all__ = ["show_tour"]

_START_LINK = 'a[data-testid="stTopNavLink"][href*="/start"]'
# The steps, and the selector of the part of the page that each describes.
_STEPS = (
    ("shares", ".st-key-panel .qh-pair"),
    ("map", ".st-key-mapside"),
    ("click", ".st-key-clickbox"),
    ("limit", ".st-key-controls"),
    ("gaps", ".st-key-crumbline"),
    ("own", _START_LINK),
)
_HTML = """
<button type="button" class="again"></button>
<section hidden aria-live="polite">
  <b></b><p></p>
  <div><span></span><button type="button" class="go"></button>
  <button type="button" class="skip"></button>
  <button type="button" class="next"></button></div>
</section>
"""
_component = st.components.v2.component(
    "quarterhour_tour",
    html=_HTML,
    css=Path(__file__).with_name("tour.css").read_text("utf-8"),
    js=Path(__file__).with_name("tour.js").read_text("utf-8"),
)


def show_tour(words: Words, *, first: bool, people: str) -> None:
    """Show the tour, or the button that opens it.

    Parameters
    ----------
    first : bool
        Open the tour if this browser has not shown it before.
    people : str
        What the study counts: people, households or estates.
    """
    data = {
        "first": first,
        "steps": [
            {
                "title": words(f"tour.{name}"),
                "text": words(f"tour.{name}_text", people=people),
                "at": at,
            }
            for name, at in _STEPS
        ],
        "next": words("tour.next"),
        "skip": words("tour.skip"),
        "done": words("tour.done"),
        "again": words("tour.again"),
        "go": words("tour.go"),
        "link": _START_LINK,
    }
    _component(key=f"tour-{words.locale}", data=data)
