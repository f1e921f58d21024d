"""Cases by level: sums of what lies below a unit, and the rate of closed ones (问题整治完成率)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from geo.inputs.areas import parent_chain, parent_name
from ledger.states import CLOSED

__all__ = ["Tally", "roll_up", "tally_of"]


@dataclass
class Tally:
    """Numbers of the cases of a unit and of all units below it.

    Attributes
    ----------
    key : str
        Id of the unit, or chain of names of a parent; the text of the area for cases without a gap.
    name : str
    kind : str
        ``parent`` (it has units below it), ``unit``, or ``area`` (cases without a gap).
    cases, eligible, overdue, corrected : int
    by_state : dict of str to int
    """

    key: str = ""
    name: str = ""
    kind: str = "parent"
    cases: int = 0
    eligible: int = 0
    overdue: int = 0
    corrected: int = 0
    by_state: dict[str, int] = field(default_factory=dict)

    @property
    def closed(self) -> int:
        """Cases that were closed by a signature."""
        return self.by_state.get(CLOSED, 0)

    @property
    def completion(self) -> float:
        """问题整治完成率: closed ÷ all cases, waived ones among them; NaN without cases."""
        return self.closed / self.cases if self.cases else float("nan")


def tally_of(tallies: pd.DataFrame) -> Tally:
    """The numbers of all rows of `Store.tallies`."""
    found = Tally()
    for row in tallies.to_dict("records"):
        _count(found, row)
    return found


def roll_up(
    tallies: pd.DataFrame, units: pd.DataFrame | None = None, *, parent: str = ""
) -> list[Tally]:
    """The units right below a parent, each with the sums of what lies below it.

    Parameters
    ----------
    tallies : pd.DataFrame
        Of `Store.tallies`.
    units : pd.DataFrame, optional
        Of `Store.tallies` with ``units_in=parent``: the units right below the parent.
    parent : str
        Chain of names; "" for the topmost level, where cases without a gap stand by their area.
    """
    found: dict[tuple[str, str], Tally] = {}
    depth = len(parent_chain(parent)) if parent else 0
    rows = tallies.to_dict("records")
    rows += [] if units is None else units.assign(is_unit=True).to_dict("records")
    for row in rows:
        place = _below(row, parent, depth)
        if place is None:
            continue
        kind, key, name = place
        tally = found.setdefault((kind, key), Tally(key, name, kind))
        _count(tally, row)
    return list(found.values())


def _below(row: dict[Any, Any], parent: str, depth: int) -> tuple[str, str, str] | None:
    """Kind, key and name of the unit right below `parent` that holds this row."""
    if not row["layer"]:
        return ("area", row["area"], row["area"]) if depth == 0 else None
    chain = parent_chain(row["parents"]) if row["parents"] else []
    if row.get("is_unit", False):
        return "unit", row["unit_id"], _unit_name(row["area"], chain)
    if depth and (len(chain) < depth or chain[depth - 1] != parent):
        return None
    if len(chain) > depth:
        return "parent", chain[depth], parent_name(chain[depth])
    return None


def _unit_name(area: str, chain: list[str]) -> str:
    """The name of a unit: the area of its case without the parents, which it names, too."""
    above = [parent_name(part) for part in chain]
    words = area.split(" ")
    return " ".join(words[len(above) :]) if words[: len(above)] == above else area


def _count(tally: Tally, row: dict[Any, Any]) -> None:
    tally.cases += row["cases"]
    tally.eligible += row["eligible"]
    tally.overdue += row["overdue"]
    tally.corrected += row["corrected"]
    state = str(row["state"])
    tally.by_state[state] = tally.by_state.get(state, 0) + row["cases"]
