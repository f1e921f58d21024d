"""The check of a document's figures on the Report page."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from app_pages.rights.upload_limit import copy_upload, file_uploader
from app_pages.shell.html import head, plain, problems, show_html
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.base.scratch import ScratchFolder
from layers.report.verify.compare import verified_lines, verify_document
from layers.words.catalogue import Words
from layers.words.phrases import place_name

__all__ = ["show_verify"]

_MOST_MB = 200
# More lines would be no help on a page; the command has all.
_SHOWN = 200


def show_verify(analysis: Analysis, words: Words) -> None:
    """Upload a report that was edited, and see which of its figures no longer agree."""
    show_html(head(words("verify.page.title")))
    show_html(plain(words("verify.page.hint")))
    given = file_uploader(
        words("cli.help.verify_file"),
        key="verify_file",
        most_mb=_MOST_MB,
        kinds=["docx", "html", "xlsx"],
    )
    asked = (analysis.summary["analysis_id"], given.file_id if given else "")
    clicked = st.button(words("verify.page.check"), key="verify_check", disabled=given is None)
    # Kept, since the page runs again for reasons of its own.
    held = st.session_state.get("verify-found")
    if given is None or not (clicked or (held and held[0] == asked)):
        return
    name = PurePath(given.name).name
    try:
        if clicked:
            with st.spinner(words("verify.page.working")), ScratchFolder("quarterhour-") as folder:
                path = folder / f"report{PurePath(name).suffix.lower()}"
                copy_upload(given, path)
                st.session_state["verify-found"] = (asked, verify_document(path, analysis))
        found = st.session_state["verify-found"][1]
    except QuarterhourError as error:
        st.session_state.pop("verify-found", None)
        show_html(problems(error, words))
        return
    lines = verified_lines(found, name, place_name(analysis.study, words), words)
    # The last lines sum up, and come first here.
    ends = 2 if found.without_source else 1
    (st.success if found.clean else st.warning)(" ".join(lines[-ends:]))
    listed = lines[:-ends]
    for line in listed[:_SHOWN]:
        show_html(plain(line))
    if len(listed) > _SHOWN:
        show_html(plain(words("verify.page.more", count=words.number(len(listed) - _SHOWN))))
