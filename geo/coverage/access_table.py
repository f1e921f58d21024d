"""The access table: every pair of used site and demand point within a limit (rule 23)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geo.base.jobs import CORES
from geo.coverage.layer_run import LayerRun, demand_of_rows
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.rules.travel import limit_bound_ms
from geo.search.site_reach import CoverageSets, coverage_sets
from geo.study.limit import Limit
from geo.study.model import Layer

__all__ = ["ACCESS_SCHEMA", "access_blocks"]

ACCESS_SCHEMA = pa.schema(
    [
        ("layer", pa.string()),
        ("site_id", pa.string()),
        ("demand_id", pa.string()),
        ("time_ms", pa.int64()),
        ("metres", pa.float64()),
    ]
)
# Sites of a block. Their pairs are in memory at once.
_SITES = 512


def access_blocks(
    runs: Sequence[LayerRun],
    points: DemandPoints,
    rows: Callable[[Layer], Positions],
    *,
    horizon_ms: int,
    minutes: float | None = None,
    threads: int = CORES,
) -> Iterator[pa.Table]:
    """Yield the rows of access.parquet, by layer, site and demand point.

    Each site is searched alone. Of a demand point with several rows, the quickest one counts.
    Where the rule of a layer restricts whom a site serves, only those pairs are listed.

    Parameters
    ----------
    runs : sequence of LayerRun
        The layers, in the order of the study.
    rows : callable
        Returns the positions of the rows of `points` on the network of a layer.
    horizon_ms : int
        Nothing beyond is searched.
    minutes : float, optional
        The limit of every layer; each layer's own by default.

    Yields
    ------
    pa.Table
        With `ACCESS_SCHEMA`: time_ms is at most the limit, metres is the length of that path.
    """
    ids = pa.array(points.frame["id"].astype(str), pa.string())
    for run in runs:
        limit = run.layer.limit if minutes is None else Limit(minutes, "minutes")
        numbers = demand_of_rows(run.demand, points)
        for begin in range(0, len(run.seeds.rank), _SITES):
            chosen = np.zeros(len(run.seeds.rank), np.bool_)
            chosen[begin : begin + _SITES] = True
            rank = run.seeds.rank[chosen]
            sets = _sets(run, chosen, numbers, rows(run.layer), limit, horizon_ms, threads)
            site = np.repeat(np.arange(len(rank)), np.diff(sets.first))
            keep = np.arange(len(site))
            if run.served is not None:
                keep = np.flatnonzero(run.served.holds(rank[site], run.demand.unit[sets.point]))
            order = keep[np.lexsort((sets.point[keep], site[keep]))]
            yield _table(run, rank[site[order]], sets, order, ids)


def _sets(
    run: LayerRun,
    chosen: NDArray[np.bool_],
    numbers: NDArray[np.int32],
    rows: Positions,
    limit: Limit,
    horizon_ms: int,
    threads: int,
) -> CoverageSets:
    """The rows of the layer's demand within the limit of each chosen used site."""
    return coverage_sets(
        run.network,
        run.seeds.chosen(chosen),
        rows,
        numbers,
        len(run.demand),
        limit_ms=min(limit_bound_ms(run.network, limit, horizon_ms), horizon_ms),
        limit_m=limit.metres,
        threads=threads,
    )


def _table(
    run: LayerRun,
    rank: NDArray[np.int64],
    sets: CoverageSets,
    order: NDArray[np.int64],
    ids: pa.Array,
) -> pa.Table:
    sites = pa.array(run.sites["id"].astype(str), pa.string())
    return pa.Table.from_arrays(
        [
            pa.array(np.full(len(order), run.layer.key, dtype=object), pa.string()),
            sites.take(pa.array(rank)),
            ids.take(pa.array(run.demand.point[sets.point[order]])),
            pa.array(sets.time_ms[order]),
            pa.array(sets.metres[order]),
        ],
        schema=ACCESS_SCHEMA,
    )
