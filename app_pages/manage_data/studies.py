"""Whole studies: open one, unpack one from a zip, pack, rename or delete one, remove a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePath

import streamlit as st

from app_pages.add_data.save import own_study
from app_pages.rights.buttons import guarded_button
from app_pages.rights.upload_limit import copy_upload, file_uploader, shown_name
from app_pages.shell import state
from app_pages.shell.html import plain, problems, show_html, status, step_heading
from geo.base.access.guard import Action
from geo.base.errors import QuarterhourError
from geo.base.file_names import file_name
from geo.base.scratch import ScratchFolder
from geo.study.model import Study
from geo.workspace.draft import is_draft, list_drafts
from geo.workspace.edit import remove_layer
from geo.workspace.facts import edit_facts, read_facts
from geo.workspace.folder import (
    delete_study_folder,
    list_studies,
    new_study_folder,
    rename_study_folder,
    studies_folder,
)
from geo.workspace.pack import pack_study, unpack_study
from layers.words.catalogue import Words
from layers.words.phrases import layer_title

__all__ = ["from_zip", "offer_delete", "show"]

_STARTED = ""
_DONE = "data_study_done"


def show(study: Study | None, words: Words) -> None:
    """The whole section; without a study, only the ways to open one."""
    left, right = st.columns(2, gap="large")
    with left:
        _open(words)
        from_zip(words)
    if study is not None:
        with right:
            _to_zip(study, words)
            _layers(study, words)
            _manage(study, words)


def _open(words: Words) -> None:
    show_html(step_heading(words("data.open")))
    root = studies_folder()
    names = [_STARTED, *list_studies(root), *list_drafts(root)]
    here = next((name for name in names if _folder(name) == state.study_folder()), None)

    def named(name: str) -> str:
        text = name or _started(words)
        if name and is_draft(_folder(name)):
            text = words("start.unfinished", name=text)
        return words("data.open_now", name=text) if name == here else text

    name = st.selectbox(
        words("data.study"),
        names,
        index=names.index(here) if here is not None else 0,
        format_func=named,
        key=f"data_open_name-{here}",
    )
    show_html(plain(words("data.kept_in", folder=str(studies_folder()))))
    if st.button(words("data.open_button"), key="data_open"):
        # Listed names only, since a name could be a path.
        state.open_folder(_folder(name) if name in names[1:] else None)
        st.rerun()


def _started(words: Words) -> str:
    """The study that the server was started on, by its title."""
    folder = state.default_study_folder()
    title = state.title_of(folder, words)
    sample = folder.resolve() == state.SAMPLE
    return words("data.sample_open", name=title) if sample else title


def _folder(name: str) -> Path:
    return studies_folder() / name if name else state.default_study_folder()


def from_zip(words: Words, *, on_open: Callable[[], None] = st.rerun) -> None:
    """Open a study from a zip; `on_open` is called once it is open."""
    show_html(step_heading(words("data.from_zip")))
    turn = st.session_state.get("data_zip_round", 0)
    given = file_uploader(words("data.zip_file"), key=f"data_zip_{turn}", most_mb=1_024)
    if given is None:
        return
    file = shown_name(given.name)
    proposed = PurePath(file).stem[:60]
    name = st.text_input(words("data.name"), value=proposed, max_chars=60, key=f"data_zip_n_{turn}")
    if not guarded_button(
        words("data.zip_open"),
        words=words,
        action="create",
        folder=studies_folder() / (name or "-"),
        key="data_zip_open",
        type="primary",
    ):
        return
    try:
        with ScratchFolder("quarterhour-zip-") as place:
            path = place / "study.zip"
            copy_upload(given, path)
            # Of two studies with one title nobody knows which is which.
            title = name.strip() if name != proposed else ""
            target_folder = new_study_folder(studies_folder(), name)
            folder = unpack_study(path, file, target_folder, name=title)
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.session_state["data_zip_round"] = turn + 1
    state.open_folder(folder)
    on_open()


def _to_zip(study: Study, words: Words) -> None:
    show_html(step_heading(words("data.to_zip")))
    show_html(plain(words("data.to_zip_about")))
    # Packed at a click, not at every run of the page.
    if st.button(words("data.pack"), key="data_pack"):
        try:
            with ScratchFolder("quarterhour-zip-") as place:
                path = place / "study.zip"
                pack_study(study, path)
                st.session_state["data_packed"] = (str(study.folder), path.read_bytes())
        except QuarterhourError as error:
            show_html(problems(error, words))
    folder, content = st.session_state.get("data_packed", ("", b""))
    if folder == str(study.folder):
        st.download_button(
            words("data.download_zip", kilobytes=words.number(-(-len(content) // 1024))),
            content,
            file_name=file_name(f"{Path(study.folder).name}.zip"),
            mime="application/zip",
            on_click=_drop_packed,
            key="data_zip_download",
            type="primary",
        )


def _drop_packed() -> None:
    st.session_state.pop("data_packed", None)


def _layers(study: Study, words: Words) -> None:
    show_html(step_heading(words("data.layers")))
    titles = {layer.key: layer_title(layer, words) for layer in study.layers}
    if not own_study(study):
        show_html(plain(words("panel.and").join(titles.values()), words("data.layers_fixed")))
        return
    key = st.selectbox(
        words("data.layer_out"), list(titles), format_func=titles.__getitem__, key="data_layer_out"
    )
    title = titles[str(key)]
    question = words("data.remove_sure", layer=title)
    if _agreed("data_remove", "data.remove", "data.remove_yes", question, words):
        try:
            remove_layer(Path(study.folder), str(key), title=title)
        except QuarterhourError as error:
            show_html(problems(error, words))
            return
        state.open_folder(Path(study.folder))
        st.rerun()


def _agreed(
    key: str, button: str, yes: str, question: str, words: Words, *, action: Action = "write",
    folder: Path | None = None,
) -> bool:  # fmt: skip
    """A button, then a question with two answers; True once the user has agreed to `question`."""
    if guarded_button(words(button), words=words, action=action, folder=folder, key=key):
        st.session_state[f"{key}_asked"] = question
    if st.session_state.get(f"{key}_asked") != question:
        return False
    show_html(status(question))
    with st.container(horizontal=True):
        agreed = st.button(words(yes), key=f"{key}_yes", type="primary")
        refused = st.button(words("data.keep"), key=f"{key}_no")
    if agreed or refused:
        st.session_state.pop(f"{key}_asked")
    if refused:
        st.rerun()
    return agreed


def _manage(study: Study, words: Words) -> None:
    """Rename or delete the open study."""
    show_html(step_heading(words("data.manage")))
    if (text := st.session_state.pop(_DONE, None)) is not None:
        show_html(status(text, good=True))
    if not own_study(study):
        show_html(plain(words("data.manage_fixed")))
        return
    folder = Path(study.folder)
    name = st.text_input(
        words("data.rename_to"), value=folder.name, max_chars=60, key=f"data_rename-{folder.name}"
    )
    try:
        if guarded_button(
            words("data.rename"),
            words=words,
            action="rename",
            folder=folder,
            key="data_rename",
            disabled=name == folder.name,
        ):
            target = rename_study_folder(folder, name)
            facts = read_facts(target, words.locale)
            edit_facts(target, replace(facts, name=target.name), words.locale)
            st.session_state[_DONE] = words("data.renamed", name=target.name)
            state.open_folder(target)
            st.rerun()
    except QuarterhourError as error:
        show_html(problems(error, words))
    offer_delete(folder, words)


def offer_delete(folder: Path, words: Words) -> None:
    """A button that deletes a study of the folder of studies, after a question."""
    question = words("data.delete_sure", name=state.title_of(folder, words))
    if not _agreed(
        "data_delete", "data.delete", "data.delete_yes", question, words,
        action="delete", folder=folder,
    ):  # fmt: skip
        return
    try:
        delete_study_folder(folder)
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.session_state[_DONE] = words("data.deleted", name=folder.name)
    if folder == state.default_study_folder():
        state.open_sample()
    else:
        state.open_folder(None)
    st.rerun()
