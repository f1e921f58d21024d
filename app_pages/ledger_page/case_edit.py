"""The fields of a case: the form, and what to do where somebody else has changed them meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from app_pages.ledger_page import session
from app_pages.rights.buttons import why_not
from app_pages.shell.html import head, notice, plain, sentence, show_html, status, text_table
from geo.base.errors import QuarterhourError
from layers.words.catalogue import Words
from layers.words.lines.ledger import field_name
from ledger.cases import FIELDS, TEXT_FIELDS, Case
from ledger.errors import ConflictError
from ledger.ledger import Ledger
from ledger.office_list.kinds import KINDS, chosen_kinds

__all__ = ["follow_version", "show_fields"]

_LONG = ("problem", "target", "measures", "progress", "site_check", "notice", "acceptance", "note")
# The case as this session has seen it: a save is checked against it.
_SEEN, _TURN, _CONFLICT = "case_seen", "case_turn", "case_conflict"
_SIDES = ("theirs", "mine")


@dataclass(frozen=True)
class _Conflict:
    """A write that met another one."""

    case: str
    version: int
    by: str
    time: str
    fields: dict[str, tuple[str, str, str]]


def show_fields(case: Case, ledger: Ledger, words: Words) -> None:
    """The form with the fields of a case, or its conflict."""
    show_html(head(words("cases.fields")))
    conflict: _Conflict | None = st.session_state.get(_CONFLICT)
    if conflict is not None and conflict.case == case.id:
        _show_conflict(conflict, words)
        return
    seen = _seen(case)
    if seen.version < case.version:
        _show_newer(case, seen, ledger, words)
    kinds = KINDS[chosen_kinds(ledger)]
    with st.form(f"case-form-{case.id}", border=False):
        for names in _rows(case):
            columns = st.columns(len(names))
            for column, name in zip(columns, names, strict=True):
                with column:
                    _field(name, seen, kinds, words)
        st.text_input(words("cases.reason_optional"), key=_key("reason", case.id), max_chars=500)
        why = why_not(words, unit=case.unit_id)
        st.form_submit_button(
            words("cases.save"),
            key="case_save",
            type="primary",
            help=why or None,
            disabled=bool(why),
            on_click=_save,
            args=(case.id, words),
        )


def _seen(case: Case) -> Case:
    seen: Case | None = st.session_state.get(_SEEN)
    if seen is None or seen.id != case.id:
        seen = case
        st.session_state[_SEEN] = case
        _clear()
    return seen


def _clear() -> None:
    """Give the form new widgets, which show the case as it is."""
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1


def follow_version(case: Case) -> None:
    """After this session's own move or signature: what was typed stays, on the new version."""
    seen: Case | None = st.session_state.get(_SEEN)
    if seen is not None and seen.id == case.id and seen.version == case.version - 1:
        st.session_state[_SEEN] = case


def _rows(case: Case) -> list[tuple[str, ...]]:
    """The editable fields, short ones two in a row, in the order of an office's ledger."""
    fixed = {"state", "approval"} | ({"shares"} if case.layer else set())
    found: list[tuple[str, ...]] = []
    waiting: tuple[str, ...] = ()
    for name in (name for name in FIELDS if name not in fixed):
        if name in _LONG:
            found.append((name,))
        elif waiting:
            found.append((*waiting, name))
            waiting = ()
        else:
            waiting = (name,)
    return [*found, waiting] if waiting else found


def _label(name: str, words: Words) -> str:
    return sentence(field_name(name, words))


def _key(name: str, case: str) -> str:
    return f"case-{name}-{case}-{st.session_state.get(_TURN, 0)}"


def _field(name: str, seen: Case, kinds: Sequence[str], words: Words) -> None:
    label, key, value = _label(name, words), _key(name, seen.id), seen.fields[name]
    hints = {"due": words("cases.date_hint"), "found_on": words("cases.date_hint")}
    if name == "kind":
        usual = [words(f"cases.kind.{code}") for code in kinds]
        options = list(dict.fromkeys(["", value, *usual]))
        # What an office has written itself stays, and other words can be typed.
        st.selectbox(
            label, options, index=options.index(value), key=key, accept_new_options=True,
            format_func=lambda text: text or words("data.none"),
        )  # fmt: skip
    elif name in _LONG:
        height = 68 if len(value) < 120 else 120
        st.text_area(label, value=value, key=key, height=height, max_chars=10_000)
    else:
        st.text_input(label, value=value, key=key, placeholder=hints.get(name), max_chars=10_000)


def _show_newer(case: Case, seen: Case, ledger: Ledger, words: Words) -> None:
    later = ledger.store.history(case.id, after_version=seen.version)
    last: dict[str, Any] = later[-1] if later else {"author": "-", "time": "-"}
    text = words("cases.newer", by=last["author"], time=last["time"][:16].replace("T", " "),
                 version=case.version, seen=seen.version)  # fmt: skip
    show_html(notice(text))
    st.button(words("cases.load_newest"), key="case_reload", on_click=_reload)


def _reload() -> None:
    st.session_state.pop(_SEEN, None)
    st.session_state.pop(_CONFLICT, None)


def _save(case: str, words: Words) -> None:
    seen: Case = st.session_state[_SEEN]
    given = {
        name: str(st.session_state[key] or "")
        for name in TEXT_FIELDS
        if (key := _key(name, case)) in st.session_state
    }
    # A browser sends line ends of its own.
    mine = {n: v for n, v in given.items() if v.replace("\r\n", "\n").strip() != seen.fields[n]}
    if not mine:
        session.say(notice(words("cases.unchanged")))
        return
    reason = str(st.session_state.get(_key("reason", case)) or "")
    _write(case, mine, seen.version, reason, words)


def _write(case: str, mine: dict[str, str], version: int, reason: str, words: Words) -> None:
    try:
        with session.opened() as ledger:
            found = ledger.set_fields(
                case, mine, by=session.acting(), reason=reason, version=version
            )
    except ConflictError as error:
        st.session_state[_CONFLICT] = _Conflict(
            error.case, error.version, str(error.params["by"]), str(error.params["time"]),
            dict(error.fields),
        )  # fmt: skip
        return
    except QuarterhourError as error:
        session.say(session.error_html(error, words))
        return
    _reload()
    session.say(status(words("cases.saved", version=found.version), good=True))


# -- a conflict ---------------------------------------------------------------------------------


def _show_conflict(conflict: _Conflict, words: Words) -> None:
    """Base, theirs and mine of each field, and a choice where the two differ."""
    time = conflict.time[:16].replace("T", " ")
    show_html(
        notice(words("cases.conflict", by=conflict.by, time=time)),
        text_table(
            [words("cases.conflict_field"), words("cases.conflict_base"),
             words("cases.conflict_theirs"), words("cases.conflict_mine")],
            [[_label(name, words), *sides] for name, sides in conflict.fields.items()],
        ),
        plain(words("cases.conflict_kept")),
    )  # fmt: skip
    for name, (base, theirs, mine) in conflict.fields.items():
        if base != theirs and theirs != mine:
            st.radio(
                _label(name, words),
                _SIDES,
                format_func=lambda side: words(f"cases.take_{side}"),
                key=f"case-side-{name}-{conflict.case}-{conflict.version}",
                horizontal=True,
            )
    with st.container(horizontal=True, gap="small"):
        st.button(
            words("cases.conflict_write"), key="case_resolve", type="primary",
            on_click=_resolve, args=(conflict, words),
        )  # fmt: skip
        st.button(words("cases.conflict_leave"), key="case_leave", on_click=_reload)


def _resolve(conflict: _Conflict, words: Words) -> None:
    chosen = {}
    for name, (base, theirs, mine) in conflict.fields.items():
        side = st.session_state.get(f"case-side-{name}-{conflict.case}-{conflict.version}")
        if theirs != mine and (base == theirs or side == "mine"):
            chosen[name] = mine
    if not chosen:
        _reload()
        session.say(notice(words("cases.unchanged")))
        return
    st.session_state.pop(_CONFLICT, None)
    _write(conflict.case, chosen, conflict.version, "", words)
