"""Cases from the gaps of a study: one for each unit with uncovered demand of a layer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from math import fsum
from typing import NamedTuple

from geo.inputs.areas import parent_ids
from geo.questions.explorer import Explorer
from ledger.cases import Case
from ledger.evidence.coverage import explorer_with, places_of, points_of
from ledger.evidence.runs import run_of
from ledger.ledger import Ledger, checked_name

__all__ = ["Gap", "GapPoint", "GapTexts", "Opened", "gaps_with_points", "open_cases"]

_DOUBT = "data_doubt"


class GapPoint(NamedTuple):
    """Demand that a case holds, in the order of the ledger's columns, and why it is not covered."""

    demand_id: str
    place: str
    weight: float
    lon: float
    lat: float
    cause: str


@dataclass(frozen=True)
class Gap:
    """What a case is opened from.

    Attributes
    ----------
    layer, unit_id, unit_name, cause : str
    parents : tuple of str
        Names, the topmost first.
    chain : str
        Id of the nearest parent (`geo.inputs.areas.parent_ids`).
    uncovered, demand_total, share : float
        `uncovered` is without the demand whose road is in doubt; `share` is that of the unit by
        time.
    points : int
    """

    layer: str
    unit_id: str
    unit_name: str
    parents: tuple[str, ...]
    chain: str
    cause: str
    uncovered: float
    demand_total: float
    share: float
    points: int


# The texts of a new case's fields: source, area, service, problem, people, target, shares.
GapTexts = Callable[[Gap], Mapping[str, str]]


@dataclass(frozen=True)
class Opened:
    """What `open_cases` did.

    Attributes
    ----------
    cases : list of Case
    held : int
        Gaps whose demand is in other cases already.
    in_doubt : int
        Gaps of which all demand waits for a field check.
    """

    cases: list[Case] = field(default_factory=list)
    held: int = 0
    in_doubt: int = 0


def open_cases(
    ledger: Ledger,
    explorer: Explorer,
    layer: str,
    texts: GapTexts,
    *,
    by: str,
    top: int | None = None,
    above: float | None = None,
    units: Collection[str] | None = None,
    confirmed: Collection[str] = (),
    only_confirmed: bool = False,
) -> Opened:
    """Open a case for each gap of a layer, in the order of gaps.csv.

    A demand point is in one case of a layer at most. Demand with the cause `data_doubt` becomes
    part of a case only after a field check.

    Parameters
    ----------
    texts : callable
        Words the fields of a case.
    top : int, optional
        Only so many gaps, the first of the list; a second call opens no others.
    above : float, optional
        Only gaps with more uncovered demand than this.
    units : collection of str, optional
        Only gaps of these units; by default all of those that whoever acts may see.
    confirmed : collection of str
        Demand points whose doubt a field check has confirmed as a gap.
    only_confirmed : bool
        Take these demand points alone.

    Raises
    ------
    StudyError
        The study has no such layer, or is wrong.
    LedgerError
        The name is missing.
    """
    author, wanted = checked_name(by), frozenset(confirmed)
    explorer.study.layer(layer)
    units = ledger.store.access.units if units is None else units
    _, locked = ledger.store.period()
    if locked:
        explorer = explorer_with(explorer, locked)
    gaps = gaps_with_points(explorer, layer, confirmed=confirmed)
    run_id, run = run_of(explorer, layer)
    opened: list[str] = []
    held_gaps = in_doubt = 0
    with ledger.store.writing():
        ledger.store.keep_run(run_id, run)
        held = ledger.store.held_points(layer)
        for gap, points in gaps:
            if units is not None and gap.unit_id not in units:
                continue
            if only_confirmed:
                points = [point for point in points if point.demand_id in wanted]
                if not points:
                    continue
            if not points:
                in_doubt += 1
                continue
            if top is not None and len(opened) + held_gaps >= top:
                break
            if above is not None and gap.uncovered <= above:
                continue
            free = [point for point in points if point.demand_id not in held]
            if not free:
                held_gaps += 1
                continue
            left = replace(
                gap,
                cause=_main_cause(free),
                uncovered=fsum(point.weight for point in free),
                points=len(free),
            )
            opened.append(_enter(ledger, left, free, texts, author, run_id, run))
    return Opened([ledger.store.case(case) for case in opened], held_gaps, in_doubt)


def gaps_with_points(
    explorer: Explorer, layer: str, *, confirmed: Collection[str] = ()
) -> list[tuple[Gap, list[GapPoint]]]:
    """The gaps of a layer in the order of gaps.csv, each with the demand that a case would hold.

    Returns
    -------
    list of (Gap, list of GapPoint)
        The list is empty where all demand waits for a field check.
    """
    analysis = explorer.analysis_with(layer, catchments=False)
    counted = analysis.gap_points
    counted = counted[(counted["cause"] != _DOUBT) | counted["demand_id"].isin(set(confirmed))]
    ids = counted["demand_id"].tolist()
    counted = counted.assign(place=places_of(points_of(explorer, layer), ids))
    # As plain rows: a slice of the table for each gap takes longer than the ledger's own work.
    by_unit: dict[str, list[GapPoint]] = {}
    columns = [counted[name].tolist() for name in GapPoint._fields]
    for unit, *values in zip(counted["unit_id"].tolist(), *columns, strict=True):
        by_unit.setdefault(str(unit), []).append(GapPoint(*values))
    parents = analysis.study.units.parents
    gaps = analysis.gaps
    chains = parent_ids(gaps, parents, 0) if parents else [""] * len(gaps)
    found = []
    for row, chain in zip(gaps.to_dict("records"), chains, strict=True):
        unit = str(row["unit_id"])
        points = by_unit.get(unit, [])
        gap = Gap(
            layer=layer,
            unit_id=unit,
            unit_name=str(row["unit_name"]),
            parents=tuple(str(row[name]) for name in reversed(parents)) if unit else (),
            chain=str(chain) if unit else "",
            cause=_main_cause(points) if points else _DOUBT,
            uncovered=fsum(point.weight for point in points),
            demand_total=float(row["demand_total"]),
            share=round(1 - float(row["uncovered_share"]), 6),
            points=len(points),
        )
        found.append((gap, points))
    return found


def _enter(
    ledger: Ledger,
    gap: Gap,
    points: list[GapPoint],
    texts: GapTexts,
    author: str,
    run_id: str,
    run: Mapping[str, str],
) -> str:
    own = {
        "layer": gap.layer,
        "unit_id": gap.unit_id,
        "parents": gap.chain,
        "cause": gap.cause,
        "run": run_id,
        "analysis_id": run["analysis_id"],
        "uncovered": gap.uncovered,
        "share_before": gap.share,
        "evidence": run["inputs"],
    }
    return ledger.enter(texts(gap), own, author=author, points=points)


def _main_cause(points: list[GapPoint]) -> str:
    """The cause of most of the demand; on ties the one whose demand comes first."""
    weights: dict[str, list[float]] = {}
    for point in points:
        weights.setdefault(point.cause, []).append(point.weight)
    return max(weights, key=lambda cause: fsum(weights[cause]))
