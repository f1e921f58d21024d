"""The ledger of a study: every change that people make to cases, each with its history entry.

On a server, `ledger.access` refuses what whoever acts may not do.
"""

from __future__ import annotations

import getpass
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from geo.base.checksums import digest
from geo.base.messages import one_line
from ledger.cases import Case, checked_values
from ledger.errors import ConflictError, LedgerError
from ledger.states import CLOSED, DEFERRED, OPEN, SIGNABLE, STATES, check_move
from ledger.store import Store

__all__ = ["Ledger", "checked_name", "login_name", "open_ledger"]

_LONGEST_NAME = 60


@contextmanager
def open_ledger(folder: Path, *, create: bool = True) -> Iterator[Ledger]:
    """The ledger of the study in `folder`, closed at the end.

    Parameters
    ----------
    create : bool
        Begin a ledger where there is none.

    Raises
    ------
    LedgerError, OutputError
        As in `ledger.database.Database`.
    """
    with Store(folder, create=create) as store:
        yield Ledger(store)


def checked_name(name: str) -> str:
    """The name of a person, on one line.

    Raises
    ------
    LedgerError
        ``ledger_name_missing``.
    """
    found = one_line(name, _LONGEST_NAME)
    if not found:
        raise LedgerError("ledger_name_missing")
    return found


def login_name() -> str:
    """Who uses this machine, where a command needs no signature."""
    try:
        return one_line(getpass.getuser(), _LONGEST_NAME) or "-"
    except (OSError, KeyError, ImportError):
        return "-"


class Ledger:
    """Cases, and what people may do with them.

    Every method that changes something is one transaction with its entry in the history.

    Attributes
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def add(self, fields: Mapping[str, str], *, by: str, state: str = OPEN, note: str = "") -> Case:
        """Enter a case by hand, without a gap.

        Parameters
        ----------
        state : str
            Where the work on it is, of an office's own ledger; never closed.
        note : str
            Why, for the history.

        Raises
        ------
        LedgerError
            A field is wrong (`checked_values`), or a case cannot begin in this state
            (``ledger_close_by_sign``, ``ledger_state_unknown``).
        """
        author, values = checked_name(by), checked_values(fields)
        if state not in STATES:
            raise LedgerError(
                "ledger_state_unknown", value=one_line(state), known=", ".join(STATES)
            )
        if state == CLOSED:
            raise LedgerError("ledger_close_by_sign", id="-")
        with self.store.writing():
            case = self.enter(values, {"state": state, "back_to": OPEN}, author=author, reason=note)
            return self.store.case(case)

    def enter(
        self,
        fields: Mapping[str, str],
        own: Mapping[str, Any],
        *,
        author: str,
        reason: str = "",
        points: Any = None,
        dated: bool = True,
    ) -> str:
        """Add a case within a transaction; it gets a number and (`dated`) a date without one."""
        today = date.today()
        fields = {name: value for name, value in fields.items() if value}
        if dated:
            fields.setdefault("found_on", today.isoformat())
        own = {"state": OPEN, **own}
        if own["state"] != DEFERRED:
            own["back_to"] = ""
        case = self.store.add_case({**own, **fields}, points)
        if not fields.get("number"):
            fields["number"] = f"{today.year}-{int(case):04d}"
            self.store.change_case(case, {"number": fields["number"]})
        self.store.append(
            {
                "action": "open",
                "author": author,
                "case": case,
                "version": 1,
                "reason": reason,
                "changes": {
                    name: ["", value] for name, value in {**fields, "state": own["state"]}.items()
                },
                **self.run_hashes(str(own.get("run", ""))),
                "layer": own.get("layer", ""),
                "unit_id": own.get("unit_id", ""),
                "analysis_id": own.get("analysis_id", ""),
                "points": 0 if points is None else len(points),
            }
        )
        return case

    def set_fields(
        self,
        case: str,
        fields: Mapping[str, str],
        *,
        by: str,
        reason: str = "",
        version: int | None = None,
    ) -> Case:
        """Change fields of a case.

        Parameters
        ----------
        version : int, optional
            The version that the author has seen; by default the present one.

        Raises
        ------
        LedgerError
            A field is wrong (`checked_values`), or the version never was (``ledger_version``).
        ConflictError
            The case has changed since `version`. The history keeps what was to be written.
        """
        author, values = checked_name(by), checked_values(fields, case=case)
        conflict: ConflictError | None = None
        with self.store.writing():
            old = self.store.case(case)
            if version is not None and not 1 <= version <= old.version:
                raise LedgerError("ledger_version", id=old.id, version=version, now=old.version)
            if old.layer and "shares" in values:
                raise LedgerError("ledger_field_fixed", id=old.id, field="shares", command="verify")
            if version is not None and version < old.version:
                conflict = self._conflict(old, values, version, author, reason)
            else:
                self.write(old, values, author=author, action="set", reason=reason)
            written = self.store.case(old.id)  # before somebody else writes
        if conflict is not None:
            raise conflict
        return written

    def move(
        self, case: str, to: str, *, by: str, reason: str = "", version: int | None = None
    ) -> Case:
        """Move a case to another state (`ledger.states`).

        Raises
        ------
        LedgerError
            The move is not allowed (`check_move`).
        ConflictError
            The case has changed since `version`.
        """
        author = checked_name(by)
        conflict: ConflictError | None = None
        with self.store.writing():
            old = self.store.case(case)
            if version is not None and version < old.version:
                conflict = self._conflict(old, {"state": to}, version, author, reason)
            else:
                check_move(old.id, old.state, to, back_to=old.back_to, reason=reason)
                own = {"back_to": old.state if to == DEFERRED else ""}
                self.write(old, {"state": to}, author=author, action="move", reason=reason, own=own)
            written = self.store.case(old.id)
        if conflict is not None:
            raise conflict
        return written

    def sign(self, case: str, *, by: str, inputs: str | None = None) -> Case:
        """Close an eligible case by a signature; nothing else closes one.

        Parameters
        ----------
        inputs : str, optional
            Hash of the study's inputs now (`ledger.evidence.parameters.inputs_hash`): a case whose
            evidence was computed from others must be verified again.

        Raises
        ------
        LedgerError
            ``ledger_not_eligible``, ``ledger_not_signable``, ``ledger_not_signer`` or
            ``ledger_evidence_old``.
        AccessError
            Whoever has signed in may not sign, or not under this name.
        """
        author = checked_name(by)
        with self.store.writing():
            old = self.store.case(case)
            self.store.access.demand_sign(old.unit_id)
            refusal = self.sign_refusal(old, by=author, inputs=inputs)
            if refusal is not None:
                raise refusal
            approval = f"{author} {date.today().isoformat()}"
            self.write(old, {"state": CLOSED, "approval": approval}, author=author, action="sign")
            return self.store.case(old.id)

    def sign_refusal(
        self, case: Case, *, by: str = "", inputs: str | None = None
    ) -> LedgerError | None:
        """Why a case cannot be signed now; None where it can be (see `sign`).

        Parameters
        ----------
        by : str
            Who would sign; nobody in particular without it.
        """
        signers = self.store.signers()
        if by and signers and by not in signers:
            return LedgerError("ledger_not_signer", id=case.id, name=by)
        if case.state not in SIGNABLE:
            return LedgerError("ledger_not_signable", id=case.id, state=case.state)
        if not case.eligible:
            return LedgerError("ledger_not_eligible", id=case.id)
        if inputs is not None and inputs != case.evidence:
            return LedgerError("ledger_evidence_old", id=case.id)
        return None

    def lock(self, period: str, parameters: str, *, by: str, inputs: str = "") -> None:
        """Lock the parameters of a reporting period.

        Parameters
        ----------
        inputs : str
            Hash of the inputs that are kept with it (`ledger.kept_inputs`).

        Raises
        ------
        LedgerError
            ``ledger_period_name`` or ``ledger_period_locked``.
        """
        name = one_line(period, _LONGEST_NAME)
        if not name:
            raise LedgerError("ledger_period_name")
        with self.store.writing():
            self.store.add_period(name, by, parameters)
            self.store.append(
                {
                    "action": "lock",
                    "author": by,
                    "period": name,
                    "parameters": digest(parameters),
                    "inputs": inputs,
                }
            )

    def grant_signature(self, name: str, *, by: str, may_sign: bool = True) -> None:
        """Register a person as a signer, or strike the name off.

        Once somebody is registered, only registered people sign.

        Raises
        ------
        LedgerError
            ``ledger_signer_unknown``: the name to strike off is not registered.
        """
        author, person = checked_name(by), checked_name(name)
        with self.store.writing():
            if not may_sign and person not in self.store.signers():
                raise LedgerError("ledger_signer_unknown", name=person)
            self.store.set_signer(person, may_sign)
            self.store.append(
                {"action": "grant", "author": author, "name": person, "sign": may_sign}
            )

    def note_field_check(
        self, layer: str, confirmed: Collection[str], rejected: Collection[str], *,
        by: str, source: str,
    ) -> None:  # fmt: skip
        """Keep the results of a field check of demand whose road was in doubt.

        Parameters
        ----------
        confirmed, rejected : collection of str
            Demand points that are gaps; demand points whose data are wrong: they become no case.
        source : str
            The file.
        """
        author = checked_name(by)
        entry = {"action": "field_check", "author": author, "layer": layer, "file": source}
        with self.store.writing():
            self.store.append(
                {**entry, "confirmed": sorted(confirmed), "rejected": sorted(rejected)}
            )

    # -- within a transaction --------------------------------------------------------------------

    def run_hashes(self, run: str, evidence: str = "") -> dict[str, str]:
        """The hashes of inputs and parameters that a case stands on."""
        found = self.store.run(run) if run else None
        if found is None:
            return {"inputs": evidence, "parameters": ""}
        return {
            "inputs": evidence or found["inputs"],
            "parameters": found["parameters_hash"],
        }

    def write(
        self,
        old: Case,
        values: Mapping[str, str],
        *,
        author: str,
        action: str,
        reason: str = "",
        own: Mapping[str, Any] | None = None,
    ) -> None:
        """Change columns of a case, with version and history, in a transaction."""
        version = old.version + 1
        self.store.change_case(old.id, {**values, **(own or {}), "version": version})
        self.store.append(
            {
                "action": action,
                "author": author,
                "case": old.id,
                "version": version,
                "reason": reason,
                "changes": {name: [old.value(name), value] for name, value in values.items()},
                **self.run_hashes(old.run, old.evidence),
            }
        )

    def _conflict(
        self, old: Case, mine: Mapping[str, str], version: int, author: str, reason: str
    ) -> ConflictError:
        """Keep a write on an old version in the history, and the base and theirs beside it."""
        later = self.store.history(old.id, after_version=version)
        base: dict[str, str] = {}
        for entry in reversed(later):
            base |= {name: change[0] for name, change in entry.get("changes", {}).items()}
        fields = {
            name: (base.get(name, old.value(name)), old.value(name), value)
            for name, value in mine.items()
        }
        self.store.change_case(old.id, {"had_conflict": True})
        self.store.append(
            {
                "action": "conflict",
                "author": author,
                "case": old.id,
                "on_version": version,
                "reason": reason,
                "conflict": {
                    name: {"base": one, "theirs": two, "mine": three}
                    for name, (one, two, three) in fields.items()
                },
            }
        )
        last = later[-1] if later else {"author": "-", "time": "-"}
        return ConflictError.between(
            old.id, old.version, fields,
            by=last["author"], time=last["time"], seen=version, now=old.version,
        )  # fmt: skip
