"""Units of every level, simplified for drawing."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.analysis import Analysis
from geo.inputs.areas import parent_ids
from geo.study.model import Study

__all__ = ["extent", "level_areas", "levels", "parent_outlines", "simplified_units", "unit_values"]

# The first tolerance in degrees (about 5 m), and how many vertices a map may hold.
_TOLERANCE = 5e-5
_VERTICES = 120_000


def extent(analysis: Analysis) -> list[list[float]]:
    """South-west and north-east (latitude, longitude) of the units, else of the demand."""
    west, south, east, north = (float(side) for side in analysis.areas.total_bounds)
    if west != west:  # a list of units without areas
        lon, lat = analysis.demand["lon"], analysis.demand["lat"]
        west, east, south, north = lon.min(), lon.max(), lat.min(), lat.max()
    return [[float(south), float(west)], [float(north), float(east)]]


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


def unit_values(analysis: Analysis, key: str) -> pd.DataFrame:
    """The layer's figures by unit, in the order of `analysis.areas` and with its index.

    Columns share_by_time, demand_total, demand_covered, sites, minutes_p50; NaN where missing.
    """
    columns = ["share_by_time", "demand_total", "demand_covered", "sites", "minutes_p50"]
    units = analysis.units
    rows = units[(units["layer"] == key) & (units["level"] == analysis.study.units.level)]
    # The row of the demand outside every unit has no area.
    rows = rows[rows["unit_id"].fillna("") != ""].drop_duplicates("unit_id").set_index("unit_id")
    found = rows[columns].reindex(analysis.areas["unit_id"])
    return found.set_axis(analysis.areas.index).astype(float)
