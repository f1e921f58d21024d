"""One case: what it is, what was computed for it, where it is, and what happened to it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages.ledger_page import session
from app_pages.ledger_page.case_edit import show_fields
from app_pages.ledger_page.case_list import marks_of
from app_pages.ledger_page.case_map import show_map
from app_pages.ledger_page.case_moves import show_moves
from app_pages.ledger_page.case_scenarios import show_scenarios
from app_pages.panel.row_links import go_to, place_query, unit_query
from app_pages.shell import state
from app_pages.shell.html import head, plain, sentence, show_html, text_table, title
from geo.base.errors import QuarterhourError
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.lines.ledger import field_name, history_lines, state_name
from layers.words.phrases import cause_name, layer_title
from ledger.cases import Case
from ledger.ledger import Ledger

__all__ = ["show_case"]


def show_case(case_id: str, ledger: Ledger, study: Study, words: Words) -> None:
    """The whole view of a case."""
    try:
        case = ledger.store.case(case_id)
    except QuarterhourError as error:
        show_html(session.error_html(error, words))
        st.button(words("cases.back"), key="case_back", on_click=session.close_case)
        return
    points = ledger.store.points(case.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(words("cases.back"), key="case_back", on_click=session.close_case)
        name = " · ".join(
            part for part in (case.fields["number"], case.fields["area"], case.fields["service"])
            if part
        )  # fmt: skip
        marks = marks_of(case, words)
        aside = " · ".join(part for part in (state_name(case.state, words), marks) if part)
        show_html(title(name, aside))
    left, right = st.columns([3, 2], gap="large")
    with left, st.container(key="case-left"):
        show_moves(case, ledger, study, words)
        show_fields(case, ledger, words)
    with right, st.container(key="case-right"):
        _show_evidence(case, study, words)
        if case.layer in {layer.key for layer in study.layers}:
            _show_links(case, points, study, words)
            show_map(case, points, words)
        show_html(head(words("cases.history")), plain(*_history(ledger, case, words)))


def _history(ledger: Ledger, case: Case, words: Words) -> list[str]:
    """The history, the newest first; what a new case held stands in its fields."""
    shown = []
    for entry in reversed(ledger.store.history(case.id)):
        time = str(entry["time"])[:16].replace("T", " ")
        changes = {} if entry["action"] == "open" else entry.get("changes", {})
        shown.append({**entry, "time": time, "changes": changes})
    return history_lines(shown, words)


def _show_evidence(case: Case, study: Study, words: Words) -> None:
    show_html(head(words("cases.evidence")))
    if not case.layer:
        show_html(plain(words("cases.no_evidence")))
        return
    known = {layer.key: layer for layer in study.layers}
    yes = {True: words("ledger.yes"), False: words("ledger.no")}
    shown = {
        "layer": layer_title(known[case.layer], words) if case.layer in known else case.layer,
        "cause": cause_name(case.cause, words, known.get(case.layer)),
        "points": words.number(case.points),
        "uncovered": words.number(case.uncovered),
        "shares": case.fields["shares"],
        "eligible": yes[case.eligible],
        "corrected": yes[case.corrected],
    }
    show_html(
        text_table([], [[sentence(field_name(name, words)), text] for name, text in shown.items()])
    )


def _show_links(case: Case, points: pd.DataFrame, study: Study, words: Words) -> None:
    """Ways to the place of the case, to its scenarios, and to a proposal for its layer."""
    with st.container(key="case-links", horizontal=True, gap="small"):
        if st.button(words("cases.on_map"), key="case_on_map"):
            place = points.iloc[0] if len(points) else None
            if case.unit_id or place is None:
                query = unit_query(case.unit_id)
            else:
                query = place_query(float(place["lon"]), float(place["lat"]))
            go_to(f"layer={case.layer}&{query}")
            st.switch_page("app_pages/coverage.py")
        if st.button(words("cases.propose"), key="case_propose"):
            state.show_layer(study, case.layer)
            st.switch_page("app_pages/siting.py")
        show_scenarios(case, points, study, words)
