"""Page: Data 数据管理. Add files, check their quality, correct roads, open and pack studies."""

from __future__ import annotations

import streamlit as st

from app_pages.add_data import presets, save, upload
from app_pages.manage_data import facts, quality, road_overrides, studies, undo
from app_pages.shell import address, state
from app_pages.shell.html import plain, problems, show_html, status
from geo.base.access import guard
from geo.base.errors import StudyError
from layers.words.catalogue import Words

__all__: list[str] = []

_SECTIONS = ("add", "facts", "roads", "quality", "studies")


def show(words: Words) -> None:
    """The whole page."""
    with st.container(key="data"):
        try:
            study = state.open_study()
        except StudyError as error:
            show_html(problems(error, words))
            if error.code == "study_unfinished":
                st.page_link("app_pages/start.py", label=words("start.to_start"))
            studies.show(None, words)
            return
        if not guard.is_allowed("read", state.study_folder()):
            # The inputs, and what is said of them, are about all units.
            show_html(plain(words("access.data_whole")))
            studies.show(None, words)
            return
        _saved(words)
        undo.show(study, words)
        address.restore("section", "data_section", _SECTIONS)
        st.session_state.setdefault("data_section", _SECTIONS[0])
        section = st.segmented_control(
            words("data.section"),
            _SECTIONS,
            required=True,
            format_func=lambda key: words(f"data.section.{key}"),
            key="data_section",
            label_visibility="collapsed",
        )
        address.keep_address(section=str(section) if section != _SECTIONS[0] else "")
        if section == "facts":
            facts.show(study, words)
        elif section == "roads":
            road_overrides.show(study, words)
        elif section == "quality":
            quality.show(study, words)
        elif section == "studies":
            studies.show(study, words)
        else:
            presets.show_waiting(study, words)
            upload.show(study, words)


def _saved(words: Words) -> None:
    """After a save: the folder, and a button that leads to the Coverage page."""
    file = st.session_state.get(save.SAVED)
    if file is None:
        return
    text = words("data.saved", file=file, folder=str(state.study_folder()))
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        show_html(status(text, good=True))
    label = words("data.to_coverage")
    if right.button(label, key="data_to_coverage", type="primary", width="stretch"):
        st.session_state.pop(save.SAVED, None)
        st.switch_page("app_pages/coverage.py")


show(state.words())
