"""Coverage of single demand points under locked parameters, now and with the sites of earlier."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.exact import exact_sum, share_of
from geo.inputs.demand import DemandPoints
from geo.questions.explorer import Explorer
from geo.scenarios.compare import middle_sites
from ledger.evidence.parameters import with_parameters

__all__ = [
    "PointCoverage",
    "explorer_with",
    "places_of",
    "point_coverage",
    "points_of",
    "sites_text",
    "with_sites",
]

# A hundredth of a metre: what is written with fewer digits has not moved.
_DIGITS = 7
# What a site must share with an earlier one to be the same site.
_DECIDE = ("id", "lon", "lat")


@dataclass(frozen=True)
class PointCoverage:
    """The demand of a layer by id.

    Attributes
    ----------
    ids : pd.Index
        The ids of the demand points that count for the layer.
    covered : bool (points)
    unit : object (points)
        Finest unit of each point, "" outside all units.
    weight : float64 (points)
    """

    ids: pd.Index
    covered: NDArray[np.bool_]
    unit: NDArray[np.object_]
    weight: NDArray[np.float64]

    def shares(self) -> dict[str, float]:
        """The share by time of each unit, six places as in units.csv."""
        found: dict[str, float] = {}
        order = np.argsort(self.unit, kind="stable")
        units, starts = np.unique(self.unit[order], return_index=True)
        for unit, members in zip(units, np.split(order, starts[1:]), strict=False):
            total = exact_sum(self.weight[members])
            reached = exact_sum(self.weight[members][self.covered[members]])
            found[str(unit)] = share_of(reached, total)
        return found


def explorer_with(explorer: Explorer, parameters: str) -> Explorer:
    """The explorer of the same data under locked parameters (`ledger.evidence.parameters`)."""
    study, inputs = with_parameters(explorer.study, parameters), explorer.inputs
    if study is explorer.study:
        return explorer
    if study.profiles != explorer.study.profiles:
        inputs = replace(inputs, roads=inputs.roads.varied(profiles=dict(study.profiles)))
    return explorer.varied(study, inputs)


def with_sites(explorer: Explorer, key: str, earlier: str, *, moved: bool = False) -> Explorer:
    """The explorer with the set of sites of earlier (`sites_text`) on the data of now.

    Parameters
    ----------
    earlier : str
        Sites that still exist stand where they stand now, the others where they stood.
    moved : bool
        All stand where they stood.
    """
    now = explorer.inputs.sites[key]
    rows = json.loads(earlier)
    old = pd.DataFrame(rows).reindex(columns=now.columns)
    kept = set(old["id"])
    sites = middle_sites(old, now, kept=kept, moved=kept if moved else set())
    if "serves" in now:
        # Units that a site was given to serve are a change of the site, not of data about it.
        served = dict(zip(old["id"], old["serves"].fillna(""), strict=True))
        sites["serves"] = [served[name] for name in sites["id"]]
    if (
        len(sites) == len(now)
        and sites[[*_DECIDE]].equals(now[[*_DECIDE]])
        and ("serves" not in now or sites["serves"].equals(now["serves"]))
    ):
        return explorer
    inputs = replace(explorer.inputs, sites={**explorer.inputs.sites, key: sites})
    return explorer.varied(explorer.study, inputs)


def sites_text(sites: pd.DataFrame) -> str:
    """The sites of a layer as JSON, to compute with them later."""
    return str(sites.to_json(orient="records", force_ascii=False, double_precision=15))


def point_coverage(explorer: Explorer, key: str) -> PointCoverage:
    """Which demand of a layer is covered."""
    demand, inputs = explorer.covered_demand(key), explorer.inputs
    units = np.append(inputs.areas.frame["unit_id"].to_numpy(dtype=object), "")
    ids = points_of(explorer, key).frame["id"].to_numpy(dtype=object)[demand.point]
    return PointCoverage(pd.Index(ids), demand.covered, units[demand.unit], demand.weight)


def points_of(explorer: Explorer, key: str) -> DemandPoints:
    """What a layer counts: its own objects, else the demand of the study."""
    return explorer.inputs.points_of(explorer.study.layer(key))


def places_of(points: DemandPoints, ids: Sequence[str]) -> list[str]:
    """A hash of where each demand point is, with all rows of its group; "" for unknown ids."""
    at = pd.Index(points.frame["id"]).get_indexer(pd.Index(ids))
    first = np.searchsorted(points.point_of_row, at)
    last = np.searchsorted(points.point_of_row, at, side="right")
    found = []
    for point, begin, end in zip(at, first, last, strict=True):
        rows = zip(points.lon[begin:end], points.lat[begin:end], strict=True)
        texts = sorted(f"{lon:.{_DIGITS}f},{lat:.{_DIGITS}f}" for lon, lat in rows)
        found.append(
            hashlib.sha256(";".join(texts).encode()).hexdigest()[:16] if point >= 0 else ""
        )
    return found
