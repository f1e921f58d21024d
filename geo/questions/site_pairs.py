"""The demand within the limit of every site, kept between questions about a layer."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from geo.base.jobs import CORES
from geo.base.lru import LruCache
from geo.base.ragged import ranges
from geo.coverage.layer_run import LayerRun
from geo.coverage.tables import SiteSums, points_within, site_sums, with_counts
from geo.inputs.demand import DemandPoints
from geo.network.positions import Positions
from geo.search.seeds import Seeds
from geo.study.model import Layer

__all__ = ["SitePairs"]

# Used site ``i`` has the demand rows ``rows[first[i]:first[i + 1]]`` (`points_within`).
_Pairs = tuple[NDArray[np.int64], NDArray[np.int32]]
# A moved site keeps its id, so a site is known by its id and its place.
_Site = tuple[str, float, float]
# Layers and limits that are kept. Each can hold millions of pairs.
_KEPT = 6


class SitePairs:
    """Counts the sites within the limit of demand, and sums the demand of each site.

    Each site of the study is searched once for a layer and a limit. Trial sites are searched at
    every question.

    Parameters
    ----------
    points : DemandPoints
    horizon_ms : int
    """

    def __init__(self, points: DemandPoints, *, horizon_ms: int) -> None:
        self._points = points
        self._horizon_ms = horizon_ms
        self._pairs: LruCache[_Pairs] = LruCache(_KEPT)

    def known(self, layer: Layer) -> bool:
        """Whether the sites of the study have been searched for the limit of this layer."""
        return self._pairs.get((layer.key, layer.limit.value)) is not None

    def counted(
        self, run: LayerRun, base: LayerRun, rows: Positions, *, threads: int = CORES
    ) -> tuple[LayerRun, SiteSums]:
        """Return `run` with `sites_within`, and the sums of its used sites.

        Parameters
        ----------
        run : LayerRun
            The layer, possibly under another limit, with sites added or closed.
        base : LayerRun
            The layer with the sites of the study.
        rows : Positions
            Positions of the demand rows on the network of the layer.
        """
        layer = run.layer

        def pairs(of: LayerRun, seeds: Seeds) -> _Pairs:
            return points_within(
                layer,
                of.network,
                seeds,
                of.demand,
                self._points,
                rows,
                served=of.served,
                horizon_ms=self._horizon_ms,
                threads=threads,
            )

        own = self._pairs.of((layer.key, layer.limit.value), lambda: pairs(base, base.seeds))
        first, listed = own
        if run.seeds is not base.seeds:
            used, before = _used_sites(run), _used_sites(base)
            known = set(before)
            new = np.array([site not in known for site in used], np.bool_)
            added = pairs(run, run.seeds.chosen(new))
            searched = [site for site in used if site not in known]
            first, listed = _joined(used, (before, own), (searched, added))
        demand = with_counts(run.demand, listed)
        return replace(run, demand=demand), site_sums(
            demand, first, listed, at_least=layer.sites_needed
        )


def _used_sites(run: LayerRun) -> list[_Site]:
    rows = run.sites[["id", "lon", "lat"]].iloc[run.seeds.rank]
    return list(rows.itertuples(index=False, name=None))


def _joined(used: list[_Site], *parts: tuple[list[_Site], _Pairs]) -> _Pairs:
    """Return the pairs of the sites `used`, in their order; each is in one of the parts."""
    row_of = {site: row for row, site in enumerate(chain.from_iterable(s for s, _ in parts))}
    at = np.array([row_of[site] for site in used], np.int64)
    offsets = np.cumsum([0, *(len(listed) for _, (_, listed) in parts)])
    begins = [first[:-1] + offset for (_, (first, _)), offset in zip(parts, offsets, strict=False)]
    counts = np.concatenate([np.diff(first) for _, (first, _) in parts])[at]
    listed = np.concatenate([listed for _, (_, listed) in parts])
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return first, listed[ranges(np.concatenate(begins)[at], counts)]
