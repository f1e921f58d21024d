"""Files of the ledger: exported lists, periods, backup and restore, the check of the history."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from app_pages.ledger_page import session
from app_pages.ledger_page.import_view import show_field_check, show_import
from app_pages.rights.buttons import guarded_button
from app_pages.rights.on_download import on_download
from app_pages.rights.upload_limit import copy_upload, file_uploader
from app_pages.shell import state
from app_pages.shell.html import head, plain, show_html, status, text_table
from geo.base.errors import QuarterhourError
from geo.base.scratch import ScratchFolder
from geo.study.model import Study
from layers.ledger_forms.three_lists import lists_workbook
from layers.words.catalogue import Words
from ledger.ledger import Ledger, checked_name
from ledger.office_list.kinds import KINDS, choose_kinds, chosen_kinds
from ledger.restore import restore_ledger

__all__ = ["show_files"]

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def show_files(ledger: Ledger, study: Study, words: Words) -> None:
    """Everything that goes in and out, in two columns."""
    left, right = st.columns(2, gap="large")
    with left:
        _show_export(ledger, study, words)
        show_import(words)
        show_field_check(study, words)
    with right:
        _show_periods(ledger, study, words)
        _show_signers(ledger, words)
        _show_kinds(ledger, words)
        _show_backup(ledger, words)
        _show_history(ledger, words)


def _show_export(ledger: Ledger, study: Study, words: Words) -> None:
    show_html(head(words("cases.export")))
    name = words("ledger.sheet.title")

    def made(public: bool) -> bytes:
        with session.opened() as opened:
            cases, head_hash = opened.store.cases(), opened.store.head()
        return lists_workbook(cases, study, words, head=head_hash, public=public)

    with st.container(horizontal=True, gap="small"):
        st.download_button(
            words("cases.export_lists"), data=lambda: made(False), mime=_XLSX,
            file_name=f"{name}-{date.today()}.xlsx", key="cases_export", on_click=on_download(),
        )  # fmt: skip
        st.download_button(
            words("cases.export_public"), data=lambda: made(True), mime=_XLSX,
            file_name=f"{name}-{date.today()}-{words('cases.public')}.xlsx",
            key="cases_export_public", on_click=on_download(),
        )  # fmt: skip
    show_html(plain(words("cases.export_note")))


def _show_periods(ledger: Ledger, study: Study, words: Words) -> None:
    show_html(head(words("cases.periods")), plain(words("cases.periods_note")))
    known = ledger.store.periods()
    if known:
        rows = [[name, at[:16].replace("T", " "), by] for name, at, by in known]
        headers = [words("cases.period"), words("cases.locked_at"), words("cases.acting")]
        show_html(text_table(headers, rows, highlighted=0))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(
            words("cases.period"), key="case-period", max_chars=60, width=220,
            placeholder=words("cases.period_hint"),
        )  # fmt: skip
        guarded_button(
            words("cases.lock"), words=words, key="cases_lock", on_click=_lock, args=(study, words)
        )


def _lock(study: Study, words: Words) -> None:
    from ledger.evidence.parameters import locked_parameters, parameters_text
    from ledger.kept_inputs import keep_inputs

    period = str(st.session_state.get("case-period") or "")

    def locked(ledger: Ledger) -> str:
        parameters = parameters_text(locked_parameters(study))
        by = checked_name(session.acting())
        ledger.lock(period, parameters, by=by, inputs=keep_inputs(study))
        return words("cli.ledger.locked", period=period.strip())

    session.act(words, locked)


def _show_signers(ledger: Ledger, words: Words) -> None:
    """Who may sign; everybody while nobody is registered."""
    known = sorted(ledger.store.signers())
    text = words("lead.places_join").join(known) if known else words("cli.ledger.no_signers")
    show_html(head(words("cases.signers")), plain(text, words("cases.signers_note")))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(words("cases.signer"), key="case-signer", max_chars=60, width=220)
        for name, may_sign in (("signer_add", True), ("signer_remove", False)):
            guarded_button(
                words(f"cases.{name}"), words=words, key=f"cases_{name}", on_click=_set_signer,
                args=(may_sign, words),
            )  # fmt: skip


def _set_signer(may_sign: bool, words: Words) -> None:
    name = str(st.session_state.get("case-signer") or "")

    def registered(ledger: Ledger) -> str:
        ledger.grant_signature(name, by=checked_name(session.acting()), may_sign=may_sign)
        return words("cases.signer_done" if may_sign else "cases.signer_removed", name=name.strip())

    session.act(words, registered)


def _show_kinds(ledger: Ledger, words: Words) -> None:
    """Which kinds of remedy the form of a case offers."""
    show_html(head(words("cases.kinds")))
    names = {
        name: words("lead.places_join").join(words(f"cases.kind.{code}") for code in codes)
        for name, codes in KINDS.items()
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox(
            words("cases.kinds_choice"), list(names), format_func=names.__getitem__,
            index=list(names).index(chosen_kinds(ledger)), key="case-kinds", width=380,
        )  # fmt: skip
        guarded_button(
            words("cases.kinds_set"), words=words, key="cases_kinds", on_click=_set_kinds,
            args=(words,),
        )  # fmt: skip


def _set_kinds(words: Words) -> None:
    name = str(st.session_state.get("case-kinds") or "")

    def chosen(ledger: Ledger) -> str:
        choose_kinds(ledger, name, by=session.acting())
        return words("cases.kinds_done")

    session.act(words, chosen)


def _show_backup(ledger: Ledger, words: Words) -> None:
    show_html(head(words("cases.backup")))

    def copied() -> bytes:
        with session.opened() as opened, ScratchFolder("quarterhour-ledger-") as place:
            opened.store.copy_to(Path(place) / "ledger.db")
            return (Path(place) / "ledger.db").read_bytes()

    st.download_button(
        words("cases.backup_make"), data=copied, mime="application/octet-stream",
        file_name=f"ledger-{date.today()}.db", key="cases_backup", on_click=on_download(),
    )  # fmt: skip
    show_restore(words)


def show_restore(words: Words) -> None:
    """Bring the ledger back from a backup."""
    turn = st.session_state.get("case-restore-turn", 0)
    file_uploader(words("cases.restore_file"), key=f"case-restore-{turn}", most_mb=1_024)
    if st.session_state.get(f"case-restore-{turn}") is not None:
        show_html(plain(words("cases.restore_note")))
        guarded_button(
            words("cases.restore"),
            words=words,
            key="cases_restore",
            on_click=_restore,
            args=(turn, words),
        )


def _restore(turn: int, words: Words) -> None:
    given = st.session_state[f"case-restore-{turn}"]
    try:
        by = checked_name(session.acting())
        with ScratchFolder("quarterhour-ledger-") as place:
            path = Path(place) / "backup.db"
            copy_upload(given, path)
            restore_ledger(state.study_folder(), path, by=by)
    except QuarterhourError as error:
        session.say(session.error_html(error, words))
        return
    st.session_state["case-restore-turn"] = turn + 1
    session.say(status(words("cases.restored"), good=True))


def _show_history(ledger: Ledger, words: Words) -> None:
    show_html(head(words("cases.chain")), plain(words("cases.chain_note")))
    if not st.button(words("cases.chain_check"), key="cases_chain"):
        return
    found = ledger.store.check_chain()
    if found.broken is None:
        text = words("cli.ledger.chain", entries=words.number(found.entries), head=found.head)
        show_html(status(text, good=True))
    else:
        file = str(ledger.store.path)
        show_html(status(words("error.ledger_chain_broken", number=found.broken, file=file)))
