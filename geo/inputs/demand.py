"""Demand points. The rows of a group are merged into one point with one unit and weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.inputs.areas import Areas

__all__ = ["DemandPoints", "build_demand"]


@dataclass(frozen=True)
class DemandPoints:
    """Demand points ordered by id, and the rows from which they were built.

    Attributes
    ----------
    frame : pd.DataFrame
        id, name, weight, ``band:<name>``, class, ``col:<name>``, ``amount:<column>``, and rank if
        the study names a column for it; met and unknown of the objects of a rate; one row for each
        demand point.
    unit : int64 (points)
        Index of the finest unit, -1 outside all units.
    point_of_row : int32 (rows)
        The demand point of each row. Rows are ordered by point, then by id.
    lon, lat : float64 (rows)
        Coordinates in degrees, WGS-84.
    """

    frame: pd.DataFrame
    unit: NDArray[np.int64]
    point_of_row: NDArray[np.int32]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.frame)

    def chosen(self, only: Mapping[str, Sequence[str]]) -> NDArray[np.int64]:
        """Return the points that a layer's filter `only` selects, ordered by id."""
        use = np.ones(len(self), np.bool_)
        for column, values in only.items():
            use &= self.frame[f"col:{column}"].isin(values).to_numpy()
        return np.flatnonzero(use)


def build_demand(
    rows: pd.DataFrame, areas: Areas, quality: QualityLog, *, file: str
) -> DemandPoints:
    """Merge the rows of each group into one demand point and find the unit of each point.

    A group takes its name from the group column, and its id, weight, class, rank and unit from its
    row with the smallest id. A group whose rows have different weights or units is reported.

    Parameters
    ----------
    rows : pd.DataFrame
        id, name, lon, lat, row, weight, ``band:*``, group ("" if none), class, ``col:*``,
        ``amount:*``, rank.
    """
    grouped = rows["group"] != ""
    smallest = rows.groupby("group")["id"].transform("min")
    identity = rows["id"].where(~grouped, smallest).astype(object)
    ordered = rows.assign(_point=identity).sort_values(["_point", "id"], kind="stable")
    ids = ordered["_point"].to_numpy(dtype=object)
    begins = np.concatenate([[True], ids[1:] != ids[:-1]])
    point_of_row = (np.cumsum(begins) - 1).astype(np.int32)
    lon = ordered["lon"].to_numpy(dtype=np.float64)
    lat = ordered["lat"].to_numpy(dtype=np.float64)
    unit_of_row = areas.locate(lon, lat, ordered.get("unit_id"))
    first = np.flatnonzero(begins)
    own = ("rank", "met", "unknown")
    kept = [c for c in ordered.columns if c in own or c.startswith(("band:", "col:", "amount:"))]
    frame = ordered.iloc[first][["weight", "class", *kept]].reset_index(drop=True)
    group, name = (ordered[c].to_numpy(dtype=object)[first] for c in ("group", "name"))
    frame.insert(0, "id", ids[first])
    frame.insert(1, "name", np.where(group == "", name, group))
    if len(first) < len(rows):
        _report_disagreements(ordered, point_of_row, unit_of_row, quality, file)
    unit = unit_of_row[first]
    outside = int((unit < 0).sum())
    if outside:
        quality.add("info", "point_outside_units", file=file, field="lon,lat", value=outside)
    return DemandPoints(frame, unit, point_of_row, lon, lat)


def _report_disagreements(
    ordered: pd.DataFrame,
    point_of_row: NDArray[np.int32],
    unit_of_row: NDArray[np.int64],
    quality: QualityLog,
    file: str,
) -> None:
    """Add one finding for each group whose rows have different weights or different units."""
    rows = pd.DataFrame(
        {"point": point_of_row, "weight": ordered["weight"].to_numpy(), "unit": unit_of_row}
    )
    differing = rows.groupby("point").nunique()
    sources = ordered["row"].to_numpy()
    first = np.searchsorted(point_of_row, differing.index.to_numpy())
    names = ordered["group"].to_numpy()
    for problem, column in (("group_weights_differ", "weight"), ("group_units_differ", "unit")):
        for at in first[(differing[column] > 1).to_numpy()]:
            quality.add(
                "warning",
                problem,
                file=file,
                row=int(sources[at]),
                field="group",
                value=names[at],
            )
