"""The cases, runs and periods in the database. No other module writes SQL about them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypedDict, Unpack

import pandas as pd

from geo.base.messages import one_line
from ledger.cases import PERSONAL, TEXT_FIELDS, Case
from ledger.database import Database
from ledger.errors import LedgerError

__all__ = ["CaseConditions", "Store"]

# In the order of the attributes of `Case`.
_OWN = (
    "version", "state", "eligible", "corrected", "had_conflict", "back_to", "layer", "unit_id",
    "parents", "cause", "run", "analysis_id", "uncovered", "share_before", "share_after",
    "evidence", "points",
)  # fmt: skip
_COLUMNS = (*_OWN, *TEXT_FIELDS)
_TRUTH = tuple(_OWN.index(name) for name in ("eligible", "corrected", "had_conflict"))
_NUMBERS = tuple(_OWN.index(name) for name in ("uncovered", "share_before", "share_after"))
_MISSING = float("nan")
_TREND = (
    "number", "made_at", "period", "run", "layer", "level", "unit_id", "unit_name",
    "share_by_time", "share_by_presence", "data_change", "real_change",
)  # fmt: skip
_RUN = ("made_at", "analysis_id", "layer", "inputs", "parameters", "parameters_hash", "sites")


_OVERDUE = "due GLOB '[0-9]*' AND due < ? AND state NOT IN ('closed', 'waived')"


class CaseConditions(TypedDict, total=False):
    """What cases must fulfil; None is no condition.

    Attributes
    ----------
    state, layer : str
    eligible, corrected, had_conflict : bool
    unit : str
        A unit, or the chain of names of a parent (``市/区``): then all units below it.
    area, service : str
        Exactly this text, of cases without a gap.
    overdue_on : date
        Only cases whose deadline has passed on this day.
    text : str
        Stands in number, area, service, problem or note.
    person : str
        Stands in lead, support, leader or contact.
    """

    state: str | None
    layer: str | None
    eligible: bool | None
    corrected: bool | None
    had_conflict: bool | None
    unit: str | None
    area: str | None
    service: str | None
    overdue_on: date | None
    text: str
    person: str


class Store(Database):
    """What the database holds, as cases and tables; for one thread."""

    def history(self, case: str = "", *, after_version: int | None = None) -> list[dict[str, Any]]:
        """The entries of a case (of all without one), the oldest first."""
        what = "SELECT entry FROM history"
        given: tuple[Any, ...] = ()
        self.access.demand_read(self._unit_of(case) if case else "")
        if case:
            what, given = what + " WHERE case_id = ?", (case,)
        with self._errors():
            texts = [row[0] for row in self._db.execute(what + " ORDER BY number", given)]
        found = [json.loads(text) for text in texts]
        if not self.access.shows_people(self._unit_of(case) if case else ""):
            found = [_entry_without_people(entry) for entry in found]
        if after_version is None:
            return found
        return [entry for entry in found if int(entry.get("version", 0)) > after_version]

    def study_history(self) -> list[dict[str, Any]]:
        """The entries that are about no single case: verifications, periods, imports."""
        self.access.demand_read("")
        with self._errors():
            rows = self._db.execute("SELECT entry FROM history WHERE case_id = '' ORDER BY number")
            return [json.loads(row[0]) for row in rows]

    def last_entry(self, action: str) -> dict[str, Any] | None:
        """The newest entry about no single case with this action."""
        with self._errors():
            row = self._db.execute(
                "SELECT entry FROM history WHERE case_id = '' "
                "AND json_extract(entry, '$.action') = ? ORDER BY number DESC LIMIT 1",
                (action,),
            ).fetchone()
        return None if row is None else json.loads(row[0])

    # -- cases ------------------------------------------------------------------------------------

    def add_case(
        self, values: Mapping[str, Any], points: Sequence[tuple[Any, ...]] | None = None
    ) -> str:
        """Insert a case, in a transaction; returns its id.

        Parameters
        ----------
        values : mapping
            Columns of `Case` and `TEXT_FIELDS`; the others have their defaults.
        points : sequence of tuple, optional
            demand_id, place, weight, lon, lat of each; what follows them is left out.
        """
        self.access.demand_write(str(values.get("unit_id", "")))
        values = {"version": 1, **values, "points": 0 if points is None else len(points)}
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        self._db.execute(f"INSERT INTO cases ({names}) VALUES ({marks})", tuple(values.values()))
        case = self._db.last_insert_rowid()
        if points is not None:
            self._db.executemany(
                "INSERT INTO case_points VALUES (?, ?, ?, ?, ?, ?)",
                ((case, *row[:5]) for row in points),
            )
        return str(case)

    def change_case(self, case: str, values: Mapping[str, Any]) -> None:
        """Change columns of a case, in a transaction."""
        self.access.check_change(self._unit_of, case)
        if "unit_id" in values:
            self.access.demand_write(str(values["unit_id"]))
        names = ", ".join(f"{name} = ?" for name in values)
        self._db.execute(f"UPDATE cases SET {names} WHERE id = ?", (*values.values(), int(case)))

    def case(self, case: str) -> Case:
        """One case, by its id or else by its number.

        Raises
        ------
        LedgerError
            ``ledger_case_unknown``.
        AccessError
            Whoever acts may not see the unit of the case.
        """
        found: list[Case] = []
        if case.isascii() and case.isdigit() and len(case) < 19:
            found = self._cases("WHERE id = ?", (int(case),))
        if not found:
            found = self._cases("WHERE number = ? LIMIT 2", (case,))
        if len(found) != 1 or not case:
            raise LedgerError("ledger_case_unknown", value=one_line(case))
        self.access.demand_read(found[0].unit_id)
        return found[0]

    def cases(
        self, *, limit: int | None = None, **conditions: Unpack[CaseConditions]
    ) -> list[Case]:
        """The cases that fulfil all conditions, by id; the first `limit` of them.

        Here and below, whoever acts sees the cases of the units that may be seen.
        """
        where, given = self._where(conditions)
        end = " ORDER BY id" if limit is None else f" ORDER BY id LIMIT {int(limit)}"
        return self._cases(where + end, given)

    def count(self, **conditions: Unpack[CaseConditions]) -> int:
        """How many cases fulfil all conditions."""
        where, given = self._where(conditions)
        with self._errors():
            row = self._db.execute(f"SELECT count(*) FROM cases {where}", given).fetchone()
        return int(row[0]) if row else 0

    def tallies(self, today: date, *, units_in: str | None = None) -> pd.DataFrame:
        """Numbers of cases by layer, service, parents and state.

        A province has 50,000 cases in as many places: single units are listed only right below one
        parent.

        Parameters
        ----------
        units_in : str, optional
            Only cases with a gap right below this parent (chain of names), by unit.

        Returns
        -------
        pd.DataFrame
            layer, service, parents, unit_id, area, state, cases, eligible, overdue, corrected.
            Without `units_in`, service and area are those of cases without a gap, else "", and
            unit_id is "".
        """
        given: list[str] = [today.isoformat()]
        seen, ids = self.access.condition()
        if units_in is None:
            where = f"WHERE {seen}"
            own = ("CASE layer WHEN '' THEN service ELSE '' END", "parents", "''",
                   "CASE layer WHEN '' THEN area ELSE '' END")  # fmt: skip
        else:
            where = f"WHERE {seen} AND layer <> '' AND parents = ?"
            own = ("''", "parents", "unit_id", "area")
        with self._errors():
            rows = self._db.execute(
                f"SELECT layer, {', '.join(own)}, state, count(*), sum(eligible), sum({_OVERDUE}), "
                f"sum(corrected) FROM cases {where} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY min(id)",
                (*given, *ids, *([] if units_in is None else [units_in])),
            ).fetchall()
        names = ("layer", "service", "parents", "unit_id", "area", "state")
        return pd.DataFrame(rows, columns=[*names, "cases", "eligible", "overdue", "corrected"])

    def _where(self, conditions: CaseConditions) -> tuple[str, tuple[Any, ...]]:
        where, given = _where(conditions)
        seen, ids = self.access.condition()
        return (f"{where} AND {seen}" if where else f"WHERE {seen}"), (*given, *ids)

    def _cases(self, condition: str, given: tuple[Any, ...]) -> list[Case]:
        with self._errors():
            rows = self._db.execute(
                f"SELECT id, {', '.join(_COLUMNS)} FROM cases {condition}", given
            )
            found = [_case(row) for row in rows]
        shown = self.access.shows_people
        return [case if shown(case.unit_id) else _without_people(case) for case in found]

    def points(self, case: str | None = None) -> pd.DataFrame:
        """The demand points of a case (of all without one): case_id, demand_id, place, …."""
        names = ["case_id", "demand_id", "place", "weight", "lon", "lat"]
        seen, given = self.access.condition()
        where, given = f"WHERE case_id IN (SELECT id FROM cases WHERE {seen})", (*given,)
        if case is not None:
            self.access.demand_read(self._unit_of(case))
            where, given = "WHERE case_id = ?", (str(int(case)),)
        with self._errors():
            rows = self._db.execute(
                f"SELECT {', '.join(names)} FROM case_points {where} ORDER BY case_id, demand_id",
                given,
            ).fetchall()
        return pd.DataFrame(rows, columns=names)

    def held_points(self, layer: str) -> set[str]:
        """The demand points of this layer that some case holds already."""
        with self._errors():
            rows = self._db.execute(
                "SELECT demand_id FROM case_points JOIN cases ON cases.id = case_id "
                "WHERE layer = ?",
                (layer,),
            )
            return {str(row[0]) for row in rows}

    # -- runs, periods, signers -------------------------------------------------------------------

    def keep_run(self, run: str, values: Mapping[str, str]) -> None:
        """Keep what a run was computed from (`_RUN`), in a transaction; a known one stays."""
        marks = ", ".join("?" * (1 + len(_RUN)))
        self._db.execute(
            f"INSERT OR IGNORE INTO runs (id, {', '.join(_RUN)}) VALUES ({marks})",
            (run, *(values[name] for name in _RUN)),
        )

    def run(self, run: str) -> dict[str, str] | None:
        """What a run was computed from: made_at, analysis_id, layer, inputs, parameters, …."""
        with self._errors():
            row = self._db.execute(
                f"SELECT {', '.join(_RUN)} FROM runs WHERE id = ?", (run,)
            ).fetchone()
        return None if row is None else dict(zip(_RUN, row, strict=True))

    def add_period(self, name: str, author: str, parameters: str) -> None:
        """Lock the parameters of a period, in a transaction.

        Raises
        ------
        LedgerError
            ``ledger_period_locked``.
        """
        known = self._db.execute("SELECT locked_at, locked_by FROM periods WHERE name = ?", (name,))
        for locked_at, locked_by in known:
            raise LedgerError("ledger_period_locked", period=name, time=locked_at, by=locked_by)
        moment = datetime.now().astimezone().isoformat(timespec="seconds")
        self._db.execute(
            "INSERT INTO periods (name, locked_at, locked_by, parameters) VALUES (?, ?, ?, ?)",
            (name, moment, author, parameters),
        )

    def period(self) -> tuple[str, str]:
        """Name and parameters of the period in force, the last one locked; empty without one."""
        with self._errors():
            rows = self._db.execute(
                "SELECT name, parameters FROM periods ORDER BY number DESC LIMIT 1"
            )
            return rows.fetchone() or ("", "")

    def periods(self) -> list[tuple[str, str, str]]:
        """Name, time and author of each locked period, the last one first."""
        with self._errors():
            rows = self._db.execute(
                "SELECT name, locked_at, locked_by FROM periods ORDER BY number DESC"
            )
            return [(str(name), str(at), str(by)) for name, at, by in rows]

    def add_trend(self, rows: pd.DataFrame) -> None:
        """Keep the shares of one verification (`_TREND`), in a transaction."""
        marks = ", ".join("?" * len(_TREND))
        values = rows[[*_TREND]].astype(object)
        values = values.where(values.notna(), None)
        self._db.executemany(
            f"INSERT INTO trend ({', '.join(_TREND)}) VALUES ({marks})",
            values.itertuples(index=False, name=None),
        )

    def trend(self, layer: str, unit: str | None = None, number: int | None = None) -> pd.DataFrame:
        """Shares of a layer at its verifications, the oldest first (`_TREND`).

        Parameters
        ----------
        unit : str, optional
            Only this unit; "" is the whole.
        number : int, optional
            Only this verification.
        """
        seen, ids = self.access.condition()
        where = f"WHERE {seen} AND layer = ?"
        given: list[str | int] = [*ids, layer]
        for name, value in (("unit_id", unit), ("number", number)):
            if value is not None:
                where += f" AND {name} = ?"
                given.append(value)
        with self._errors():
            rows = self._db.execute(
                f"SELECT {', '.join(_TREND)} FROM trend {where} ORDER BY number, unit_id", given
            ).fetchall()
        return pd.DataFrame(rows, columns=[*_TREND])

    def last_trend(self, layer: str) -> int:
        """The number of the layer's last verification with shares; 0 without one."""
        with self._errors():
            row = self._db.execute(
                "SELECT max(number) FROM trend WHERE layer = ? AND unit_id = ''", (layer,)
            ).fetchone()
        return int(row[0] or 0) if row else 0

    def signers(self) -> set[str]:
        """The people who are registered as signers."""
        with self._errors():
            return {str(row[0]) for row in self._db.execute("SELECT name FROM signers")}

    def set_signer(self, name: str, may_sign: bool) -> None:
        """Register a signer or strike one off, in a transaction."""
        if may_sign:
            self._db.execute("INSERT OR IGNORE INTO signers VALUES (?)", (name,))
        else:
            self._db.execute("DELETE FROM signers WHERE name = ?", (name,))


def _where(conditions: CaseConditions) -> tuple[str, tuple[Any, ...]]:
    found: list[str] = []
    given: list[Any] = []

    def add(condition: str, *values: Any) -> None:
        found.append(condition)
        given.extend(values)

    for name in ("state", "layer", "eligible", "corrected", "had_conflict"):
        value = conditions.get(name)
        if value is not None:
            add(f"{name} = ?", value)
    unit = conditions.get("unit")
    if unit is not None:
        below = unit + "/"
        add(
            "(unit_id = ? OR parents = ? OR substr(parents, 1, ?) = ?)",
            unit, unit, len(below), below,
        )  # fmt: skip
    for name in ("area", "service"):
        value = conditions.get(name)
        if value is not None:
            add(f"layer = '' AND {name} = ?", value)
    day = conditions.get("overdue_on")
    if day is not None:
        add(_OVERDUE, day.isoformat())
    for words, names in (
        (conditions.get("text"), ("number", "area", "service", "problem", "note")),
        (conditions.get("person"), ("lead", "support", "leader", "contact")),
    ):
        if words:
            add(f"({' OR '.join(f'instr({n}, ?) > 0' for n in names)})", *[words] * len(names))
    return ("WHERE " + " AND ".join(found) if found else ""), tuple(given)


def _case(row: tuple[Any, ...]) -> Case:
    """A row of `_COLUMNS`; by position, since a province's ledger has 50,000 of them."""
    own = list(row[1 : 1 + len(_OWN)])
    for at in _TRUTH:
        own[at] = own[at] == 1
    for at in _NUMBERS:
        own[at] = _MISSING if own[at] is None else own[at]
    fields = dict(zip(TEXT_FIELDS, row[1 + len(_OWN) :], strict=True))
    return Case(*[str(row[0]), *own, fields])


def _without_people(case: Case) -> Case:
    """A case without personal data."""
    return replace(case, fields={**case.fields, **dict.fromkeys(PERSONAL, "")})


def _entry_without_people(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of the history without personal data."""
    own = ("changes", "conflict")
    kept = {
        name: {field: value for field, value in entry[name].items() if field not in PERSONAL}
        for name in own
        if name in entry
    }
    return {**entry, **kept}
