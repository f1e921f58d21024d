"""Page: Start 开始. Open the sample or a study, create an empty one, or open a zip."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.add_data import save
from app_pages.manage_data import studies
from app_pages.new_study import steps
from app_pages.rights.buttons import guarded_button
from app_pages.shell import state
from app_pages.shell.html import plain, problems, show_html, status, step_heading
from geo.base.errors import QuarterhourError
from geo.workspace.draft import create_draft, draft_name, is_draft, list_drafts
from geo.workspace.folder import list_studies, new_study_folder, studies_folder
from geo.workspace.recent import recent_studies
from layers.words.catalogue import Words

__all__: list[str] = []

_MOST_RECENT = 6
_COMPLETED = "start_draft"  # the unfinished study that the page showed last


def show(words: Words) -> None:
    """The whole page."""
    folder = state.study_folder()
    with st.container(key="data"):
        if is_draft(folder):
            st.session_state[_COMPLETED] = str(folder)
            steps.show(folder, words)
            st.divider()
            studies.offer_delete(folder, words)
            with st.expander(words("start.others")):
                _offers(folder, words)
            return
        if st.session_state.get(_COMPLETED) == str(folder):
            _complete(words)
        else:
            show_html(plain(words("start.about")))
        _offers(folder, words)


def _offers(folder: Path, words: Words) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _sample(words)
        _recent(folder, words)
    with right:
        _new(words)
        studies.from_zip(words, on_open=_to_study)


def _to_study() -> None:
    st.switch_page(state.first_page())


def _complete(words: Words) -> None:
    """The study has just got its last input."""
    show_html(status(words("start.complete", name=state.study_title(words)), good=True))
    if st.button(words("data.to_coverage"), key="start_to_coverage", type="primary"):
        st.session_state.pop(_COMPLETED, None)
        st.session_state.pop(save.SAVED, None)
        _to_study()


def _sample(words: Words) -> None:
    show_html(step_heading(words("start.sample")))
    show_html(plain(words("start.sample_about", name=state.title_of(state.SAMPLE, words))))
    if st.button(words("start.open_sample"), key="start_sample"):
        state.open_sample()
        _to_study()


def _recent(here: Path, words: Words) -> None:
    """The studies opened last, then the others in the folder of studies."""
    show_html(step_heading(words("start.recent")))
    root = studies_folder()
    kept = [root / name for name in (*list_drafts(root), *list_studies(root))]
    known = {folder.resolve(): folder for folder in kept}
    latest = [known[folder] for folder in recent_studies() if folder in known]
    shown = list(dict.fromkeys([*latest, *kept]))[:_MOST_RECENT]
    shown = [folder for folder in shown if not (folder == here and is_draft(folder))]
    if not shown:
        show_html(plain(words("start.no_recent")))
    for folder in shown:
        unfinished = is_draft(folder)
        name = draft_name(folder) if unfinished else state.title_of(folder, words)
        label = words("start.open_named", name=name)
        if unfinished:
            label = words("start.unfinished", name=label)
        if st.button(label, key=f"start_open-{folder.name}"):
            state.open_folder(folder)
            if unfinished:
                st.rerun()
            _to_study()
    show_html(plain(words("data.kept_in", folder=str(root))))


def _new(words: Words) -> None:
    show_html(step_heading(words("start.new")))
    show_html(plain(words("start.new_about")))
    name = st.text_input(words("start.new_name"), key="start_name", max_chars=60)
    place = st.text_input(words("start.new_place"), key="start_place", max_chars=60)
    if not guarded_button(
        words("start.create"),
        words=words,
        action="create",
        folder=studies_folder() / (name or "-"),
        key="start_create",
        type="primary",
    ):
        return
    try:
        target = new_study_folder(studies_folder(), name)
        folder = create_draft(target, name=target.name, locale=words.locale, place=place.strip())
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    state.open_folder(folder)
    st.rerun()


show(state.words())
