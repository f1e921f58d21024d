"""The isochrones of a layer: its bands and limit, for all sites together and for each alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import ISOCHRONE_COLUMNS
from geo.base.jobs import CORES, in_threads
from geo.base.progress import Progress
from geo.coverage.layer_run import LayerRun
from geo.inputs.road_source import RoadSource
from geo.isochrones.circles import circle_rows
from geo.isochrones.streets import (
    ReachedStreets,
    access_legs,
    apart_m,
    cell_for,
    isochrone,
    reached_streets,
)
from geo.network.labels import HALF, NO_LABEL
from geo.search.site_reach import site_reach
from geo.search.times import search_bound_ms
from geo.study.limit import whole_ms

__all__ = ["isochrone_table", "layer_bands", "site_isochrones", "site_values"]

# A site within this share of the buffer lies inside the polygon of its road, as drawn on the grid.
_INSIDE = 0.9


def layer_bands(run: LayerRun) -> list[float]:
    """Bands and limit, ascending; in metres for a layer whose limit is in metres."""
    limit = run.layer.limit.value
    return sorted({*run.layer.bands, float(limit or 0.0)})


def isochrone_table(
    run: LayerRun, source: RoadSource, *, per_site: bool, progress: Progress | None = None
) -> gpd.GeoDataFrame:
    """The layer's rows of `Analysis.isochrones`; `site_id` is "" for all sites together.

    Every band is one step of `progress`, where a cancel takes effect.
    """
    if not run.layer.travels:
        circles = [] if run.layer.of_objects else list(circle_rows(run, per_site=per_site))
        return gpd.GeoDataFrame(
            circles, columns=ISOCHRONE_COLUMNS, geometry="geometry", crs="EPSG:4326"
        )
    if not run.layer.limit.in_metres:
        label = run.union.label
        together = np.where(label == NO_LABEL, np.inf, (label >> HALF).astype(np.float64))
    else:
        together = run.metres
    everyone = np.arange(len(run.seeds.rank))
    rows = list(_rows(run, source, "", together, everyone, None, progress))
    if per_site:
        for i, value, edges in _each_site(run):
            site_id = str(run.sites["id"].iat[run.seeds.rank[i]])
            rows.extend(_rows(run, source, site_id, value, np.array([i]), edges))
    return gpd.GeoDataFrame(rows, columns=ISOCHRONE_COLUMNS, geometry="geometry", crs="EPSG:4326")


def site_isochrones(run: LayerRun, i: int, source: RoadSource) -> gpd.GeoDataFrame:
    """The bands of used site `i` alone, in the columns of `isochrone_table`."""
    value = np.full(run.network.graph.node_count, np.inf)
    nodes, found, edges = site_values(run, i, np.full(len(value), NO_LABEL))
    value[nodes] = found
    site_id = str(run.sites["id"].iat[run.seeds.rank[i]])
    rows = list(_rows(run, source, site_id, value, np.array([i]), edges))
    return gpd.GeoDataFrame(rows, columns=ISOCHRONE_COLUMNS, geometry="geometry", crs="EPSG:4326")


def _rows(
    run: LayerRun,
    source: RoadSource,
    site_id: str,
    value: NDArray[np.float64],
    sites: NDArray[np.int64],
    edges: NDArray[np.int32] | None,
    progress: Progress | None = None,
) -> Iterator[dict[str, Any]]:
    """One row a band; nothing for a layer without used sites."""
    if not len(sites):
        return
    in_metres = run.layer.limit.in_metres
    network, seeds = run.network, run.seeds
    bands = layer_bands(run)
    site_value = (
        seeds.edge_metres[sites]
        if in_metres
        else (seeds.edge_label[sites] >> HALF).astype(np.float64)
    )
    legs, leg_value = _far_legs(run, source, sites, site_value)

    def streets(band: float) -> ReachedStreets:
        return reached_streets(
            network,
            value,
            (network.length_m, network.length_m)
            if in_metres
            else (network.ms_forward, network.ms_backward),
            band if in_metres else whole_ms(band),
            site_edge=seeds.edge[sites],
            site_fraction=seeds.fraction[sites],
            site_value=site_value,
            edges=edges,
        )

    largest = streets(bands[-1])
    cell_m = cell_for(network)

    def row(band: float) -> dict[str, Any]:
        if progress is not None:
            progress.step()
        geometry, area_km2 = isochrone(
            source.roads,
            network,
            source.plane,
            largest if band == bands[-1] else streets(band),
            buffer_m=run.layer.buffer_m + apart_m(band, in_metres=in_metres),
            legs=legs[leg_value < (band if in_metres else whole_ms(band))],
            cell_m=cell_m,
            threads=1 if len(bands) > 1 else CORES,
        )
        return {
            "layer": run.layer.key,
            "site_id": site_id,
            "minutes": float("nan") if in_metres else band,
            "metres": band if in_metres else float("nan"),
            "area_km2": area_km2,
            "geometry": geometry,
        }

    # One band a thread. The largest goes first, as it takes longest.
    yield from reversed(in_threads(row, reversed(bands)))


def _far_legs(
    run: LayerRun,
    source: RoadSource,
    sites: NDArray[np.int64],
    site_value: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ways to the road of the sites that the buffer of their road does not hold, with cost."""
    rank = run.seeds.rank[sites]
    far = run.site_positions.access_m[rank] > _INSIDE * run.layer.buffer_m
    rows = run.sites.iloc[rank[far]]
    legs = access_legs(
        source.roads,
        run.network,
        source.plane,
        rows[["lon", "lat"]].to_numpy(np.float64),
        edge=run.seeds.edge[sites][far],
        fraction=run.seeds.fraction[sites][far],
    )
    return legs, site_value[far]


def _each_site(
    run: LayerRun,
) -> Iterator[tuple[int, NDArray[np.float64], NDArray[np.int32]]]:
    """Used site, values at the nodes (one array, reused), and the edges around those reached."""
    nodes_total = run.network.graph.node_count
    scratch = np.full(nodes_total, NO_LABEL)
    value = np.full(nodes_total, np.inf)
    for i in range(len(run.seeds.rank)):
        nodes, found, edges = site_values(run, i, scratch)
        value[nodes] = found
        yield i, value, edges
        value[nodes] = np.inf


def site_values(
    run: LayerRun, i: int, scratch: NDArray[np.uint64]
) -> tuple[NDArray[np.uint32], NDArray[np.float64], NDArray[np.int32]]:
    """Nodes that used site `i` reaches within the largest band, their values, the edges around.

    Parameters
    ----------
    scratch : uint64 (nodes)
        `NO_LABEL` everywhere, and again afterwards.
    """
    in_metres = run.layer.limit.in_metres
    largest = layer_bands(run)[-1]
    bound = search_bound_ms(run.network, largest, 2**31) if in_metres else whole_ms(largest)
    _, nodes, labels, metres = site_reach(
        run.network,
        run.seeds,
        np.array([i]),
        limit_ms=bound,
        scratch=scratch,
        scratch_metres=np.full(len(scratch) if in_metres else 0, np.inf),
    )
    graph = run.network.graph
    arcs, _ = graph.arcs_of(nodes)
    around = graph.arc_edge[arcs]
    edges = np.sort(pd.unique(around[around >= 0]))  # np.unique takes three times as long
    values = metres if in_metres else (labels >> HALF).astype(np.float64)
    return nodes, values, edges
