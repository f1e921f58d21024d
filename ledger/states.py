"""The states of a case, and the only moves between them."""

from __future__ import annotations

from ledger.errors import LedgerError

__all__ = [
    "CLOSED", "DEFERRED", "MOVES", "NEED_REASON", "OPEN", "REOPENED", "SIGNABLE", "STATES",
    "WAIVED", "WORKING", "check_move", "moves_from",
]  # fmt: skip

OPEN, DEFERRED, WAIVED, CLOSED, REOPENED = "open", "deferred", "waived", "closed", "reopened"
# In the order of the work.
WORKING = (OPEN, "assigned", "in_progress", "submitted", "accepted")
STATES = (*WORKING, CLOSED, DEFERRED, WAIVED, REOPENED)
# Moves that a person makes; a deferred case goes back to where it was. Only `sign` closes a case,
# and only `verify` reopens one.
MOVES: dict[str, tuple[str, ...]] = {
    OPEN: ("assigned", DEFERRED, WAIVED),
    "assigned": ("in_progress", DEFERRED, WAIVED),
    "in_progress": ("submitted", DEFERRED, WAIVED),
    "submitted": ("accepted", "in_progress", DEFERRED, WAIVED),
    "accepted": (DEFERRED, WAIVED),
    REOPENED: ("assigned",),
    DEFERRED: (),
    CLOSED: (),
    WAIVED: (),
}
SIGNABLE = (*WORKING, REOPENED)
NEED_REASON = (DEFERRED, WAIVED)


def moves_from(state: str, back_to: str = "") -> tuple[str, ...]:
    """The states that a person can move a case to from `state`.

    Parameters
    ----------
    back_to : str
        Where a deferred case was before.
    """
    return (back_to,) if state == DEFERRED else MOVES[state]


def check_move(case: str, state: str, to: str, *, back_to: str = "", reason: str = "") -> None:
    """Refuse a move that is not one of the listed ones.

    Raises
    ------
    LedgerError
        ``ledger_state_unknown``, ``ledger_close_by_sign``, ``ledger_reopen_by_verify``,
        ``ledger_move`` or ``ledger_reason_missing``.
    """
    if to not in STATES:
        raise LedgerError("ledger_state_unknown", value=to, known=", ".join(STATES))
    if to == CLOSED:
        raise LedgerError("ledger_close_by_sign", id=case)
    if to == REOPENED:
        raise LedgerError("ledger_reopen_by_verify", id=case)
    allowed = moves_from(state, back_to)
    if to not in allowed:
        raise LedgerError(
            "ledger_move", id=case, state=state, to=to, allowed=", ".join(allowed) or "-"
        )
    if to in NEED_REASON and not reason.strip():
        raise LedgerError("ledger_reason_missing", id=case, to=to)
