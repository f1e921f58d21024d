"""The roads of a new study, fetched from OpenStreetMap at a click."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app_pages.add_data.save import SAVED
from app_pages.shell.html import plain, problems, show_html
from geo.base.cache import default_cache
from geo.base.errors import QuarterhourError
from geo.base.jobs import Job
from geo.base.progress import Progress
from geo.base.scratch import ScratchFolder
from geo.study.model import Study
from geo.workspace.edit import Replacement, replace_input
from layers.words.catalogue import Words

__all__ = ["show"]

_JOB = "start_fetch_job"
_OSM = "© OpenStreetMap contributors (ODbL 1.0)"
_POLL_S = 0.5


def show(draft: Study, words: Words) -> bool:
    """Offer to fetch the roads; True while they are being fetched."""
    with st.expander(words("start.fetch")):
        show_html(plain(words("start.fetch_about")))
        job: Job[None] | None = st.session_state.get(_JOB)
        if job is not None and not job.done:
            _wait(job, words)
            return True
        place = st.text_input(
            words("start.fetch_place"),
            value=words.text(draft.study.place or ""),
            max_chars=80,
            key="start_fetch_place",
        ).strip()
        if job is not None:
            _finish(job, words)
        if st.button(words("start.fetch_button"), key="start_fetch", disabled=not place):
            st.session_state[_JOB] = _start(place, Path(draft.folder), words)
            st.rerun()
    return False


def _start(place: str, folder: Path, words: Words) -> Job[None]:
    origin = words("start.fetched", place=place)

    def work(progress: Progress) -> None:
        # The only page that opens a connection, at this click.
        from geo.workspace.fetch import fetch_roads, servers_from_environment

        with ScratchFolder("quarterhour-roads-") as scratch:
            path = fetch_roads(
                place,
                scratch / "roads.graphml",
                cache=default_cache(),
                servers=servers_from_environment(),
                progress=progress,
            )
            keys = {"sources": (_OSM,)}
            replace_input(folder, Replacement("network", path, "graphml", origin, keys))

    st.session_state[f"{_JOB}-origin"] = origin
    return Job(work)


def _finish(job: Job[None], words: Words) -> None:
    del st.session_state[_JOB]
    try:
        job.result()
    except QuarterhourError as error:
        show_html(problems(error, words))
        return
    st.session_state[SAVED] = st.session_state.pop(f"{_JOB}-origin", "")
    st.rerun()


@st.fragment(run_every=_POLL_S)
def _wait(job: Job[None], words: Words) -> None:
    if job.done:
        st.rerun()
    place = str(st.session_state.get(f"{_JOB}-origin", ""))
    show_html(plain(words("start.fetching", place=place)))
