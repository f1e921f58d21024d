"""The nearest site of a layer from one place, its travel time, and the path to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.exact import minutes_up
from geo.coverage.layer_run import LayerRun, run_with_kth_site
from geo.network.positions import Positions
from geo.questions.walked_path import QuickestPath, as_line, road_line, trace_path
from geo.roads.roads import Roads
from geo.search.times import DemandTimes, at_positions, reachable_positions

__all__ = ["NearestSite", "nearest_site"]


@dataclass(frozen=True)
class NearestSite:
    """The nearest site of one layer from a place.

    Attributes
    ----------
    layer : str
        Its key.
    time_ms : int or None
        None where no site is within the horizon.
    minutes, metres : float
        NaN where no site is within the horizon. Minutes are rounded up to three places; metres
        include both straight lines to the road.
    site_id, site_name : str
        "" where no site is within the horizon.
    covered : bool
        Whether the layer's limit holds.
    cause : str
        "" where covered, else one of `geo.rules.layer_demand.CAUSES`.
    access_m : float
        From the place to its road; NaN where no road is within `max_access_m`.
    site_lon, site_lat : float
        Degrees; NaN where no site is within the horizon.
    path : shapely.LineString or None
        The whole path in degrees, in the direction of travel: from the place to the site, or from
        the site to the place where the service travels to people.
    access, along, egress : shapely.LineString or None
        Its three parts in the same order: straight to the road, along the roads, straight from the
        road. Where two parts meet at one point, a part may have no length.
    walk : QuickestPath or None
        Its edges one by one, in the direction of search.
    """

    layer: str
    time_ms: int | None
    minutes: float
    metres: float
    site_id: str
    site_name: str
    covered: bool
    cause: str
    access_m: float
    site_lon: float
    site_lat: float
    path: shapely.LineString | None
    access: shapely.LineString | None
    along: shapely.LineString | None
    egress: shapely.LineString | None
    walk: QuickestPath | None


def _cause_on_network(
    every: LayerRun,
    position: Positions,
    reachable: Callable[[], NDArray[np.bool_]],
    *,
    assigned: bool,
    horizon_ms: int,
) -> str:
    """The cause for a place on the network that reaches no site within the horizon."""
    if not every.has_used_sites:
        return "no_site"
    if not assigned:
        return "not_assigned"
    if _out_of_scope(every, position, horizon_ms=horizon_ms):
        return "out_of_scope"
    any_path = reachable_positions(every.network, every.seeds, position, nodes=reachable())[0]
    return "too_far" if any_path else "cut_off"


def _out_of_scope(every: LayerRun, position: Positions, *, horizon_ms: int) -> bool:
    """Whether a site of another unit is within the limit of a layer with a scope."""
    if not every.layer.scoped:
        return False
    if every.layer.sites_needed > 1:
        every = run_with_kth_site(every, position, horizon_ms=horizon_ms)
    times = _times(every, position, horizon_ms=horizon_ms)
    return bool(every.layer.limit.holds(times.time_ms, times.metres)[0])


def _times(run: LayerRun, position: Positions, *, horizon_ms: int) -> DemandTimes:
    return at_positions(
        run.network, run.seeds, run.union.label, run.metres, position, horizon_ms=horizon_ms
    )


def nearest_site(
    run: LayerRun,
    roads: Roads,
    lon: float,
    lat: float,
    position: Positions,
    *,
    reachable: Callable[[], NDArray[np.bool_]],
    horizon_ms: int,
    every: LayerRun | None = None,
    assigned: bool = True,
) -> NearestSite:
    """The nearest site of one layer from a place.

    Parameters
    ----------
    run : LayerRun
        Searched from the sites that serve the place.
    position : Positions
        Of the one place on the run's network.
    reachable : Callable
        Gives the nodes that any path connects with a site, bool (nodes). Called only where the
        cause depends on it.
    every : LayerRun, optional
        Searched from every site of the layer, where `run` is not.
    assigned : bool
        Whether any site serves the unit of the place.
    """
    every = run if every is None else every
    times = _times(run, position, horizon_ms=horizon_ms)
    time_ms, rank = int(times.time_ms[0]), int(times.rank[0])
    covered = bool(run.layer.limit.holds(times.time_ms, times.metres)[0])
    access_m = float(np.round(position.access_m[0], 3))
    if time_ms < 0:
        cause = "data_doubt"
        if position.on_network[0]:
            cause = _cause_on_network(
                every, position, reachable, assigned=assigned, horizon_ms=horizon_ms
            )
        nan = float("nan")
        return NearestSite(
            run.layer.key, None, nan, nan, "", "", False, cause, access_m, nan, nan, *[None] * 5
        )
    walk = trace_path(
        run, int(position.edge[0]), float(position.fraction[0]), float(position.access_m[0])
    )
    assert walk is not None
    site = run.sites.iloc[rank]
    site_at = (float(site["lon"]), float(site["lat"]))
    road = road_line(roads, run.network, walk)
    parts = [np.array([site_at, road[0]]), road, np.array([road[-1], (lon, lat)])]
    if run.layer.direction == "to":
        parts = [part[::-1] for part in reversed(parts)]
    whole = np.concatenate(parts)
    fresh = np.concatenate([[True], np.any(whole[1:] != whole[:-1], axis=1)])
    access, along, egress = (as_line(part) for part in parts)
    beyond = "out_of_scope" if _out_of_scope(every, position, horizon_ms=horizon_ms) else "too_far"
    return NearestSite(
        layer=run.layer.key,
        time_ms=time_ms,
        minutes=float(minutes_up(times.time_ms)[0]),
        metres=float(times.metres[0]),
        site_id=str(site["id"]),
        site_name=str(site["name"]),
        covered=covered,
        cause="" if covered else beyond,
        access_m=access_m,
        site_lon=site_at[0],
        site_lat=site_at[1],
        path=as_line(whole[fresh]),
        access=access,
        along=along,
        egress=egress,
        walk=walk,
    )
