"""Several services together: how many are within their limits, by demand point and by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.base.exact import exact_sums, share_of
from geo.inputs.areas import areas_of_frame

__all__ = ["ServicesTogether", "services_together"]


@dataclass(frozen=True)
class ServicesTogether:
    """The coverage of several layers together. Amounts are in the study's own weight.

    Attributes
    ----------
    layers : tuple of str
        Their keys, n of them.
    points : pd.DataFrame
        Demand points of at least one of the layers, by id: demand_id, unit_id, weight, services
        (how many of the layers have this point in their demand), within (how many of these have a
        site within the limit), lon, lat.
    units : pd.DataFrame
        Every unit of every level: unit_id, unit_name, level, total, within_0 … within_n (the weight
        with exactly that many services within their limits), within_all (with all of its services),
        share_all (0-1, NaN without demand); the demand outside every unit comes last, with an empty
        unit_id.
    """

    layers: tuple[str, ...]
    points: pd.DataFrame
    units: pd.DataFrame


def services_together(
    analysis: Analysis, keys: Sequence[str], *, instead: Mapping[str, Analysis] | None = None
) -> ServicesTogether:
    """Count the services within reach of every demand point.

    Parameters
    ----------
    keys : sequence of str
        One layer for each service.
    instead : mapping of str to Analysis, optional
        Analyses of layers under another limit or with other sites (`Explorer.analysis_with`), by
        key.

    Raises
    ------
    StudyError
        No such layer.
    """
    chosen = tuple(dict.fromkeys(analysis.study.layer(key).key for key in keys))
    points = _points(analysis, chosen, instead or {})
    return ServicesTogether(chosen, points, _units(analysis, points, len(chosen)))


def _points(
    analysis: Analysis, keys: tuple[str, ...], instead: Mapping[str, Analysis]
) -> pd.DataFrame:
    ids = analysis.points.index.to_numpy(dtype=object)
    row_of = pd.Index(ids)
    services, within = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    unit, lon, lat = np.full(len(ids), "", object), np.zeros(len(ids)), np.zeros(len(ids))
    # In reverse, so that the coordinates of a group are those of the first layer.
    for key in reversed(keys):
        demand = instead.get(key, analysis).demand
        mine = demand[demand["layer"] == key]
        row = row_of.get_indexer(mine["demand_id"])
        services[row] += 1
        within[row] += mine["covered"].to_numpy(np.bool_)
        unit[row] = mine["unit_id"].to_numpy(dtype=object)
        lon[row], lat[row] = mine["lon"].to_numpy(), mine["lat"].to_numpy()
    table = pd.DataFrame(
        {
            "demand_id": ids,
            "unit_id": unit,
            "weight": analysis.points["weight"].to_numpy(np.float64),
            "services": services,
            "within": within,
            "lon": lon,
            "lat": lat,
        }
    )
    return table[services > 0].sort_values("demand_id", kind="stable").reset_index(drop=True)


def _units(analysis: Analysis, points: pd.DataFrame, layers: int) -> pd.DataFrame:
    units = analysis.study.units
    areas = areas_of_frame(analysis.areas, units.parents, units.level)
    finest = pd.Index(areas.frame["unit_id"]).get_indexer(points["unit_id"])
    parts = []
    for level in areas.levels:
        table = level.units[["unit_id", "unit_name"]].assign(level=level.name)
        parts.append(
            _amounts(table, np.where(finest < 0, -1, level.of_finest[finest]), points, layers)
        )
    outside = pd.DataFrame({"unit_id": [""], "unit_name": [""], "level": [""]})
    parts.append(_amounts(outside, np.where(finest < 0, 0, -1), points, layers))
    return pd.concat(parts, ignore_index=True)


def _amounts(
    table: pd.DataFrame, unit: NDArray[np.int64], points: pd.DataFrame, layers: int
) -> pd.DataFrame:
    order = np.argsort(unit, kind="stable")
    cuts = np.searchsorted(unit[order], np.arange(len(table) + 1))
    weight, within, services = (
        points[column].to_numpy()[order] for column in ("weight", "within", "services")
    )
    sums = {"total": exact_sums(weight, cuts)}
    for count in range(layers + 1):
        sums[f"within_{count}"] = exact_sums(np.where(within == count, weight, 0.0), cuts)
    sums["within_all"] = exact_sums(np.where(within == services, weight, 0.0), cuts)
    shares = [share_of(a, b) for a, b in zip(sums["within_all"], sums["total"], strict=True)]
    return table.assign(**sums, share_all=shares)
