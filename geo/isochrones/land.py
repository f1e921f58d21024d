"""Share by land: the area of land within the circles of a radius, or within an isochrone.

Areas are those in an equal-area plane. The land is cut at the borders of the units; land outside
all units counts in the total and in the row of the empty unit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.base.exact import exact_sum, share_of
from geo.coordinates.circles import equal_area_plane
from geo.inputs.areas import Areas
from geo.inputs.read import Inputs
from geo.study.model import Layer

__all__ = ["with_land"]

Floats = NDArray[np.float64]
# Long borders are cut into pieces, since a straight line in degrees is bent in the plane.
_LONGEST_DEG = 0.01


def with_land(analysis: Analysis, inputs: Inputs) -> Analysis:
    """Return the analysis with the share by land of every layer that has land.

    ``share_by_land`` and ``land_km2`` of units.csv are filled, and the summary gets ``land``.
    Layers whose isochrones have not been drawn stay without.
    """
    units, layers = analysis.units, dict(analysis.summary["layers"])
    for key in layers:
        layer = analysis.study.layer(str(key))
        land = inputs.land.get(layer.key)
        reached = _reached(analysis, layer)
        if land is None or reached is None:
            continue
        total, within = _areas_km2(land, reached, inputs.areas)
        units = units if units is not analysis.units else units.copy()
        for level in inputs.areas.levels:
            count = len(level.units)
            # The last entry is the land outside all units.
            of = np.append(level.of_finest, count)
            sums = _sums(total, of, count + 1), _sums(within, of, count + 1)
            ids = [*level.units["unit_id"], ""]
            for unit, all_of, part in zip(ids, *sums, strict=True):
                at = (units["layer"] == layer.key) & (units["unit_id"] == unit)
                at &= units["level"] == (level.name if unit else "")
                units.loc[at, ["share_by_land", "land_km2"]] = [share_of(part, all_of), all_of]
        whole, part = round(exact_sum(total), 6), round(exact_sum(within), 6)
        figures = {"share_by_land": share_of(part, whole), "land_km2": whole, "reached_km2": part}
        layers[key] = {**layers[key], "land": figures}
    return replace(analysis, units=units, summary={**analysis.summary, "layers": layers})


def _reached(analysis: Analysis, layer: Layer) -> shapely.Geometry | None:
    """The area within the limit of the layer's sites, in degrees; None where it is not drawn."""
    rows = analysis.isochrones
    rows = rows[(rows["layer"] == layer.key) & (rows["site_id"] == "")]
    rows = rows[rows[layer.limit.unit] == layer.limit.value]
    if len(rows):
        return rows.geometry.iloc[0]
    used = analysis.summary["layers"][layer.key]["sites_used"]
    return None if used else shapely.MultiPolygon()


def _areas_km2(
    land: shapely.Geometry, reached: shapely.Geometry, areas: Areas
) -> tuple[Floats, Floats]:
    """Land, and reached land, of each finest unit and last outside all units, in km²."""
    west, south, east, north = shapely.total_bounds(land)
    plane = equal_area_plane((west + east) / 2, (south + north) / 2)
    whole = _in_plane(land, plane)
    covered = shapely.intersection(whole, _in_plane(reached, plane))
    units = _in_plane(areas.frame.geometry.to_numpy(), plane)
    sizes = np.zeros(len(units) + 1), np.zeros(len(units) + 1)
    for size, shape in zip(sizes, (whole, covered), strict=True):
        pieces = shapely.get_parts(shape)
        tree = shapely.STRtree(pieces)
        unit, piece = tree.query(units, predicate="intersects")
        cut = shapely.area(shapely.intersection(units[unit], pieces[piece]))
        size[: len(units)] = np.bincount(unit, cut, len(units))
        inside = shapely.union_all(units[np.unique(unit)]) if len(unit) else shapely.Polygon()
        size[-1] = float(shapely.area(shapely.difference(shape, inside)))
    total, within = (np.round(size / 1e6, 6) + 0.0 for size in sizes)
    return total, np.minimum(within, total)


def _in_plane(shapes: Any, plane: pyproj.Transformer) -> Any:
    """Valid shapes in the plane, in metres."""

    def step(xy: Floats) -> Floats:
        x, y = plane.transform(xy[:, 0], xy[:, 1])
        return np.column_stack([x, y])

    fine = shapely.segmentize(shapes, _LONGEST_DEG)
    return shapely.make_valid(shapely.transform(fine, step))


def _sums(values: Floats, of: NDArray[np.int64], count: int) -> Floats:
    """Exact sums by number, rounded to six places."""
    return np.array([round(exact_sum(values[of == number]), 6) for number in range(count)])
