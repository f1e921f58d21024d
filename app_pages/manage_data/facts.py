"""The facts of the study (项目信息): title, place, office, date, approval number, sources."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.add_data.save import copy_target, own_study, saved_in
from app_pages.shell import kept_press, state
from app_pages.shell.html import plain, problems, show_html, status, step_heading
from geo.base.errors import QuarterhourError
from geo.study.model import Study
from geo.workspace.edit import copy_study
from geo.workspace.facts import Facts, edit_facts, read_facts
from geo.workspace.folder import new_study_folder, studies_folder
from layers.words.catalogue import Words

__all__ = ["show"]

_SAVED = "facts_saved"
_LINES = ("name", "place", "office", "as_of", "map_approval_number")


def show(study: Study, words: Words) -> None:
    """The whole section."""
    show_html(step_heading(words("data.section.facts")), plain(words("facts.about")))
    if st.session_state.pop(_SAVED, False):
        show_html(status(words("facts.saved"), good=True))
    folder = Path(study.folder)
    former = read_facts(folder, words.locale)
    # Another study, or another language, has widgets of its own.
    about = f"{folder.name}-{words.locale}"
    column, _ = st.columns([3, 2])
    with column:
        texts = {
            name: st.text_input(
                words(f"facts.{name}"),
                value=getattr(former, name),
                help=words(f"facts.{name}_about"),
                max_chars=200,
                key=f"facts-{name}-{about}",
            )
            for name in _LINES
        }
        listed = st.text_area(
            words("facts.sources"),
            value="\n".join(former.sources),
            help=words("facts.sources_about"),
            max_chars=4_000,
            key=f"facts-sources-{about}",
        )
        _of_inputs(study, former, words)
        name = None
        if not own_study(study):
            show_html(status(words("facts.copy_first")))
            name = copy_target(study, words)
        press = kept_press.save_button(
            words("facts.save"), words=words, **saved_in(name), key="facts_save", type="primary"
        )
        if press is not None:
            facts = Facts(**texts, sources=tuple(listed.splitlines()))
            _save(press, study, facts, name, words)


def _of_inputs(study: Study, former: Facts, words: Words) -> None:
    """The sources that come with the inputs and change with them."""
    texts = [words.text(source) for source in study.study.sources]
    others = [text for text in texts if text not in former.sources]
    if others:
        show_html(plain(words("facts.of_inputs", sources=words("panel.and").join(others))))


def _save(
    press: kept_press.Press, study: Study, facts: Facts, name: str | None, words: Words
) -> None:
    folder = Path(study.folder)
    try:
        if name is not None:
            target = new_study_folder(studies_folder(), name)
            folder = copy_study(folder, target, name=target.name, sample=state.SAMPLE)
            if facts.name == read_facts(Path(study.folder), words.locale).name:
                facts = Facts(**{**vars(facts), "name": target.name})
        edit_facts(folder, facts, words.locale)
    except QuarterhourError as error:
        kept_press.drop(press)
        show_html(problems(error, words))
        return

    def follow() -> None:
        st.session_state[_SAVED] = True
        if name is not None:
            state.open_folder(folder)

    press.follow = follow
    kept_press.finish(press)
    st.rerun()
