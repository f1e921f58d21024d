"""Units of every level, simplified for drawing."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.inputs.areas import parent_ids
from geo.study.model import Study

__all__ = [
    "extent",
    "label_points",
    "level_areas",
    "levels",
    "parent_borders",
    "parent_outlines",
    "populated_extent",
    "shown_shares",
    "simplified_units",
    "unit_values",
]

# The first tolerance in degrees (about 5 m), and how many vertices a map may hold.
_TOLERANCE = 5e-5
_VERTICES = 120_000
# The first view leaves out this share of the weight on each of its four sides.
_TRIMMED = 0.01
# Around it, as a share of its sides; and the least side in degrees (about a kilometre).
_MARGIN = 0.06
_LEAST_SIDE = 0.01
# Borders are simplified by this share of the unit's size to find the place of its name.
_LABEL_TOLERANCE = 0.01


def extent(analysis: Analysis) -> list[list[float]]:
    """South-west and north-east (latitude, longitude) of the units, else of the demand."""
    west, south, east, north = (float(side) for side in analysis.areas.total_bounds)
    if west != west:  # a list of units without areas
        lon, lat = analysis.demand["lon"], analysis.demand["lat"]
        west, east, south, north = lon.min(), lon.max(), lat.min(), lat.max()
    return [[float(south), float(west)], [float(north), float(east)]]


def populated_extent(analysis: Analysis) -> list[list[float]]:
    """South-west and north-east (latitude, longitude) of where people live: the first view.

    The middle 98 % of the weight of the demand, by longitude and by latitude, with a margin; never
    beyond `extent`, and `extent` itself without weight.
    """
    whole = extent(analysis)
    points = analysis.demand.drop_duplicates("demand_id")
    weight = points["weight"].to_numpy(np.float64)
    known = np.isfinite(weight) & (weight > 0)
    for axis in ("lon", "lat"):
        known &= np.isfinite(points[axis].to_numpy(np.float64))
    if not known.any():
        return whole
    south, north = _middle(points["lat"].to_numpy(np.float64)[known], weight[known])
    west, east = _middle(points["lon"].to_numpy(np.float64)[known], weight[known])
    (least_lat, least_lon), (most_lat, most_lon) = whole
    south, west = max(south, least_lat), max(west, least_lon)
    north, east = min(north, most_lat), min(east, most_lon)
    if south >= north or west >= east:  # all demand lies outside the units
        return whole
    return [[south, west], [north, east]]


def _middle(values: NDArray[np.float64], weight: NDArray[np.float64]) -> tuple[float, float]:
    """The range of the middle 98 % of the weight, with its margin."""
    order = np.argsort(values, kind="stable")
    held = np.cumsum(weight[order])
    last = len(order) - 1
    low, high = (
        float(values[order[min(last, int(np.searchsorted(held, share * held[-1])))]])
        for share in (_TRIMMED, 1 - _TRIMMED)
    )
    margin = max(_MARGIN * (high - low), (_LEAST_SIDE - (high - low)) / 2)
    return low - margin, high + margin


def label_points(areas: gpd.GeoDataFrame) -> list[list[Any]]:
    """Name, longitude, latitude, radius (1e-5 degrees) of each unit with an area.

    The place is the centre of the largest circle inside the unit's largest part, the radius is that
    circle's: the room for the name.

    Parameters
    ----------
    areas : gpd.GeoDataFrame
        unit_id, unit_name, geometry: `level_areas`.
    """
    shapes = np.asarray(areas.geometry.array)
    names = areas["unit_name"].fillna("").astype(str)
    names = names.where(names != "", areas["unit_id"].astype(str))
    parts, of_unit = shapely.get_parts(shapes, return_index=True)
    polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    polygon &= ~shapely.is_empty(parts)
    parts, of_unit = parts[polygon], of_unit[polygon]
    # The largest part of each unit comes last.
    order = np.lexsort((shapely.area(parts), of_unit))
    largest = order[np.flatnonzero(np.diff(of_unit[order], append=-1))] if len(order) else order
    parts, of_unit = parts[largest], of_unit[largest]
    if not len(parts):
        return []
    west, south, east, north = shapely.bounds(parts).T
    size = np.maximum(east - west, north - south)
    # Fewer vertices make it ten times as fast, and a name needs no exact place.
    rough = shapely.simplify(parts, _LABEL_TOLERANCE * size)
    spokes = shapely.maximum_inscribed_circle(rough, tolerance=5 * _LABEL_TOLERANCE * size)
    place = shapely.get_coordinates(shapely.get_point(spokes, 0))
    rows = np.rint(np.column_stack([place, shapely.length(spokes)]) * 1e5).astype(int).tolist()
    return [[names.iloc[unit], *row] for unit, row in zip(of_unit.tolist(), rows, strict=True)]


def simplified_units(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The finest units for drawing: fewer vertices, shared borders still shared.

    A valid coverage (no overlaps, matching borders) is simplified as a whole; other polygons are
    simplified one by one. The tolerance starts at about 5 m and doubles until the map has few
    enough vertices.
    """
    shapes = np.asarray(areas.geometry.array)
    whole = len(shapes) > 0 and bool(shapely.coverage_is_valid(shapes))
    tolerance, drawn = _TOLERANCE, shapes
    while len(shapes):
        drawn = (
            shapely.coverage_simplify(shapes, tolerance)
            if whole
            else shapely.simplify(shapes, tolerance)
        )
        if shapely.get_num_coordinates(drawn).sum() <= _VERTICES or tolerance > 0.01:
            break
        tolerance *= 2
    # A unit smaller than the tolerance would vanish from the map.
    kept = np.where(shapely.is_empty(drawn), shapes, drawn)
    return areas.set_geometry(gpd.GeoSeries(kept, index=areas.index, crs=areas.crs))


def parent_outlines(drawn: gpd.GeoDataFrame, parents: tuple[str, ...]) -> list[Any]:
    """The areas of the finest parents (districts), from the units as they are drawn.

    A parent is identified by all names above it, since names such as 市辖区 occur in every city.
    """
    if not parents:
        return []
    shapes = np.asarray(drawn.geometry.array)
    whole = bool(shapely.coverage_is_valid(shapes))
    union = shapely.coverage_union_all if whole else shapely.union_all
    groups = drawn.groupby(list(parents), sort=True, dropna=False).indices
    return [union(shapes[rows]) for rows in groups.values()]


def parent_borders(drawn: gpd.GeoDataFrame, parents: tuple[str, ...]) -> list[Any]:
    """The borders of `parent_outlines` as lines, what two areas share once: dashes stay dashes."""
    outlines = parent_outlines(drawn, parents)
    if not outlines:
        return []
    joined = shapely.union_all(shapely.boundary(np.asarray(outlines, dtype=object)))
    found: list[Any] = shapely.get_parts(shapely.line_merge(joined)).tolist()
    return found


def levels(study: Study) -> list[str]:
    """The study's levels, the finest first, as units.csv names them."""
    return [study.units.level, *study.units.parents]


def level_areas(drawn: gpd.GeoDataFrame, study: Study, level: str) -> gpd.GeoDataFrame:
    """The units of one level as they are drawn, in order of unit_id.

    Parameters
    ----------
    drawn : gpd.GeoDataFrame
        `simplified_units` of the study, so that the borders of all levels coincide.
    level : str
        One of `levels`.

    Returns
    -------
    gpd.GeoDataFrame
        unit_id and unit_name as in units.csv, one column for each parent level above `level`,
        geometry.
    """
    parents = study.units.parents
    if level == study.units.level:
        return drawn[["unit_id", "unit_name", *parents, "geometry"]]
    depth = parents.index(level)
    shapes = np.asarray(drawn.geometry.array)
    whole = bool(shapely.coverage_is_valid(shapes))
    union = shapely.coverage_union_all if whole else shapely.union_all
    ids = parent_ids(drawn, parents, depth)
    found, first, of_finest = np.unique(ids, return_index=True, return_inverse=True)
    frame = {"unit_id": found.astype(object), "unit_name": drawn[level].to_numpy()[first]}
    frame |= {name: drawn[name].to_numpy()[first] for name in parents[depth + 1 :]}
    dissolved = [union(shapes[of_finest == number]) for number in range(len(found))]
    return gpd.GeoDataFrame(frame, geometry=dissolved, crs=drawn.crs)


def shown_shares(units: pd.DataFrame, study: Study) -> pd.Series:
    """The share of covered demand of each row of `Analysis.units`, by the rule of its layer."""
    share = pd.Series(np.nan, index=units.index)
    for layer in study.layers:
        mine = units["layer"] == layer.key
        share[mine] = units.loc[mine, layer.share].astype(float)
    return share


def unit_values(analysis: Analysis, key: str) -> pd.DataFrame:
    """The layer's figures by unit, in the order of `analysis.areas` and with its index.

    Columns share, demand_total, demand_covered, sites, minutes_p50; NaN where missing.
    """
    columns = ["share", "demand_total", "demand_covered", "sites", "minutes_p50"]
    units = analysis.units.rename(columns={analysis.study.layer(key).share: "share"})
    rows = units[(units["layer"] == key) & (units["level"] == analysis.study.units.level)]
    # The row of the demand outside every unit has no area.
    rows = rows[rows["unit_id"].fillna("") != ""].drop_duplicates("unit_id").set_index("unit_id")
    found = rows[columns].reindex(analysis.areas["unit_id"])
    return found.set_axis(analysis.areas.index).astype(float)
