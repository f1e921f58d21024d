"""The list of the study's scenarios, and the changes of the open one."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.edit_scenario import session
from app_pages.rights.buttons import guarded_button
from app_pages.shell import state
from app_pages.shell.html import head, label_text, plain, problems, show_html
from app_pages.shell.keep_scenario import copy_folder, own_copy
from app_pages.shell.scenario_actions import default_name, manage_buttons, say
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.scenarios.changes import Scenario
from geo.scenarios.store import list_scenarios, load_scenario, save_scenario
from geo.workspace.folder import studies_folder
from layers.words.catalogue import Words
from layers.words.lines.change import change_line

__all__ = ["copy_first", "open_scenario_named", "show_changes", "show_list", "site_names"]


def copy_first(analysis: Analysis, words: Words) -> None:
    """The sample keeps no scenarios: offer a copy of it."""
    show_html(plain(words("scenario.sample", folder=str(studies_folder()))))
    guarded_button(
        words("scenario.copy_sample"),
        words=words, action="create", folder=copy_folder(analysis.study, words),
        key="plan-copy-sample", type="primary",
        on_click=_copy_sample, args=(analysis, words),
    )  # fmt: skip


def _copy_sample(analysis: Analysis, words: Words) -> None:
    def copied() -> str:
        layer = state.shown_layer(analysis)
        folder = own_copy(analysis.study, words)
        state.open_folder(folder, layer=layer)
        return words("scenario.sample_copied", study=folder.name)

    say(words, copied)


def show_list(folder: Path, names: list[str], words: Words) -> None:
    """Choose, make, rename, copy, delete a scenario."""
    with st.container(key="plan-choose", horizontal=True, vertical_alignment="bottom", gap="small"):
        if names:
            # Read once a run, so that all of the list is of one moment.
            labels = {name: _named(folder, name, words) for name in names}
            st.selectbox(
                words("scenario.open", count=words.number(len(names))),
                names,
                format_func=lambda name: labels.get(name, name),
                key=session.OPEN,
                on_change=session.forget_drawing,
            )
        with st.popover(words("scenario.new")):
            st.text_input(
                words("kept.name"), value=default_name(folder, words),
                key=f"plan-new-{len(names)}", max_chars=60,
            )  # fmt: skip
            st.text_input(words("scenario.note"), key=f"plan-note-{len(names)}", max_chars=200)
            guarded_button(
                words("scenario.create"),
                words=words, folder=folder, key="plan-create", type="primary",
                on_click=_create, args=(folder, len(names), words),
            )  # fmt: skip
    if not names:
        show_html(plain(words("scenario.none")))
        return
    name = str(st.session_state[session.OPEN])
    with st.container(key="plan-buttons", horizontal=True, gap="small"):
        manage_buttons(folder, name, words, prefix="plan", changed=_choose)
        guarded_button(
            words("scenario.undo"),
            words=words, folder=folder, key="plan-undo", on_click=session.undo,
            args=(folder, name, words), disabled=not session.can_undo(folder, name),
        )  # fmt: skip


def _named(folder: Path, name: str, words: Words) -> str:
    """A scenario in the list: its name, the number of changes, and its note."""
    try:
        known = load_scenario(folder, name)
    except QuarterhourError:
        return words("scenario.broken", name=name)
    text = words("scenario.listed", name=name, count=words.number(len(known.changes)))
    return f"{text} · {known.note}" if known.note else text


def _choose(name: str | None) -> None:
    session.forget_drawing()
    if name is None:
        st.session_state.pop(session.OPEN, None)
    else:
        st.session_state[session.OPEN] = name


def _create(folder: Path, turn: int, words: Words) -> None:
    name = str(st.session_state.get(f"plan-new-{turn}", "")).strip()
    note = str(st.session_state.get(f"plan-note-{turn}", "")).strip()

    def created() -> str:
        found = save_scenario(folder, Scenario(name, note))
        _choose(found.name)
        return words("scenario.created", name=found.name)

    say(words, created)


def open_scenario_named(folder: Path, words: Words) -> Scenario | None:
    """The open scenario; None where there is none, or it is wrong, which is then shown."""
    name = st.session_state.get(session.OPEN)
    if name is None or name not in list_scenarios(folder):
        return None
    try:
        return load_scenario(folder, str(name))
    except QuarterhourError as error:
        show_html(problems(error, words))
        return None


def site_names(analysis: Analysis, scenario: Scenario) -> dict[tuple[str, str], str]:
    """Names of sites by layer and id, new ones among them."""
    sites = analysis.sites
    known = {
        (str(layer), str(site)): str(name or site)
        for layer, site, name in zip(
            sites["layer"], sites["site_id"], sites["name"].fillna(""), strict=True
        )
    }
    new = [change for change in scenario.changes if change.do == "add_site"]
    return known | {(c.layer, str(c.id)): c.name or str(c.id) for c in new if c.id is not None}


def show_changes(folder: Path, scenario: Scenario, analysis: Analysis, words: Words) -> None:
    """The changes as sentences, each with a button that removes it."""
    show_html(head(words("scenario.changes", count=words.number(len(scenario.changes)))))
    if not scenario.changes:
        show_html(plain(words("scenario.no_changes")))
        return
    names = site_names(analysis, scenario)
    for at, change in enumerate(scenario.changes):
        text = change_line(
            change, analysis.study, words, site_name=lambda layer, id_: names.get((layer, id_), id_)
        )
        with st.container(key=f"plan-change-{at}"):
            left, right = st.columns([4, 1], vertical_alignment="center")
            left.markdown(label_text(f"{at + 1}. {text}"))
            with right:
                guarded_button(
                    words("put.remove"), words=words, folder=folder, key=f"plan-remove-{at}",
                    on_click=session.remove_change, args=(folder, scenario.name, at, words),
                    type="tertiary", help=words("scenario.remove_help", number=at + 1),
                )  # fmt: skip
