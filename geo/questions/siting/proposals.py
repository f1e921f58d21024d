"""Proposals for new sites of a layer: solves the siting problem of a study and explains it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sum, share_of
from geo.base.progress import Progress
from geo.questions.difference import Difference
from geo.questions.siting.curve import curve_table
from geo.questions.siting.question import units_without_candidate
from geo.questions.siting.session import SitingSession
from geo.questions.siting.steps import SitingSteps
from geo.siting.candidates import Candidates
from geo.siting.coverage_sets import covered_points
from geo.siting.methods import solve
from geo.siting.result import Siting
from geo.siting.ties import stand_ins
from geo.siting.watch import Watch

__all__ = ["Proposals", "propose"]

_MS_PER_MINUTE = 60_000.0


@dataclass(frozen=True)
class Proposals:
    """The answer to a siting question.

    Attributes
    ----------
    table : pd.DataFrame
        proposals.csv, in the order of greatest gain.
    newly : pd.DataFrame
        newly_covered.csv: the demand points that each proposal covers first.
    unreachable : pd.DataFrame
        unreachable.csv: demand_id, weight, reason, lon, lat.
    curve : pd.DataFrame or None
        curve.csv.
    summary : dict
        siting.json.
    change : Difference
        The state of the study before and after.
    changes : list of dict
        What a scenario holds: ``add_site`` and ``close_site`` with layer, id, and for new sites
        name, lon, lat, capacity and, where there are two, the phase.
    candidates : Candidates
        Those that took part; its quality report names the others.
    """

    table: pd.DataFrame
    newly: pd.DataFrame
    unreachable: pd.DataFrame
    curve: pd.DataFrame | None
    summary: dict[str, Any]
    change: Difference
    changes: list[dict[str, Any]]
    candidates: Candidates


def propose(
    session: SitingSession,
    watch: Watch,
    *,
    curve: int = 0,
    progress: Progress | None = None,
    new_watch: Callable[[], Watch] | None = None,
) -> Proposals:
    """Answer a siting question.

    Parameters
    ----------
    curve : int
        Solve each number of sites from 1 to this one, too; 0 for none.
    new_watch : callable, optional
        Gives the watch of each number of the curve.
    """
    progress = progress or Progress()
    progress.stage("siting")
    found = session.solved(watch)
    opened, closed = _open_columns(session, found)
    change = _change(session, found, closed)
    table, newly, times_before = _tables(session, found, opened)
    points = None
    if curve:
        progress.stage("siting_curve", curve)
        points = curve_table(session, curve, new_watch or (lambda: Watch(60.0)), progress)
    return Proposals(
        table=table,
        newly=newly,
        unreachable=session.unreachable,
        curve=points,
        summary=_summary(session, found, closed, table, change) | times_before,
        change=change,
        changes=_changes(session, table, closed),
        candidates=session.places.candidates,
    )


def _open_columns(
    session: SitingSession, found: Siting
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Existing columns that stay open or close for the answer."""
    old = np.arange(len(session.places.existing))
    if not session.question.relocate:
        return old, old[:0]
    closed = np.array(found.closed, np.int64)
    return np.setdiff1d(old, closed), closed


def _site_ids(session: SitingSession, columns: NDArray[np.int64]) -> list[str]:
    ids = session.run.sites["id"].to_numpy(dtype=object)
    return [str(name) for name in ids[session.places.existing[columns]]]


def _change(session: SitingSession, found: Siting, moved: NDArray[np.int64]) -> Difference:
    """The study before and after, with the candidates' own ids."""
    rows = np.array(found.chosen, np.int64) - len(session.places.existing)
    frame = session.places.candidates.frame.iloc[rows]
    places = list(zip(frame["lon"].tolist(), frame["lat"].tolist(), strict=True))
    closed = (*session.question.close, *_site_ids(session, moved))
    change = session.explorer.change(session.question.layer, added=places, closed=closed)
    names = dict(zip(change.added["site_id"], frame["id"], strict=True))

    def renamed(table: pd.DataFrame, column: str) -> pd.DataFrame:
        return table.assign(**{column: table[column].map(lambda name: names.get(name, name))})

    sites = renamed(change.sites, "site_id")
    sites.loc[sites["change"] == "added", "name"] = frame["name"].to_numpy(dtype=object)
    return replace(
        change,
        gained=renamed(change.gained, "site_after"),
        lost=renamed(change.lost, "site_after"),
        sites=sites,
    )


def _tables(
    session: SitingSession, found: Siting, kept: NDArray[np.int64]
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """proposals.csv, the choice in the order of greatest gain; newly_covered.csv; times before."""
    chosen = np.array(found.chosen, np.int64)
    steps = SitingSteps(session, np.union1d(kept, chosen).astype(np.int64))
    for column in kept.tolist():
        steps.open(column)
    order, phase = _ordered(session, found, steps)
    could_replace = _stand_ins(session, chosen, kept)
    rows, first_covered = [], []
    total = exact_sum(session.run.demand.weight)
    before = steps.covered_weight
    times = {"mean_minutes_before": steps.mean_minutes}
    frame = session.places.candidates.frame
    units = np.append(session.explorer.inputs.areas.frame["unit_id"].to_numpy(dtype=object), "")
    for number, column in enumerate(order, start=1):
        first_covered.append(np.sort(steps.open(column)))
        row = frame.iloc[column - len(session.places.existing)]
        rows.append(
            {
                "order": number,
                "candidate_id": row["id"],
                "name": row["name"],
                "lon": row["lon"],
                "lat": row["lat"],
                "unit_id": units[session.places.unit[column]],
                "cost": row["cost"],
                "newly_covered": steps.covered_weight - before,
                "covered_after": steps.covered_weight,
                "share_after": round(share_of(steps.covered_weight, total), 6),
                "mean_minutes_after": steps.mean_minutes,
                "worst_minutes_after": steps.worst_minutes,
                "capacity": row["capacity"],
                "phase": phase[column],
                "stand_ins": could_replace[column],
            }
        )
        before = steps.covered_weight
    columns = [
        "order", "candidate_id", "name", "lon", "lat", "unit_id", "cost", "newly_covered",
        "covered_after", "share_after", "mean_minutes_after", "worst_minutes_after",
        "capacity", "phase", "stand_ins",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    times["mean_minutes_after"] = steps.mean_minutes
    return table, _newly(session, table, first_covered), times


def _stand_ins(
    session: SitingSession, chosen: NDArray[np.int64], kept: NDArray[np.int64]
) -> dict[int, int]:
    """How many candidates could replace each chosen column at no loss."""
    columns = session.problem.columns()
    if columns is None or not len(chosen):
        return dict.fromkeys(chosen.tolist(), 0)
    opened = np.union1d(kept, chosen).astype(np.int64)
    counts = stand_ins(session.problem, columns, opened, chosen)
    return dict(zip(chosen.tolist(), counts.tolist(), strict=True))


def _newly(
    session: SitingSession, table: pd.DataFrame, covered: list[NDArray[np.int32]]
) -> pd.DataFrame:
    """newly_covered.csv: the points that each proposal covers first, by order and id."""
    demand, inputs = session.run.demand, session.explorer.inputs
    counts = [len(points) for points in covered]
    at = np.concatenate([*covered, np.zeros(0, np.int32)]).astype(np.int64)
    frame = inputs.points.frame
    units = {
        name: np.append(inputs.areas.frame[name].to_numpy(dtype=object), "")[demand.unit[at]]
        for name in ("unit_id", "unit_name")
    }
    return pd.DataFrame(
        {
            "order": np.repeat(table["order"].to_numpy(np.int64), counts),
            "candidate_id": np.repeat(table["candidate_id"].to_numpy(dtype=object), counts),
            "demand_id": frame["id"].to_numpy(dtype=object)[demand.point[at]],
            "name": frame["name"].to_numpy(dtype=object)[demand.point[at]],
            **units,
            "weight": demand.weight[at],
        }
    )


def _ordered(
    session: SitingSession, found: Siting, steps: SitingSteps
) -> tuple[list[int], dict[int, int]]:
    """The chosen columns in the order of greatest gain, and the phase of each."""
    chosen = list(found.chosen)
    phase = dict.fromkeys(chosen, 1)
    first = session.question.phase1
    parts = [chosen]
    if 0 < first < len(chosen):
        early = _best_of(session, found, first)
        late = [column for column in chosen if column not in early]
        phase |= dict.fromkeys(late, 2)
        parts = [early, late]
    trial = steps.copy()
    order = []
    by_time = not session.question.covers
    for part in parts:
        left = sorted(part)
        while left:
            gains = [trial.gain(column)[:: -1 if by_time else 1] for column in left]
            best = max(range(len(left)), key=lambda i: (gains[i], -left[i]))
            trial.open(left[best])
            order.append(left.pop(best))
    return order, phase


def _best_of(session: SitingSession, found: Siting, count: int) -> list[int]:
    """The best so many of the chosen columns: those of the first phase."""
    problem = session.problem
    spare = np.setdiff1d(session.places.new, np.array(found.chosen, np.int64))
    method = "mclp" if problem.method == "lscp" else problem.method
    must = problem.must[:count]
    small = replace(
        problem,
        method=method,
        target=None,
        budget=None,
        sites=count,
        must=must,
        forbidden=np.setdiff1d(np.union1d(problem.forbidden, spare), must),
        unit=None,
    )
    return list(solve(small, Watch(10.0)).chosen)


def _summary(
    session: SitingSession,
    found: Siting,
    moved: NDArray[np.int64],
    table: pd.DataFrame,
    change: Difference,
) -> dict[str, Any]:
    """siting.json."""
    question, demand = session.question, session.run.demand
    unreachable = session.unreachable
    total = exact_sum(demand.weight)
    covered_before = _weight_before(session)
    before = share_of(covered_before, total)
    after = float(table["share_after"].iloc[-1]) if len(table) else _share_kept(session, moved)
    scale = 1.0 / _MS_PER_MINUTE if not question.covers else 1.0
    parameters = {
        name: value
        for name, value in vars(question).items()
        if name not in ("layer", "method", "close")
    }
    limit = session.run.layer.limit
    return {
        "layer": question.layer,
        "method": question.method,
        "parameters": {
            **parameters,
            limit.unit: limit.value,
            "candidates": session.places.candidates.source,
            "weights": session.run.layer.demand,
        },
        "status": found.status,
        "objective": found.objective * scale,
        "bound": found.bound * scale,
        "proven_gap": round(found.proven_gap, 6) if math.isfinite(found.proven_gap) else None,
        "demand_total": total,
        "covered_before": covered_before,
        "share_before": round(before, 6) if total else None,
        "share_after": round(after, 6) if total else None,
        "sites_before": len(session.run.sites),
        "sites_added": len(table),
        "closed": list(question.close),
        "moved": _site_ids(session, moved),
        "unreachable": {
            "weight": exact_sum(unreachable["weight"].to_numpy(float)),
            "points": len(unreachable),
        },
        "units_without_candidate": (
            units_without_candidate(session.places, session.explorer.inputs.areas)
            if question.every_unit
            else []
        ),
        "candidates": {
            "rows_in": session.places.candidates.rows_in,
            "rows_used": len(session.places.candidates.frame),
            "rows_set_aside": session.places.candidates.set_aside,
        },
        "seconds": round(found.seconds, 1),
    }


def _weight_before(session: SitingSession) -> float:
    """Demand covered before any site closes, moves or opens."""
    demand = session.run.demand
    if session.question.at_least == 1:
        return exact_sum(demand.weight[demand.covered])
    covered = covered_points(
        session.pairs, np.arange(len(session.places.existing)), session.question.at_least
    )
    return exact_sum(demand.weight[covered])


def _share_kept(session: SitingSession, moved: NDArray[np.int64]) -> float:
    """Share of the sites that stay alone."""
    old = np.setdiff1d(np.arange(len(session.places.existing)), moved)
    weight = session.run.demand.weight
    covered = covered_points(session.pairs, old, session.question.at_least)
    return share_of(exact_sum(weight[covered]), exact_sum(weight))


def _changes(
    session: SitingSession, table: pd.DataFrame, moved: NDArray[np.int64]
) -> list[dict[str, Any]]:
    """The changes of a scenario: sites that close, then the new ones in their order."""
    key = session.question.layer
    closed = [*session.question.close, *_site_ids(session, moved)]
    changes: list[dict[str, Any]] = [
        {"do": "close_site", "layer": key, "id": site_id} for site_id in sorted(closed)
    ]
    for row in table.to_dict("records"):
        change = {
            "do": "add_site",
            "layer": key,
            "id": row["candidate_id"],
            "name": row["name"],
            "lon": row["lon"],
            "lat": row["lat"],
        }
        if not math.isnan(row["capacity"]):
            change["capacity"] = row["capacity"]
        if session.question.phase1:
            change["phase"] = int(row["phase"])
        changes.append(change)
    return changes
