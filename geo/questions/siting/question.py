"""What is asked of the siting of a layer, and the travel of its candidates."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.base.errors import QuestionError
from geo.coverage.layer_run import LayerRun, demand_of_rows
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.rules.travel import limit_bound_ms
from geo.search.provider import StreetTimes
from geo.search.seeds import place_sites, site_delays
from geo.search.site_reach import CoverageSets
from geo.siting.candidates import Candidates
from geo.siting.coverage_sets import Pairs
from geo.siting.problem import Problem
from geo.siting.result import METHODS
from geo.study.limit import whole_ms
from geo.study.model import Layer, Study

__all__ = [
    "Places",
    "SitingQuestion",
    "checked_siting",
    "covering",
    "places_of",
    "problem_of",
    "times_within",
    "travel_of",
    "units_without_candidate",
    "with_weights",
]


@dataclass(frozen=True)
class SitingQuestion:
    """A question about new sites of one layer; see `quarterhour site` in docs/siting.md.

    Attributes
    ----------
    layer : str
        Key of the layer. Its weight may have been changed by `with_weights`.
    method : str
        ``mclp``, ``lscp``, ``p-median`` or ``p-center``.
    sites : int or None
        New sites; None for 0 where sites move, and for what the target or the budget allows.
    target : float or None
        For lscp: share of all demand, 0-1.
    close : tuple of str
        Ids of existing sites that close.
    relocate : int
        How many existing sites may move.
    budget : float or None
    every_unit : bool
        Every finest unit holds a site afterwards.
    at_least : int
        How many sites within the limit cover a point.
    access_minutes : float or None
        For p-median and p-center; None for 60 or the horizon.
    fast : bool
        The greedy choice with its bound.
    phase1 : int
        The best so many of the proposals are those of the first phase; 0 for one phase.
    """

    layer: str
    method: str
    sites: int | None = None
    target: float | None = None
    close: tuple[str, ...] = ()
    relocate: int = 0
    budget: float | None = None
    every_unit: bool = False
    at_least: int = 1
    access_minutes: float | None = None
    fast: bool = False
    phase1: int = 0

    @property
    def covers(self) -> bool:
        """Whether the method counts covered demand."""
        return self.method in ("mclp", "lscp")


def with_weights(study: Study, key: str, band: str | None) -> Study:
    """The study with another weight for one layer.

    Raises
    ------
    QuestionError
        ``siting_band_unknown``.
    """
    layer = study.layer(key)
    if band is None:
        return study
    if band not in study.demand.bands:
        known = ", ".join(study.demand.bands) or "-"
        raise QuestionError("siting_band_unknown", value=band, known=known)
    changed = layer.model_copy(update={"demand": band})
    layers = tuple(changed if item.key == key else item for item in study.layers)
    return study.model_copy(update={"layers": layers})


def checked_siting(study: Study, question: SitingQuestion, known: set[str]) -> SitingQuestion:
    """The question with its defaults.

    Parameters
    ----------
    known : set of str
        Ids of the layer's sites.

    Raises
    ------
    QuestionError
        An option is wrong, or two of them do not fit together.
    """
    if study.layer(question.layer).sites_needed > 1:
        raise QuestionError("siting_choice", layer=question.layer)
    if question.method not in METHODS:
        raise QuestionError("siting_method", value=question.method, known=", ".join(METHODS))
    sites = question.sites
    if sites is None and question.relocate:
        sites = 0 if question.budget is None and question.method != "lscp" else None
    if question.method != "lscp":
        if sites is None and question.budget is None:
            raise QuestionError("siting_sites_missing", method=question.method)
        if question.target is not None:
            raise QuestionError("siting_target_method", method=question.method)
    for value, least, option in (
        (sites, 0, "--sites"),
        (question.relocate, 0, "--relocate"),
        (question.at_least, 1, "--at-least"),
        (question.phase1, 0, "--phase1"),
        (question.budget, 0, "--budget"),
    ):
        if value is not None and not (math.isfinite(value) and value >= least):
            raise QuestionError("siting_number", option=option, value=f"{value:g}", least=least)
    if question.target is not None and not 0 <= question.target <= 1:
        raise QuestionError("siting_target_range", value=f"{question.target:g}")
    for site_id in question.close:
        if site_id not in known:
            raise QuestionError("site_unknown", value=site_id, layer=question.layer)
    horizon = study.network.horizon_minutes
    access = min(60.0, horizon) if question.access_minutes is None else question.access_minutes
    if not (math.isfinite(access) and 0 < access <= horizon):
        raise QuestionError("limit_too_long", value=f"{access:g}", horizon=f"{horizon:g}")
    close = tuple(sorted(set(question.close)))
    return replace(question, sites=sites, close=close, access_minutes=access)


@dataclass(frozen=True)
class Places:
    """Existing sites and candidates as the columns of a siting problem.

    Attributes
    ----------
    candidates : Candidates
        Those on the network, ordered by id; candidate ``i`` is the column ``len(existing) + i``.
    existing : int64
        Ranks of the existing sites that are on the network and stay (or move).
    unit : int64 (columns)
        Finest unit of each column, -1 outside all units.
    held : int64
        Units that hold another existing site (off the network).
    positions : Positions
        Of all columns.
    """

    candidates: Candidates
    existing: NDArray[np.int64]
    unit: NDArray[np.int64]
    held: NDArray[np.int64]
    positions: Positions

    @property
    def count(self) -> int:
        """Number of columns."""
        return len(self.unit)

    def some(self, columns: NDArray[np.int64]) -> Places:
        """The same places with some columns only, ascending."""
        old = columns[columns < len(self.existing)]
        at = self.positions
        return replace(
            self,
            existing=self.existing[old],
            unit=self.unit[columns],
            positions=Positions(at.edge[columns], at.fraction[columns], at.access_m[columns]),
        )

    @property
    def new(self) -> NDArray[np.int64]:
        """Columns of the candidates."""
        return np.arange(len(self.existing), self.count)


def places_of(
    run: LayerRun,
    question: SitingQuestion,
    candidates: Candidates,
    positions: Positions,
    areas: Areas,
) -> Places:
    """The columns of the problem; candidates off the network are set aside.

    Parameters
    ----------
    positions : Positions
        Of the candidates on the layer's network.
    """
    on = positions.on_network
    candidates = candidates.without(~on, "candidate_off_network")
    if candidates.frame.empty:
        raise QuestionError("candidates_none", source=candidates.source, rows=candidates.rows_in)
    ids = run.sites["id"].to_numpy(dtype=object)
    stays = ~np.isin(ids, list(question.close))
    used = run.site_positions.on_network
    existing = np.flatnonzero(stays & used)
    frame = candidates.frame
    unit = areas.locate(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
    at = run.site_positions
    return Places(
        candidates=candidates,
        existing=existing,
        unit=np.concatenate([run.site_unit[existing], unit]),
        held=np.unique(run.site_unit[stays & ~used]),
        positions=Positions(
            np.concatenate([at.edge[existing], positions.edge[on]]),
            np.concatenate([at.fraction[existing], positions.fraction[on]]),
            np.concatenate([at.access_m[existing], positions.access_m[on]]),
        ),
    )


def travel_of(
    run: LayerRun,
    places: Places,
    points: DemandPoints,
    rows: Positions,
    *,
    limit_ms: int,
    limit_m: float | None,
) -> CoverageSets:
    """The demand (rows of `run.demand`) within a limit of every column, and the time to it.

    Where sites serve certain units only, a candidate serves the unit in which it stands, or the
    zone of this unit.
    """
    found = StreetTimes(run.network).within(
        place_sites(run.network, places.positions, delay_ms=_delays(run, places)),
        rows,
        demand_of_rows(run.demand, points),
        len(run.demand),
        limit_ms=None if limit_m is not None else limit_ms,
        limit_m=limit_m,
        horizon_ms=limit_ms,
    )
    if run.served is None:
        return found
    column = np.repeat(np.arange(places.count), np.diff(found.first))
    unit = run.demand.unit[found.point]
    old = column < len(places.existing)
    zone = run.served.zones(places.unit)
    mine = (zone[column] == run.served.zones(unit)) & (unit >= 0)
    mine[old] = run.served.holds(places.existing[column[old]], unit[old])
    counts = np.bincount(column[mine], minlength=places.count)
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return CoverageSets(first, found.point[mine], found.time_ms[mine], found.metres[mine])


def _delays(run: LayerRun, places: Places) -> NDArray[np.int64]:
    """The start delay of every column in milliseconds; a candidate has none."""
    own = site_delays(run.sites)[places.existing]
    return np.append(own, np.zeros(places.count - len(own), np.int64))


def covering(run: LayerRun, places: Places, points: DemandPoints, rows: Positions) -> Pairs:
    """The demand within the layer's limit of every column."""
    layer: Layer = run.layer
    bound_ms = limit_bound_ms(run.network, layer.limit, whole_ms(10_000.0))
    found = travel_of(run, places, points, rows, limit_ms=bound_ms, limit_m=layer.limit.metres)
    return Pairs(found.first, found.point, len(run.demand))


def times_within(
    run: LayerRun, places: Places, points: DemandPoints, rows: Positions, minutes: float
) -> NDArray[np.float64]:
    """Milliseconds (demand, columns); what is farther counts with `minutes`."""
    cap = whole_ms(minutes)
    found = travel_of(run, places, points, rows, limit_ms=cap, limit_m=None)
    time = np.full((len(run.demand), places.count), float(cap))
    column = np.repeat(np.arange(places.count), np.diff(found.first))
    time[found.point, column] = found.time_ms
    return time


def problem_of(
    question: SitingQuestion,
    places: Places,
    weight: NDArray[np.float64],
    *,
    pairs: Pairs | None,
    time: NDArray[np.float64] | None,
) -> Problem:
    """The problem for the solvers.

    Raises
    ------
    QuestionError
        ``siting_costs_missing`` where a budget needs costs; ``siting_units_need`` where
        `--every-unit` needs more sites.
    """
    frame = places.candidates.frame
    status = frame["status"].to_numpy(dtype=object)
    cost = frame["cost"].to_numpy(float)
    priced = question.budget is not None or (
        question.method == "lscp" and bool(np.isfinite(cost).all())
    )
    if question.budget is not None and not np.isfinite(cost).all():
        missing = int((~np.isfinite(cost)).sum())
        raise QuestionError("siting_costs_missing", count=missing, source=places.candidates.source)
    old = np.arange(len(places.existing))
    unit = None
    if question.every_unit:
        unit = np.where(np.isin(places.unit, places.held), -1, places.unit)
    problem = Problem(
        method=question.method,
        weight=weight,
        time=time,
        pairs=pairs,
        sites=question.sites,
        target=question.target,
        existing=old,
        must=places.new[status == "must"],
        forbidden=places.new[status == "forbidden"],
        cost=np.concatenate([np.zeros(len(old)), cost]) if priced else None,
        budget=question.budget,
        at_least=question.at_least,
        movable=old if question.relocate else old[:0],
        moves=question.relocate,
        unit=unit,
        fast=question.fast,
    )
    if question.every_unit and question.sites is not None and unit is not None:
        least = _least_for_units(problem, unit)
        if least > question.sites:
            raise QuestionError("siting_units_need", least=least, sites=question.sites)
    return problem


def _least_for_units(problem: Problem, unit: NDArray[np.int64]) -> int:
    """How many new sites give every unit one."""
    allowed = np.setdiff1d(np.arange(problem.count), problem.forbidden)
    held = np.union1d(unit[problem.existing], unit[problem.must])
    open_units = np.setdiff1d(unit[allowed], np.append(held, -1))
    return len(open_units) + len(problem.must)


def units_without_candidate(places: Places, areas: Areas) -> list[str]:
    """Ids of the finest units without site and without an allowed candidate."""
    status = places.candidates.frame["status"].to_numpy(dtype=object)
    usable = np.concatenate([np.ones(len(places.existing), np.bool_), status != "forbidden"])
    held = np.union1d(places.unit[usable], places.held)
    empty = np.setdiff1d(np.arange(len(areas.frame)), held)
    return [str(name) for name in areas.frame["unit_id"].to_numpy(dtype=object)[empty]]
