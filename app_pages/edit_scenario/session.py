"""The open scenario of a session: its edits, the undo of the last ones, and what is being drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.shell.scenario_actions import say
from geo.base.errors import QuarterhourError
from geo.scenarios.changes import Change, Scenario
from geo.scenarios.store import (
    demand_files,
    forget_demand_file,
    load_scenario,
    put_back_scenario,
    save_scenario,
    scenario_bytes,
)
from layers.words.catalogue import Words

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer

__all__ = [
    "DO",
    "FILE_TURN",
    "LINE",
    "OPEN",
    "PLACE",
    "ROAD",
    "SITE",
    "add_change",
    "can_undo",
    "forget_drawing",
    "remove_change",
    "save_edit",
    "undo",
]

# The open scenario, and the kind of change that is being added.
OPEN, DO = "scenario_open", "scenario_do"
# What the map was clicked for: a place, a site, a road, the vertices of a new road.
PLACE, SITE, ROAD, LINE = "scenario_place", "scenario_site", "scenario_road", "scenario_line"
FILE_TURN = "scenario_file_turn"
_UNDO = "scenario_undo"
_MOST_UNDO = 50


def forget_drawing() -> None:
    """Forget what was clicked on the map."""
    for key in (PLACE, SITE, ROAD, LINE):
        st.session_state.pop(key, None)
    # A widget of another key is empty.
    st.session_state[FILE_TURN] = st.session_state.get(FILE_TURN, 0) + 1


def add_change(
    folder: Path, name: str, make: Callable[[], Change], explorer: Explorer, words: Words
) -> bool:
    """Add a change to a scenario, if the engine accepts it; whether it was added."""
    from geo.scenarios.apply import apply_scenario

    def added() -> str:
        known = load_scenario(folder, name)
        before = demand_files(folder)
        change = make()
        edited = Scenario(name, known.note, (*known.changes, change))
        try:
            apply_scenario(explorer.study, edited, inputs=explorer.inputs)
            save_edit(folder, name, lambda: save_scenario(folder, edited, replace=True))
        except QuarterhourError:
            file = getattr(change, "path", None)
            if file is not None and file not in before:
                forget_demand_file(folder, file)
            raise
        return words("scenario.added")

    done = say(words, added)
    if done:
        forget_drawing()
    return done


def remove_change(folder: Path, name: str, at: int, words: Words) -> None:
    """Remove a change by its number from 0."""

    def removed() -> str:
        known = load_scenario(folder, name)
        left = (*known.changes[:at], *known.changes[at + 1 :])
        edited = Scenario(name, known.note, left)
        save_edit(folder, name, lambda: save_scenario(folder, edited, replace=True))
        return words("scenario.removed")

    say(words, removed)


def save_edit(folder: Path, name: str, write: Callable[[], object]) -> None:
    """Change a scenario's file, and remember what it held for `undo`."""
    before = scenario_bytes(folder, name)
    write()
    steps = st.session_state.setdefault(_UNDO, [])
    steps.append((str(folder), name, before, scenario_bytes(folder, name)))
    del steps[:-_MOST_UNDO]


def can_undo(folder: Path, name: str) -> bool:
    """Whether this session has edited the scenario."""
    return any(step[:2] == (str(folder), name) for step in st.session_state.get(_UNDO, []))


def undo(folder: Path, name: str, words: Words) -> None:
    """Undo the last edit of a scenario: its file is what it was before, byte for byte."""
    steps = st.session_state.get(_UNDO, [])
    at = max(n for n, step in enumerate(steps) if step[:2] == (str(folder), name))

    def undone() -> str:
        _, _, before, after = steps.pop(at)
        put_back_scenario(folder, name, before, unless_changed=after)
        return words("scenario.undone")

    say(words, undone)
