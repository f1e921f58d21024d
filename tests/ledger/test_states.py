"""Every pair of states: the moves of the contract are allowed, all others are refused."""

from __future__ import annotations

import itertools

import pytest

from ledger.errors import LedgerError
from ledger.states import NEED_REASON, STATES, check_move, moves_from

# Section 7 of the design, written out.
_WORKING = ("open", "assigned", "in_progress", "submitted", "accepted")
_ALLOWED = {
    ("open", "assigned"),
    ("assigned", "in_progress"),
    ("in_progress", "submitted"),
    ("submitted", "accepted"),
    ("submitted", "in_progress"),
    ("reopened", "assigned"),
    *((state, to) for state in _WORKING for to in ("deferred", "waived")),
}


@pytest.mark.parametrize("state, to", itertools.product(STATES, STATES))
def test_each_move(state: str, to: str) -> None:
    if (state, to) in _ALLOWED:
        check_move("1", state, to, reason="因为")
        assert to in moves_from(state)
        return
    with pytest.raises(LedgerError) as caught:
        check_move("1", state, to, reason="因为")
    codes = {"closed": "ledger_close_by_sign", "reopened": "ledger_reopen_by_verify"}
    assert caught.value.code == codes.get(to, "ledger_move")


@pytest.mark.parametrize("back, to", itertools.product(_WORKING, STATES))
def test_a_deferred_case_goes_back_to_where_it_was(back: str, to: str) -> None:
    if back == to:
        check_move("1", "deferred", to, back_to=back)
        return
    with pytest.raises(LedgerError):
        check_move("1", "deferred", to, back_to=back, reason="因为")


@pytest.mark.parametrize("to", NEED_REASON)
def test_a_reason_is_needed(to: str) -> None:
    with pytest.raises(LedgerError) as caught:
        check_move("1", "open", to, reason="  ")
    assert caught.value.code == "ledger_reason_missing"


def test_an_unknown_state() -> None:
    with pytest.raises(LedgerError) as caught:
        check_move("1", "open", "done")
    assert caught.value.code == "ledger_state_unknown" and "waived" in caught.value.params["known"]
