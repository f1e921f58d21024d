"""Composites of presets: how many services of a set each demand point reaches."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.base.exact import exact_sum, share_of
from geo.study.presets import Composite, bundles

__all__ = ["CompositeResult", "composites"]


@dataclass(frozen=True)
class CompositeResult:
    """The demand by the number of services that it reaches, in the study's own weight.

    Attributes
    ----------
    composite : Composite
    layers : tuple of tuple of str
        The layers of each service that is counted.
    missing : tuple of str
        The first preset of each service without a layer that has its sites.
    by_count : tuple of float
        The weight of the points that reach exactly 0, 1, … of the counted services.
    total : float
        Their sum.
    share_all, mean_reached : float
        The share that reaches all of the services counted for it, and the mean number reached;
        NaN without demand.
    """

    composite: Composite
    layers: tuple[tuple[str, ...], ...]
    missing: tuple[str, ...]
    by_count: tuple[float, ...]
    total: float
    share_all: float
    mean_reached: float


def composites(analysis: Analysis) -> list[CompositeResult]:
    """The composites of all bundles of which the analysis has two services or more.

    A service is reached when a layer of any of its presets covers the point.
    """
    found = []
    for bundle in bundles().values():
        for composite in bundle.composites:
            result = _result(analysis, composite)
            if len(result.layers) >= 2:
                found.append(result)
    return found


def _result(analysis: Analysis, composite: Composite) -> CompositeResult:
    computed = [analysis.study.layer(str(key)) for key in analysis.summary["layers"]]
    ready = [layer for layer in computed if not (layer.waiting or layer.of_objects)]
    named = [
        tuple(layer.key for layer in ready if layer.preset in service)
        for service in composite.services
    ]
    pairs = list(zip(composite.services, named, strict=True))
    layers = tuple(keys for keys in named if keys)
    missing = tuple(service[0] for service, keys in pairs if not keys)
    ids = pd.Index(analysis.points.index)
    asked, reached = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    for keys in layers:
        rows = analysis.demand[analysis.demand["layer"].isin(keys)]
        covered = rows.groupby("demand_id")["covered"].any()
        at = ids.get_indexer(covered.index)
        asked[at] += 1
        reached[at] += covered.to_numpy(np.bool_)
    weight = analysis.points["weight"].to_numpy(np.float64)
    counts = range(len(layers) + 1)
    by_count = tuple(exact_sum(weight[(asked > 0) & (reached == count)]) for count in counts)
    total = exact_sum(weight[asked > 0])
    whole = exact_sum(weight[(asked > 0) & (reached == asked)])
    mean = math.fsum(n * part for n, part in enumerate(by_count)) / total if total else math.nan
    return CompositeResult(
        composite, layers, missing, by_count, total, share_of(whole, total), round(mean, 6)
    )
