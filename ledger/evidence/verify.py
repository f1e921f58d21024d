"""Evidence: recomputes the coverage of every case, marks what is eligible, reopens what came back.

A case is eligible when all its demand is covered under the locked parameters of the period (else
those of its opening), and corrected data alone have not done it. What corrected data do is told by
the middle state of a comparison (`geo.scenarios.compare`): the sites of the opening on the data of
now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from geo.base.checksums import digest
from geo.base.progress import Progress
from geo.questions.explorer import Explorer
from ledger.cases import Case
from ledger.errors import LedgerError
from ledger.evidence.coverage import (
    explorer_with,
    places_of,
    point_coverage,
    points_of,
    with_sites,
)
from ledger.evidence.parameters import inputs_hash
from ledger.evidence.runs import run_of
from ledger.evidence.trend import layer_trend
from ledger.ledger import Ledger
from ledger.states import CLOSED, REOPENED, WAIVED
from ledger.store import Store

__all__ = ["Verified", "verify"]


@dataclass(frozen=True)
class Verified:
    """What `verify` found, as ids of cases.

    Attributes
    ----------
    checked : int
    eligible, fell_back, reopened, corrected : list of str
        Became eligible; lost the mark; were closed and are open again; 数据更正.
    unchecked : list of str
        Their layer is no longer in the study; they are not eligible.
    by_hand : int
        Cases without demand, which cannot be recomputed.
    """

    checked: int = 0
    eligible: list[str] = field(default_factory=list)
    fell_back: list[str] = field(default_factory=list)
    reopened: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    by_hand: int = 0


@dataclass(frozen=True)
class _Finding:
    """What the coverage of now says about a case."""

    eligible: bool
    returned: bool
    corrected: bool
    share: float


def verify(
    ledger: Ledger,
    explorer: Explorer,
    share_text: Callable[[float, float], str],
    *,
    by: str,
    roads_built: bool = False,
    inputs: str | None = None,
    progress: Progress | None = None,
) -> Verified:
    """Recompute the coverage of every case with demand, and write what has changed.

    Parameters
    ----------
    explorer : Explorer
        Of the study as it is now.
    share_text : callable
        Words the field `shares` from the shares before and after.
    roads_built : bool
        What changed of the roads since the opening was built, and is no correction of data.
    inputs : str, optional
        Hash of the study's inputs before `explorer` read them (`inputs_hash`).

    Raises
    ------
    StudyError
        The study is wrong.
    LedgerError
        ``ledger_inputs_changed``: the files have changed while they were computed.
    """
    progress = progress or Progress()
    share_text = cache(share_text)  # many cases have the same shares, and formatting is slow
    store = ledger.store
    store.access.demand_write("")  # now, rather than after the computation
    period, locked = store.period()
    cases = store.cases()
    known = {layer.key for layer in explorer.study.layers}
    found: dict[str, _Finding | None] = {
        case.id: None for case in cases if case.layer and case.layer not in known
    }
    points = store.points()
    groups = list(_groups(store, [c for c in cases if c.layer in known and c.points], locked))
    progress.stage("travel", len(groups))
    for parameters, sites, layer, members in groups:
        found |= _examine(
            explorer, parameters, sites, layer, members, points, roads_built=roads_built
        )
        progress.step()
    layers = list(dict.fromkeys(case.layer for case in cases if case.layer in known))
    evidence = inputs_hash(explorer.study)
    if inputs is not None and inputs != evidence:
        raise LedgerError("ledger_inputs_changed")
    trends = [
        _trend(store, explorer, layer, locked, evidence, roads_built=roads_built)
        for layer in layers
    ]
    result = Verified(
        checked=sum(finding is not None for finding in found.values()),
        by_hand=sum(not case.layer for case in cases),
    )
    with store.writing():
        for case in store.cases():  # as they are now: others have gone on working
            if case.id in found:
                _write(ledger, case, found[case.id], share_text, evidence, by, result)
        for run_id, run, rows in trends:
            store.keep_run(run_id, run)
            number = store.last_trend(run["layer"]) + 1
            own: dict[str, Any] = {
                "number": number,
                "made_at": run["made_at"],
                "period": period,
                "run": run_id,
            }
            store.add_trend(rows.assign(**own))
        store.append(
            {
                "action": "verify",
                "author": by,
                "inputs": evidence,
                "parameters": digest(locked) if locked else "",
                "period": period,
                "roads_built": roads_built,
                "checked": result.checked,
                "eligible": len(result.eligible),
                "fell_back": len(result.fell_back),
                "reopened": len(result.reopened),
                "corrected": len(result.corrected),
            }
        )
    return result


def _trend(
    store: Store, explorer: Explorer, layer: str, locked: str, inputs: str, *, roads_built: bool
) -> tuple[str, dict[str, str], pd.DataFrame]:
    """What the shares of a layer were computed from, and the shares (`layer_trend`)."""
    now = explorer_with(explorer, locked) if locked else explorer
    run_id, run = run_of(now, layer, inputs=inputs)
    hashed = run["parameters_hash"]
    rows = layer_trend(store, now, layer, parameters_hash=hashed, roads_built=roads_built)
    return run_id, run, rows


def _groups(
    store: Store, cases: list[Case], locked: str
) -> Iterator[tuple[str, str, str, list[Case]]]:
    """Cases that one computation answers: parameters, earlier sites, layer, cases."""
    by_run: dict[str, list[Case]] = {}
    for case in cases:
        by_run.setdefault(case.run, []).append(case)
    for run, members in by_run.items():
        kept = store.run(run) or {}
        yield locked or kept["parameters"], kept["sites"], members[0].layer, members


def _examine(
    explorer: Explorer,
    parameters: str,
    sites: str,
    layer: str,
    members: list[Case],
    points: pd.DataFrame,
    *,
    roads_built: bool,
) -> dict[str, _Finding]:
    """What the coverage of now says about cases of one layer and opening."""
    now = explorer_with(explorer, parameters)
    coverage = point_coverage(now, layer)
    middle_state = with_sites(now, layer, sites)
    middle = coverage if middle_state is now else point_coverage(middle_state, layer)
    ids = {int(case.id) for case in members}
    own = points[points["case_id"].isin(ids)]
    demand = own["demand_id"].tolist()
    at = coverage.ids.get_indexer(pd.Index(demand))
    there = at >= 0
    moved = (
        np.array(places_of(points_of(explorer, layer), demand), object) != own["place"].to_numpy()
    )
    covered = np.append(coverage.covered, False)[at]
    by_data = np.append(middle.covered, False)[middle.ids.get_indexer(pd.Index(demand))]
    if roads_built:
        # Only what a moved site or point does is a correction then.
        stood = point_coverage(with_sites(now, layer, sites, moved=True), layer)
        by_roads = np.append(stood.covered, False)[stood.ids.get_indexer(pd.Index(demand))]
        by_data = covered & moved | by_data & ~by_roads
    table = pd.DataFrame(
        {
            "case": own["case_id"].to_numpy(),
            "there": there,
            "uncovered": there & ~covered,
            "real": covered & ~by_data,
            "corrected": moved | by_data,
        }
    )
    # As plain rows: a look-up in the table for each of 50,000 cases takes longer than the search.
    found = table.groupby("case").any().to_dict("index")
    shares = coverage.shares()
    rows = ((case, found[int(case.id)]) for case in members)
    return {
        case.id: _Finding(
            eligible=bool(row["there"] and row["real"] and not row["uncovered"]),
            returned=bool(row["uncovered"]),
            corrected=bool(row["corrected"]),
            share=shares.get(case.unit_id, float("nan")),
        )
        for case, row in rows
    }


def _write(
    ledger: Ledger,
    case: Case,
    finding: _Finding | None,
    share_text: Callable[[float, float], str],
    evidence: str,
    by: str,
    result: Verified,
) -> None:
    """Write what changes of one case, and note it in `result`."""
    if finding is None:
        result.unchecked.append(case.id)
        finding = _Finding(False, False, case.corrected, float("nan"))
    values: dict[str, Any] = {"evidence": evidence}
    changes: dict[str, list[Any]] = {}

    def change(name: str, old: Any, new: Any) -> None:
        if old != new:
            values[name] = new
            changes[name] = [old, new]

    closed = case.state == CLOSED
    if closed and finding.returned:
        change("state", CLOSED, REOPENED)
        values["version"] = case.version + 1
        result.reopened.append(case.id)
    # A closed case was eligible when it was signed; that stands while its gap stays away.
    stays = closed and not finding.returned
    eligible = case.eligible if stays else finding.eligible and case.state != WAIVED
    if eligible and not case.eligible:
        result.eligible.append(case.id)
    elif case.eligible and not eligible and not closed:
        result.fell_back.append(case.id)
    change("eligible", case.eligible, eligible)
    if finding.corrected and not case.corrected:
        result.corrected.append(case.id)
    change("corrected", case.corrected, finding.corrected)
    if finding.share == finding.share:
        values["share_after"] = finding.share
        change("shares", case.fields["shares"], share_text(case.share_before, finding.share))
    ledger.store.change_case(case.id, values)
    if changes:
        entry = {"action": "verify", "author": by, "case": case.id, "changes": changes}
        if "version" in values:
            entry["version"] = values["version"]
        ledger.store.append({**entry, **ledger.run_hashes(case.run, evidence)})
