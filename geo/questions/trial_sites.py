"""A computed layer under another limit, or with sites added and closed, without a new search.

The labels of the search are a unique fixed point (`geo.search.kernel`). Adding or closing a site
therefore changes only the labels that this site owns, and the result is, to the byte, that of a run
of the changed study. The labels are copied first; the computed run is not altered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.layer_run import LayerRun, assemble_run, run_layer
from geo.coverage.tables import SiteSums, site_rows
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.questions.question import Question, trial_ids
from geo.rules import rule_of
from geo.rules.scope import with_scope_causes
from geo.rules.site_times import site_times
from geo.rules.travel import with_limit
from geo.search.kernel import renumber_labels
from geo.search.seeds import place_sites, site_delays
from geo.search.site_union import SiteUnion
from geo.search.times import (
    DemandTimes,
    at_positions,
    reachable_positions,
    updated_node_metres,
    updated_reachable_nodes,
)
from geo.study.model import Layer

__all__ = [
    "TrialSites",
    "moved_sites",
    "run_with_limit",
    "run_with_sites",
    "searched_with_sites",
    "site_changes",
    "trial_sites",
]


@dataclass(frozen=True)
class TrialSites:
    """Sites that are not in the study, or stand elsewhere in it.

    Attributes
    ----------
    frame : pd.DataFrame
        id, name, lon, lat, capacity; in the order given. A moved site keeps its id, and the units
        that it serves where its layer has them.
    positions : Positions
        On the layer's network, in the same order.
    """

    frame: pd.DataFrame
    positions: Positions


def trial_sites(places: Sequence[tuple[float, float]], taken: Sequence[str]) -> pd.DataFrame:
    """Rows for trial sites at (lon, lat), named by their coordinates.

    Parameters
    ----------
    taken : sequence of str
        Ids of the layer's own sites.
    """
    lon = np.array([place[0] for place in places], np.float64)
    lat = np.array([place[1] for place in places], np.float64)
    return pd.DataFrame(
        {
            "id": np.array(trial_ids(len(places), taken), dtype=object),
            "name": np.array([f"{x:.5f}, {y:.5f}" for x, y in places], dtype=object),
            "lon": lon,
            "lat": lat,
            "capacity": np.full(len(places), np.nan),
        }
    )


def moved_sites(sites: pd.DataFrame, moved: Sequence[tuple[str, float, float]]) -> pd.DataFrame:
    """Rows of the layer's own sites at other places; their code of a unit no longer holds."""
    rows = sites.set_index("id", drop=False).loc[[move[0] for move in moved]]
    rows = rows.drop(columns=["unit_id"], errors="ignore").reset_index(drop=True)
    return rows.assign(
        lon=np.array([move[1] for move in moved], np.float64),
        lat=np.array([move[2] for move in moved], np.float64),
    )


def run_with_limit(
    run: LayerRun,
    layer: Layer,
    points: DemandPoints | None = None,
    rows: Positions | None = None,
    *,
    horizon_ms: int = 0,
) -> LayerRun:
    """The same sites under the limit of `layer`, which equals the run's layer otherwise.

    Parameters
    ----------
    points, rows, horizon_ms
        Of the run's search. They are needed for a layer with a scope only: which demand is out of
        scope depends on the limit.
    """
    demand = with_limit(run.demand, layer)

    if not (layer.scoped and run.has_used_sites):
        return replace(
            run, layer=layer, demand=demand, capacity=None, by_sites=None, set_covered=None
        )
    assert points is not None and rows is not None

    def unlimited() -> DemandTimes:
        return site_times(
            layer,
            run.network,
            run.seeds,
            points,
            rows,
            lambda: (run.union.label, run.metres),
            served=None,
            horizon_ms=horizon_ms,
        )

    demand = with_scope_causes(demand, layer, points, rows, unlimited)
    return replace(run, layer=layer, demand=demand, capacity=None, by_sites=None, set_covered=None)


def run_with_sites(
    run: LayerRun,
    points: DemandPoints,
    row_positions: Positions,
    areas: Areas,
    *,
    added: TrialSites,
    closed: NDArray[np.int64],
    reachable: Callable[[], NDArray[np.bool_]],
    horizon_ms: int,
) -> LayerRun:
    """The layer with some sites added and some closed.

    Parameters
    ----------
    row_positions : Positions
        Positions of the rows of `points` on the run's network.
    closed : int64
        Ranks of the sites to close.
    reachable : Callable
        Gives the nodes that any path connects with a site of the run, bool (nodes). Called only
        where a cause depends on it.
    """
    network = run.network
    label = run.union.label.copy()
    union = SiteUnion.resumed(
        network, run.seeds, label, run.union.active.copy(), horizon_ms=horizon_ms
    )
    used = np.flatnonzero(np.isin(run.seeds.rank, closed))
    touched = [union.remove(int(i)) for i in used]

    sites, positions, rank_of = _with_trials(run, added, closed)
    kept = np.setdiff1d(np.arange(len(run.sites)), closed)
    new_rank = np.zeros(len(run.sites), np.uint64)
    new_rank[kept] = rank_of[: len(kept)].astype(np.uint64)
    renumber_labels(label, new_rank)

    seeds = place_sites(network, positions, delay_ms=site_delays(sites))
    is_new = np.isin(seeds.rank, rank_of[len(kept) :])
    union = SiteUnion.resumed(network, seeds, label, ~is_new, horizon_ms=horizon_ms)
    touched += [union.add(int(i)) for i in np.flatnonzero(is_new)]

    changed = np.concatenate([np.zeros(0, np.uint32), *touched])
    metres = updated_node_metres(network, seeds, label, run.metres, changed)
    times = at_positions(network, seeds, label, metres, row_positions, horizon_ms=horizon_ms)

    def any_path() -> NDArray[np.bool_]:
        gone = run.seeds.node[np.repeat(np.isin(run.seeds.rank, closed), np.diff(run.seeds.first))]
        found = updated_reachable_nodes(network, seeds, label, reachable(), gone)
        return reachable_positions(network, seeds, row_positions, nodes=found)

    return assemble_run(
        run.layer, network, sites, positions, areas,
        seeds=seeds, union=union, metres=metres,
        demand=rule_of(run.layer.rule).answer(
            run.layer, points, times, row_positions, any_path, None
        ),
        served=None,
    )  # fmt: skip


def searched_with_sites(
    run: LayerRun,
    points: DemandPoints,
    row_positions: Positions,
    areas: Areas,
    *,
    added: TrialSites,
    closed: NDArray[np.int64],
    horizon_ms: int,
) -> LayerRun:
    """`run_with_sites` for rules under which a site does not serve everybody: searched anew.

    A site on trial serves the unit in which it stands, a moved site those that it served. Under a
    scope, both serve the scope in which they stand.
    """
    frame = added.frame
    if "serves" in run.sites:
        unit = areas.locate(frame["lon"].to_numpy(float), frame["lat"].to_numpy(float))
        ids = np.append(areas.frame["unit_id"].to_numpy(dtype=object), "")
        here = pd.Series(ids[unit], index=frame.index, dtype=object)
        frame = frame.assign(serves=frame["serves"].fillna(here) if "serves" in frame else here)
    sites, positions, _ = _with_trials(run, replace(added, frame=frame), closed)
    return run_layer(
        run.layer, run.network, sites, positions, points, row_positions, areas,
        horizon_ms=horizon_ms,
    )  # fmt: skip


def _with_trials(
    run: LayerRun, added: TrialSites, closed: NDArray[np.int64]
) -> tuple[pd.DataFrame, Positions, NDArray[np.int64]]:
    """The sites that are left and new by id, their positions, and the new ranks of both.

    The ranks are those of the sites that are left, then of the new ones.
    """
    kept = np.setdiff1d(np.arange(len(run.sites)), closed)
    sites = pd.concat([run.sites.iloc[kept], added.frame], ignore_index=True)
    if "unit_id" in sites:  # a site on trial carries no code: it is located by its place
        sites["unit_id"] = sites["unit_id"].fillna("")
    order = sites["id"].argsort(kind="stable").to_numpy().astype(np.int64)
    rank_of = np.empty(len(order), np.int64)
    rank_of[order] = np.arange(len(order))
    positions = _joined(run.site_positions, kept, added.positions, order)
    return sites.iloc[order].reset_index(drop=True), positions, rank_of


def _joined(
    known: Positions, kept: NDArray[np.int64], new: Positions, order: NDArray[np.int64]
) -> Positions:
    """The kept positions and the new ones, in the order of their ids."""
    return Positions(
        np.concatenate([known.edge[kept], new.edge])[order],
        np.concatenate([known.fraction[kept], new.fraction])[order],
        np.concatenate([known.access_m[kept], new.access_m])[order],
    )


def site_changes(
    before: LayerRun, after: LayerRun, asked: Question, ids: Sequence[str], areas: Areas
) -> pd.DataFrame:
    """`Difference.sites` of two runs of a layer.

    Parameters
    ----------
    asked : Question
        What changes.
    ids : sequence of str
        Of the added sites.
    """
    moved = [move[0] for move in asked.moved]
    parts = [
        _site_figures(after, ids, areas).assign(change="added"),
        _site_figures(after, moved, areas).assign(change="moved"),
        _site_figures(before, asked.closed, areas).assign(change="closed"),
    ]
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _site_figures(run: LayerRun, ids: Sequence[str], areas: Areas) -> pd.DataFrame:
    nothing = np.zeros(len(run.seeds.rank))
    rows = site_rows(run, SiteSums(nothing, nothing), areas)
    rows = rows[rows["site_id"].isin(list(ids))].set_index("site_id").reindex(list(ids))
    rows = rows.reset_index()
    rows["used"] = rows["used"].astype(bool)
    rows["reason"] = np.where(rows["used"], "", "off_network")
    names = dict(zip(areas.frame["unit_id"], areas.frame["unit_name"], strict=True))
    rows["unit_name"] = np.array([names.get(unit, "") for unit in rows["unit_id"]], object)
    columns = ["site_id", "name", "lon", "lat", "unit_id", "unit_name", "used", "access_m"]
    return rows[[*columns, "reason", "demand_owned"]]
