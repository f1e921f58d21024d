"""The box of the range of the share: computed in the background, kept, and shown at once later."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.runs.server_queue import session_user
from app_pages.runs.studies import on_study
from app_pages.shell import state, study_jobs
from app_pages.shell.frame import remaining_text, show_stage
from app_pages.shell.html import explanation, head, image, plain, problems, show_html
from app_pages.shell.shared_jobs import SharedJob
from geo.analysis import Analysis
from geo.base.cache import default_cache
from geo.base.errors import CancelledError, QuarterhourError
from geo.base.file_names import file_name
from geo.base.progress import Progress
from geo.study.model import Study
from layers.export.sensitivity.files import sensitivity_zip
from layers.inline.tornado import Bar, Mark, tornado_svg
from layers.style.escape import escape
from layers.words.catalogue import Words
from layers.words.lines.sensitivity import (
    factor_name,
    headline,
    main_sentence,
    reference_sentence,
    tornado_text,
)

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer
    from geo.sensitivity.result import LayerSensitivity, Sensitivity

__all__ = ["known_ranges", "ranges", "show_share_range", "tornado_image"]

_POLL_S = 0.5
_REQUEST_LIFETIME_S = 90.0
_MOST_KEPT = 8
_LOOKED_UP_S = 5.0
# The key of the study whose range this session waits for.
_ASKED, _LOOKED_UP, _ERROR = "range_asked", "range_looked_up", "range_error"


@dataclass
class _Server:
    """What all sessions share: results and running jobs by the key of the study."""

    known: dict[str, Sensitivity] = field(default_factory=dict)
    jobs: dict[str, SharedJob[Sensitivity]] = field(default_factory=dict)


@st.cache_resource(show_spinner=False)
def _server() -> _Server:
    return _Server()


def known_ranges(base: Analysis, key: str) -> Sensitivity | None:
    """The ranges of the layers for which they have been computed, by any session or command.

    Parameters
    ----------
    base : Analysis
        The study's own.
    key : str
        Stands for it in caches.
    """
    _take_result(key)
    server = _server()
    if key not in server.known and st.session_state.get(_LOOKED_UP) != key:
        # Once in a session, as a large alternative road file takes a while to be hashed.
        st.session_state[_LOOKED_UP] = key
        found = _kept_on_disk(key, _base=base)
        if found is not None:
            _keep(key, found)
    return server.known.get(key)


# Sessions that open together look up once.
@st.cache_resource(show_spinner=False, ttl=_LOOKED_UP_S, max_entries=_MOST_KEPT)
def _kept_on_disk(key: str, *, _base: Analysis) -> Sensitivity | None:
    from geo.sensitivity.result import kept_sensitivity

    del key  # stands for the analysis, which cannot be hashed
    return kept_sensitivity(_base, cache=default_cache())


def _keep(key: str, found: Sensitivity) -> None:
    known = _server().known
    known[key] = found
    while len(known) > _MOST_KEPT:
        del known[next(iter(known))]


def show_share_range(
    ranges: Sensitivity | None, study: Study, key: str, layer: str, words: Words
) -> None:
    """Show the range of a layer's share, or offer to compute it.

    Parameters
    ----------
    ranges : Sensitivity, optional
        `known_ranges`, asked once in a run, so that all parts of the page show the same.
    study : Study
    key : str
        Stands for its analysis in caches.
    layer : str
    """
    with st.container(key="sharerange", gap="small"):
        st.html(head(words("sensitivity.title")))
        if ranges is not None and layer in ranges.layers:
            _show(ranges, study, layer, words)
            return
        if (job := _waited_for(key)) is not None:
            _show_progress(job, words)
            return
        if (error := st.session_state.get(_ERROR)) is not None:
            show_html(problems(error, words))
        st.html(plain(words("sensitivity.offer")))
        st.button(words("sensitivity.compute"), key="range_compute", on_click=_begin, args=(key,))


# -- the job ------------------------------------------------------------------------------------


def _waited_for(key: str) -> SharedJob[Sensitivity] | None:
    """The job that this session waits for."""
    return _server().jobs.get(key) if st.session_state.get(_ASKED) == key else None


def _begin(key: str) -> None:
    """Wait for the job of a study; start it unless another session has."""
    computed, user = study_jobs.study_job(str(state.study_folder()), key), session_user()

    def work(progress: Progress) -> Sensitivity:
        found: Sensitivity = on_study(computed.result(), ranges, progress, user=user)
        return found

    jobs = _server().jobs
    if key not in jobs or jobs[key].done or jobs[key].progress.cancelled:
        jobs[key] = SharedJob(work, request_lifetime_s=_REQUEST_LIFETIME_S)
    jobs[key].wait(state.session_id())
    st.session_state[_ASKED] = key
    st.session_state.pop(_ERROR, None)


def ranges(progress: Progress, analysis: Analysis, explorer: Explorer) -> Sensitivity:
    """The ranges of all layers, also kept in the cache."""
    from geo.sensitivity.share_range import sensitivity

    return sensitivity(explorer, cache=default_cache(), progress=progress)


def _take_result(key: str) -> None:
    """Keep the result of the job that this session waits for, or its error, once it has ended."""
    job = _waited_for(key)
    if job is None or not job.done:
        return
    _server().jobs.pop(key, None)
    st.session_state.pop(_ASKED, None)
    try:
        _keep(key, job.result())
    except CancelledError:
        return
    except QuarterhourError as error:
        st.session_state[_ERROR] = error


@st.fragment(run_every=_POLL_S)
def _show_progress(job: SharedJob[Sensitivity], words: Words) -> None:
    """Steps, time left and a cancel button; reruns the page once the job has ended."""
    if job.done:
        st.rerun()
    progress = job.progress.state
    show_stage(progress, words)
    show_html(plain(remaining_text(progress, words)))
    job.wait(state.session_id())
    if st.button(words("app.cancel"), key="range_cancel"):
        job.cancel(state.session_id())
        st.session_state.pop(_ASKED, None)
        st.rerun()


# -- the result ---------------------------------------------------------------------------------


def _show(found: Sensitivity, study: Study, layer: str, words: Words) -> None:
    ranged = found.layers[layer]
    show_html(
        f'<p class="qh-range">{escape(headline(ranged.range, words))}</p>',
        plain(main_sentence(ranged, words)),
        tornado_image(ranged, words),
        plain(reference_sentence(ranged, words)),
        explanation("range", words, draws=found.draws),
        plain(words("sensitivity.roads_omitted") if found.omitted else ""),
    )
    st.download_button(
        words("sensitivity.download"),
        data=lambda: sensitivity_zip(found, study),
        file_name=file_name(f"{words.text(study.study.name)}-sensitivity.zip"),
        mime="application/zip",
        key="range_download",
    )


def tornado_image(found: LayerSensitivity, words: Words) -> str:
    """The tornado chart of a layer as HTML; "" without demand."""
    share = found.range.share
    if share != share:
        return ""
    bars = [
        Bar(factor_name(factor, words), low, high, (words.share(low), words.share(high)))
        for factor, low, high in found.bars()
    ]
    marks = [
        Mark(factor_name(factor, words), value, words.share(value))
        for factor, value in found.references()
    ]
    name = words("sensitivity.column.range")
    svg = tornado_svg((share, words.share(share)), bars, marks, range_name=name)
    return image(svg, tornado_text(found, words), css_class="qh-curve")
