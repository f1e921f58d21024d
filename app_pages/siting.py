"""Page: Siting 布点优化. Where new sites of a layer reach most people, with a proven bound."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.coverage_map.style import coverage_style
from app_pages.panel.site import site_panel
from app_pages.shell import frame, state
from app_pages.shell.html import head, notice, paragraph, plain, problems, show_html
from app_pages.siting_page import jobs
from app_pages.siting_page.accept import show_accept, show_accepted
from app_pages.siting_page.asked import Asked, candidates_of, computed_of, explorer_of
from app_pages.siting_page.form import form, read_address
from app_pages.siting_page.marks import clear_marks, close_site, closed_sites, reopen_site
from app_pages.siting_page.results import show_error, show_results
from app_pages.siting_page.scene import CHOSEN_SITE, show_map
from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from layers.words.catalogue import Words
from layers.words.phrases import layer_title

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.siting.candidates import Candidates

__all__: list[str] = []

_STYLE = (Path(__file__).parent / "siting_page" / "style.css").read_text("utf-8")


def show(analysis: Analysis, words: Words) -> None:
    """The whole page: the form above, the map on the left, the results beside it."""
    st.html(f"{coverage_style(words)}<style>{_STYLE}</style>")
    read_address(analysis)
    asked, now = form(analysis, words)
    if asked is not None and now:
        jobs.begin(asked)
    answer, job = None, None
    last = jobs.asked_last()
    is_changed = last is not None and last != asked
    if is_changed:
        jobs.withdraw()
    elif last is not None:
        job = jobs.running(last, computed_of(analysis.study))
        answer = job.result() if job.done else None
    layer = asked.layer if asked is not None else state.shown_layer(analysis)
    candidates, problem = _candidates(asked, analysis)
    left, right = st.columns([2, 1], gap="small")
    with left:
        show_map(analysis, layer, answer, candidates, words)
    with right, st.container(key="panel"):
        show_accepted(analysis, words)
        _chosen_site(analysis, layer, words)
        if asked is not None:
            _marked(asked, words)
        if job is not None and answer is None and last is not None:
            show_html(head(words("propose.running")))
            jobs.show_progress(last, job, words)
        elif answer is not None and last is not None:
            _show_answer(answer, last, analysis, words)
        elif problem is not None:
            show_html(problems(problem, words))
        else:
            _introduce(asked, is_changed, analysis, layer, words)


def _show_answer(answer: jobs.Answer, asked: Asked, analysis: Analysis, words: Words) -> None:
    if answer.error is not None:
        show_error(answer.error, answer.unreachable, analysis, words)
    elif answer.found is None:
        show_html(notice(words("app.cancelled")))
    else:
        show_results(answer, asked, analysis, words)
        if len(answer.found.table) or answer.found.changes:
            show_accept(answer, analysis, words)


def _introduce(
    asked: Asked | None, is_changed: bool, analysis: Analysis, layer: str, words: Words
) -> None:
    """What the page does, before anything is computed."""
    title = layer_title(analysis.study.layer(layer), words)
    if is_changed:
        show_html(notice(words("propose.changed")))
    if asked is None:
        show_html(notice(words("propose.file_missing")))
    show_html(
        paragraph(words("propose.intro", layer=title)),
        plain(words("propose.intro_map"), words("propose.intro_proof")),
    )


def _candidates(
    asked: Asked | None, analysis: Analysis
) -> tuple[Candidates | None, QuarterhourError | None]:
    """The candidates with their marks, or why there are none."""
    marking = st.session_state.get("siting_click", "look") != "look"
    if asked is None or not (marking or asked.must or asked.forbidden or asked.file):
        return None, None
    try:
        found = candidates_of(asked, explorer_of(analysis.study))
    except QuarterhourError as error:
        return None, error
    return found.marked(must=asked.must, forbidden=asked.forbidden), None


def _chosen_site(analysis: Analysis, layer: str, words: Words) -> None:
    """The existing site that was clicked: what closing it would lose, and the button for it."""
    site = st.session_state.get(CHOSEN_SITE, "")
    sites = analysis.sites
    if not site or not ((sites["layer"] == layer) & (sites["site_id"] == site)).any():
        return
    rule = analysis.study.layer(layer)
    lost = explorer_of(analysis.study).depends_on(layer, site)
    show_html(site_panel(analysis, rule, site, lost, words))
    if site in closed_sites(layer):
        st.button(
            words("trial.reopen"), key="propose_reopen", on_click=reopen_site, args=(layer, site)
        )
    else:
        st.button(
            words("propose.close"), key="propose_close", on_click=close_site, args=(layer, site)
        )


def _marked(asked: Asked, words: Words) -> None:
    """How many candidates and sites are marked, and a button that clears them."""
    counts = {"must": asked.must, "forbidden": asked.forbidden, "closed": asked.close}
    parts = [
        words(f"propose.marked_{kind}", count=words.number(len(ids)))
        for kind, ids in counts.items()
        if ids
    ]
    if not parts:
        return
    with st.container(key="marked", horizontal=True, vertical_alignment="center", gap="small"):
        show_html(plain(words("panel.and").join(parts)))
        st.button(words("propose.clear"), key="propose_clear", on_click=clear_marks)


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
