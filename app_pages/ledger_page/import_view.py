"""The import of an office's own ledger: the file, its columns and words, what it brings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ledger_page import session
from app_pages.rights.buttons import guarded_button
from app_pages.rights.upload_limit import copy_upload, file_uploader, shown_name
from app_pages.shell import state
from app_pages.shell.html import head, notice, plain, sentence, show_html, status, text_table
from app_pages.shell.study_jobs import study_job
from geo.base.errors import QuarterhourError, StudyError
from geo.base.scratch import ScratchFolder
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.lines.ledger import field_name, imported_lines, state_name
from ledger.cases import FIELDS
from ledger.ledger import Ledger
from ledger.office_list.column_map import ColumnMap
from ledger.office_list.words import folded
from ledger.states import STATES

if TYPE_CHECKING:
    from ledger.office_list.read import Listed

__all__ = ["show_field_check", "show_import"]

_CHECK_TURN = "case-check-turn"
_TURN, _KEPT = "case-import-turn", "case-import-file"
_SHOWN_ROWS = 5
_MOST_MB = 100
_SHOWN = ("number", "area", "service", "problem", "state")
_MOST_LINES = 40


def show_import(words: Words) -> None:
    """Choose a file, check how it is read, take it in."""
    show_html(head(words("cases.import")), plain(words("cases.import_note")))
    turn = st.session_state.get(_TURN, 0)
    key = f"case-import-{turn}"
    file_uploader(
        words("cases.import_file"), key=key, most_mb=_MOST_MB, on_change=_take, args=(key,)
    )
    kept: tuple[ScratchFolder, Path, str] | StudyError | None = st.session_state.get(_KEPT)
    if kept is None:
        return
    if isinstance(kept, StudyError):
        show_html(session.error_html(kept, words))
        return
    _, path, name = kept
    try:
        first = _read(path, ColumnMap())
        mapped = _mapping(first, turn, words)
        listed = _read(path, mapped)
        mapped = _state_words(listed, mapped, turn, words)
        listed = _read(path, mapped)
    except QuarterhourError as error:
        show_html(session.error_html(error, words))
        return
    if not listed.has_table:
        show_html(notice(words("cases.import_no_list")))
        return
    _show_rows(listed, words)
    guarded_button(
        words("cases.import_take", count=words.number(len(listed.rows))),
        words=words, key="cases_import",
        type="primary", on_click=_import, args=(path, name, mapped, turn, words),
    )  # fmt: skip


def _take(key: str) -> None:
    given = st.session_state.get(key)
    st.session_state.pop(_KEPT, None)
    if given is None:
        return
    folder = ScratchFolder("quarterhour-list-")
    path = Path(folder.name) / "list.xlsx"
    try:
        copy_upload(given, path)
    except StudyError as error:
        st.session_state[_KEPT] = error
        return
    st.session_state[_KEPT] = (folder, path, shown_name(given.name))


def _read(path: Path, mapped: ColumnMap) -> Listed:
    """Read once for each map: every use of a widget reruns the page."""
    from ledger.office_list.read import preview_list

    known: dict[str, Listed] = st.session_state.setdefault("case-import-read", {})
    name = f"{path}{sorted(mapped.columns.items())}{sorted(mapped.states.items())}"
    if name not in known:
        if len(known) > 20:
            known.clear()
        known[name] = preview_list(path, mapped)
    return known[name]


def _mapping(first: Listed, turn: int, words: Words) -> ColumnMap:
    """The field of each column; what the headers say is chosen already."""
    options = ["", *FIELDS]
    columns = {}
    with st.expander(words("cases.import_columns"), expanded=not first.has_table):
        for at, (header, field) in enumerate(first.headers.items()):
            chosen = st.selectbox(
                header,
                options,
                index=options.index(field),
                format_func=lambda name: (
                    sentence(field_name(name, words)) if name else words("cases.import_leave")
                ),
                key=f"case-column-{turn}-{at}",
            )
            if chosen != field:
                columns[folded(header)] = str(chosen)
    return ColumnMap(columns)


def _state_words(listed: Listed, mapped: ColumnMap, turn: int, words: Words) -> ColumnMap:
    """The state that each word means which is not understood."""
    unknown = list(dict.fromkeys(value for _, _, name, value in listed.doubts if name == "state"))
    states = {}
    for at, text in enumerate(unknown[:_MOST_LINES]):
        chosen = st.selectbox(
            words("cases.import_state", word=text),
            ["", *STATES],
            format_func=lambda name: (
                state_name(name, words) if name else words("cases.import_keep_text")
            ),
            key=f"case-word-{turn}-{at}",
        )
        if chosen:
            states[folded(text)] = str(chosen)
    return ColumnMap(mapped.columns, states)


def _show_rows(listed: Listed, words: Words) -> None:
    rows = [
        [state_name(one.get(name, ""), words) if name == "state" else one.get(name, "")[:40]
         for name in _SHOWN]
        for one in listed.rows[:_SHOWN_ROWS]
    ]  # fmt: skip
    headers = [sentence(field_name(name, words)) for name in _SHOWN]
    counts = words(
        "cases.import_counts", rows=words.number(listed.rows_in),
        cases=words.number(len(listed.rows)), left_out=words.number(len(listed.left_out)),
        doubts=words.number(len(listed.doubts)),
    )  # fmt: skip
    show_html(text_table(headers, rows), plain(counts))


def _import(path: Path, name: str, mapped: ColumnMap, turn: int, words: Words) -> None:
    from ledger.office_list.read import read_list
    from ledger.office_list.take_in import import_cases

    try:
        listed = read_list(path, mapped)
        with session.opened(create=True) as ledger:
            found = import_cases(
                ledger, listed, by=session.acting(), source=name,
                closed_note=lambda state: words("ledger.import.state_note", state=state),
            )  # fmt: skip
    except QuarterhourError as error:
        session.say(session.error_html(error, words))
        return
    lines = imported_lines(listed, found, words)
    st.session_state[_TURN] = turn + 1
    for key in (_KEPT, "case-import-read"):
        st.session_state.pop(key, None)
    session.say(status(lines[-1], good=True) + plain(*lines[:-1][:_MOST_LINES]))


# -- the field check ------------------------------------------------------------------------------


def show_field_check(study: Study, words: Words) -> None:
    """The list of gaps that comes back with the results of the field check."""
    show_html(head(words("cases.check")), plain(words("cases.check_note")))
    turn = st.session_state.get(_CHECK_TURN, 0)
    key = f"case-check-{turn}"
    file_uploader(words("cases.check_file"), key=key, most_mb=_MOST_MB)
    if st.session_state.get(key) is not None:
        guarded_button(
            words("cases.check_take"), words=words, key="cases_check", type="primary",
            on_click=_take_check, args=(study, turn, words),
        )  # fmt: skip


def _take_check(study: Study, turn: int, words: Words) -> None:
    from layers.export.field_check import checked_points, field_check_lines, read_field_check
    from layers.words.lines.ledger import gap_texts
    from ledger.evidence.open_cases import open_cases

    given = st.session_state[f"case-check-{turn}"]
    explorer = study_job(str(state.study_folder()), state.analysis_key(study)).result().explorer
    texts, by = gap_texts(study, words), session.acting()
    lines: list[str] = []

    def taken(ledger: Ledger) -> str:
        with ScratchFolder("quarterhour-check-") as place:
            path = Path(place) / "gaps.xlsx"
            copy_upload(given, path)
            found = read_field_check(path)
        lines.extend(field_check_lines(found, words))
        count = held = 0
        for layer in study.layers:
            confirmed, rejected = checked_points(found, layer.key)
            opened = open_cases(
                ledger, explorer, layer.key, texts, by=by, confirmed=confirmed, only_confirmed=True
            )
            count, held = count + len(opened.cases), held + opened.held
            ledger.note_field_check(
                layer.key, confirmed, rejected, by=by, source=shown_name(given.name)
            )
        return words(
            "cases.check_taken", count=words.number(count), held=words.number(held),
            results=" ".join(lines),
        )  # fmt: skip

    if session.act(words, taken, create=True):
        st.session_state[_CHECK_TURN] = turn + 1
