"""What can be done with a case: the moves from its state, the signature, the closing form."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app_pages.ledger_page import session
from app_pages.ledger_page.case_edit import follow_version
from app_pages.ledger_page.session import error_lines
from app_pages.rights.buttons import guarded_button
from app_pages.rights.on_download import on_download
from app_pages.shell import state, study_jobs
from app_pages.shell.html import head, notice, show_html
from geo.base.errors import QuarterhourError
from geo.study.load import load_study
from geo.study.model import Study
from layers.ledger_forms.closing_form import closing_form
from layers.words.catalogue import Words
from layers.words.lines.ledger import state_name
from ledger.cases import Case
from ledger.ledger import Ledger
from ledger.states import NEED_REASON, SIGNABLE, moves_from

__all__ = ["show_moves"]

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def show_moves(case: Case, ledger: Ledger, study: Study, words: Words) -> None:
    """The possible moves, the signature and the form."""
    show_html(head(words("cases.handle")))
    moves = moves_from(case.state, case.back_to)
    key = f"case-move-reason-{case.id}-{case.version}"
    if moves:
        reasoned = any(to in NEED_REASON for to in moves)
        label = words("cases.reason" if reasoned else "cases.reason_optional")
        st.text_input(label, key=key, max_chars=500)
    refusal = None
    with st.container(key="case-actions", horizontal=True, gap="small"):
        for to in moves:
            guarded_button(
                words("cases.move_to", state=state_name(to, words)),
                words=words, unit=case.unit_id, key=f"case_move_{to}",
                on_click=_move, args=(case, to, key, words),
            )  # fmt: skip
        if case.state in SIGNABLE:
            inputs = session.inputs_now(str(study.folder), state.analysis_key(study))
            refusal = ledger.sign_refusal(case, by=session.acting(), inputs=inputs)
            st.button(
                words("cases.sign"), key="case_sign", type="primary", disabled=refusal is not None,
                help=words("cases.sign_help"), on_click=_sign, args=(case, words),
            )  # fmt: skip
        st.download_button(
            words("cases.form"),
            data=_form_of(case, ledger, study, words),
            file_name=f"{words('ledger.form.title')}-{case.fields['number'] or case.id}.docx",
            mime=_DOCX,
            key="case_form",
            on_click=on_download(),
        )
    if refusal is not None:
        show_html(notice("".join(error_lines(refusal, words))))


def _form_of(case: Case, ledger: Ledger, study: Study, words: Words) -> Callable[[], bytes]:
    """What makes the form when it is asked for: with maps, once the study is computed."""
    points, run = ledger.store.points(case.id), ledger.store.run(case.run) or {}
    head_hash = ledger.store.head()
    job = study_jobs.study_job(str(study.folder), state.analysis_key(study))

    def made() -> bytes:
        from layers.ledger_forms.case_maps import case_maps  # loads what draws

        maps = None
        if job.done:
            try:
                analysis = job.result().analysis
                maps = case_maps(case, points, run.get("sites", ""), analysis, words)
            except QuarterhourError:  # the page says why; the form is needed all the same
                maps = None
        return closing_form(case, study, words, head=head_hash, maps=maps)

    return made


def _move(case: Case, to: str, key: str, words: Words) -> None:
    reason = str(st.session_state.get(key) or "")

    def moved(ledger: Ledger) -> str:
        found = ledger.move(case.id, to, by=session.acting(), reason=reason, version=case.version)
        follow_version(found)
        return words("cases.moved", state=state_name(found.state, words))

    session.act(words, moved)


def _sign(case: Case, words: Words) -> None:
    def signed(ledger: Ledger) -> str:
        from ledger.evidence.parameters import inputs_hash

        # The files as they are at this moment, not as they were when the page was shown.
        inputs = inputs_hash(load_study(state.study_folder()))
        found = ledger.sign(case.id, by=session.acting(), inputs=inputs)
        follow_version(found)
        return words("cases.signed", name=session.acting())

    session.act(words, signed)
