"""Distributes the weight of a polygon over the streets inside it.

An estate or a village may be given as a polygon with a total weight. With ``spread = true`` in
study.toml the total is distributed along its streets in proportion to their length. For this, the
streets that are open to pedestrians are cut into pieces of at most 100 m, and each piece becomes a
demand point at its midpoint. A polygon without streets keeps its whole weight at its representative
point.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.roads.roads import CLOSED, Roads

__all__ = ["PIECE_M", "spread_demand"]

PIECE_M = 100.0
_METRES_PER_DEGREE = 111_320.0
_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def spread_demand(
    rows: pd.DataFrame, roads: Roads, quality: QualityLog, *, file: str
) -> pd.DataFrame:
    """Replace each polygon with points on its streets.

    Parameters
    ----------
    rows : DataFrame
        The rows that `geo.readers.inputs.demand.read_demand` returns, with ``shape``.
    roads : Roads
    quality : QualityLog
    file : str
        The name of the demand file, for messages.

    Returns
    -------
    DataFrame
        The rows without ``shape``. The id of a point on a street consists of the id of its polygon,
        ``#`` and a number. The sums of the weights and bands of a polygon's points equal the values
        of the polygon to 1e-9.
    """
    shapes = rows["shape"].to_numpy(dtype=object)
    plain = rows.drop(columns="shape")
    areas = np.flatnonzero(np.isin(shapely.get_type_id(shapes), _POLYGONAL))
    if not len(areas):
        return plain
    lines = _streets(roads, shapely.total_bounds(shapes[areas]))
    tree = shapely.STRtree(lines)
    keep = np.ones(len(rows), dtype=bool)
    parts = []
    sources = plain["row"].to_numpy(dtype=np.int64)
    for at in areas.tolist():
        lonlat, share = _pieces(shapes[at], lines, tree)
        if not len(share):
            quality.add(
                "info",
                "demand_spread_no_street",
                file=file,
                row=int(sources[at]),
                field="geometry",
            )
            continue
        keep[at] = False
        parts.append(_parts(plain.iloc[[at]], lonlat, share))
    if parts:
        count = sum(len(part) for part in parts)
        quality.add("info", "demand_spread", file=file, action="repaired", value=count)
    return pd.concat([plain[keep], *parts], ignore_index=True)


def _streets(roads: Roads, bounds: NDArray[np.float64]) -> NDArray[np.object_]:
    """Return the lines that are open to pedestrians and whose bounds intersect `bounds`."""
    west, south, east, north = bounds
    lon, lat = roads.lonlat[:, 0], roads.lonlat[:, 1]
    # The bounds of each road are computed by a reduction over its vertices.
    first = roads.start[:-1]
    if not len(first):
        return np.zeros(0, dtype=object)
    near = np.minimum.reduceat(lon, first) <= east
    near &= np.maximum.reduceat(lon, first) >= west
    near &= np.minimum.reduceat(lat, first) <= north
    near &= np.maximum.reduceat(lat, first) >= south
    near &= roads.foot != CLOSED
    counts = np.diff(roads.start)
    used = np.repeat(near, counts)
    number = np.repeat(np.cumsum(near) - 1, counts)[used]
    return np.asarray(shapely.linestrings(roads.lonlat[used], indices=number), dtype=object)


def _pieces(
    area: shapely.Geometry, lines: NDArray[np.object_], tree: shapely.STRtree
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return midpoints (degrees) and shares of the pieces of the streets inside a polygon."""
    found = np.sort(tree.query(area, predicate="intersects"))
    inside = shapely.get_parts(shapely.intersection(lines[found], area))
    inside = inside[shapely.get_type_id(inside) == shapely.GeometryType.LINESTRING]
    # Metres at the latitude of the polygon; only the proportions of lengths are used.
    scale = np.array([np.cos(np.radians(area.centroid.y)), 1.0]) * _METRES_PER_DEGREE
    flat = shapely.transform(inside, lambda xy: xy * scale)
    length_m = shapely.length(flat)
    pieces = np.ceil(length_m / PIECE_M).astype(np.int64)
    line = np.repeat(np.arange(len(inside)), pieces)
    within = np.arange(len(line)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    middles = shapely.line_interpolate_point(
        flat[line], (within + 0.5) / pieces[line], normalized=True
    )
    lonlat = shapely.get_coordinates(middles) / scale
    share = (length_m / np.maximum(pieces, 1))[line]
    return lonlat, share / share.sum() if len(share) else share


def _parts(
    row: pd.DataFrame, lonlat: NDArray[np.float64], share: NDArray[np.float64]
) -> pd.DataFrame:
    parts = row.loc[row.index.repeat(len(share))].reset_index(drop=True)
    digits = len(str(len(share)))
    parts["id"] = [f"{parts['id'].iat[0]}#{n:0{digits}d}" for n in range(1, len(share) + 1)]
    parts["lon"], parts["lat"] = lonlat[:, 0], lonlat[:, 1]
    for name in parts.columns:
        if name == "weight" or name.startswith(("band:", "amount:")):
            parts[name] = parts[name].to_numpy(dtype=np.float64) * share
    return parts
