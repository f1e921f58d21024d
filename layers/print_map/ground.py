"""What a printed map is drawn from: figures of units, classes of shares, roads, a local plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from geo.analysis import Analysis
from geo.base.errors import QuarterhourError
from geo.base.quality_log import QualityLog
from geo.inputs.road_source import RoadSource
from geo.readers.inputs.areas.water import read_water
from geo.roads.highways import MAIN_CLASSES, parent_classes
from geo.study.model import Study
from layers.style.palette import SHARE_BREAKS, SHARE_COLOURS

__all__ = [
    "CLASSINGS",
    "Classing",
    "Ground",
    "PagePlane",
    "ShapeIndex",
    "plane_of",
    "read_ground",
    "share_breaks",
    "with_figures",
]

Classing = Literal["fixed", "quantile", "equal"]
CLASSINGS: tuple[Classing, ...] = ("fixed", "quantile", "equal")
# Main roads help readers to find their way; smaller ones are drawn on large maps only.
_BETWEEN = ("tertiary", "unclassified", "")


@dataclass(frozen=True)
class Ground:
    """What lies beneath the figures: main and other roads (lines) and water (areas), EPSG:4326."""

    main: NDArray[np.object_]
    other: NDArray[np.object_]
    water: NDArray[np.object_] = field(default_factory=lambda: np.empty(0, dtype=object))


class ShapeIndex:
    """Shapes in metres with a spatial index: a series queries them once per page."""

    def __init__(self, shapes: NDArray[np.object_]) -> None:
        self._shapes = shapes
        self._tree = shapely.STRtree(shapes)

    def touching(self, bounds: tuple[float, float, float, float]) -> NDArray[np.object_]:
        """The shapes that touch this rectangle, in their order."""
        found = self._tree.query(shapely.box(*bounds), predicate="intersects")
        return self._shapes[np.sort(found)]


@dataclass(frozen=True)
class PagePlane:
    """A transverse Mercator around the study's middle: metres, north up, true to scale.

    `geo.coordinates.plane.Plane` is equal-area, for isochrones; a printed map keeps angles, so that
    its scale bar holds in every direction.
    """

    crs: str

    def points(self, lon: Any, lat: Any) -> NDArray[np.float64]:
        """Degrees as metres, shape (n, 2)."""
        x, y = self._transformer().transform(np.asarray(lon, float), np.asarray(lat, float))
        return np.column_stack([x, y])

    def shapes(self, shapes: Any) -> NDArray[np.object_]:
        """Geometries in degrees as geometries in metres."""
        found: NDArray[np.object_] = shapely.transform(
            np.asarray(shapes, dtype=object), lambda xy: self.points(xy[:, 0], xy[:, 1])
        )
        return found

    def _transformer(self) -> Transformer:
        return _transformer(self.crs)


@lru_cache(maxsize=8)
def _transformer(crs: str) -> Transformer:
    """Cached: making a transformer takes longer than projecting the points of a map."""
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def plane_of(areas: gpd.GeoDataFrame) -> PagePlane:
    """The plane around the middle of these areas."""
    west, south, east, north = areas.total_bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    return PagePlane(f"+proj=tmerc +lat_0={lat:.6f} +lon_0={lon:.6f} +k=1 +datum=WGS84 +units=m")


def read_ground(study: Study, *, cache: Path | None = None) -> Ground | None:
    """The study's roads and water for drawing; None where its road file is missing.

    Parameters
    ----------
    study : Study
    cache : Path, optional
        Where read roads are kept; None keeps them nowhere. `geo.base.cache.default_cache` is the
        user's cache.
    """
    try:
        roads = RoadSource(study, QualityLog(), cache=cache).roads
        water = read_water(study, cache=cache)
    except (QuarterhourError, OSError):
        return None
    kinds = parent_classes(roads.highway)
    main = np.isin(kinds, MAIN_CLASSES)
    between = np.isin(kinds, _BETWEEN)
    counts = np.diff(roads.start)
    offsets = np.repeat(np.arange(len(roads)), counts)
    lines = shapely.linestrings(roads.lonlat, indices=offsets)
    return Ground(lines[main], lines[between], water)


def with_figures(
    outlines: gpd.GeoDataFrame, analysis: Analysis, key: str, level: str
) -> gpd.GeoDataFrame:
    """The areas of one level with the layer's demand_total and share.

    Parameters
    ----------
    outlines : gpd.GeoDataFrame
        `layers.shapes.units.level_areas` of this level.
    """
    rows = analysis.units
    rows = rows[(rows["layer"] == key) & (rows["level"] == level) & (rows["unit_id"] != "")]
    rows = rows.drop_duplicates("unit_id").set_index("unit_id")
    figures = rows[["demand_total", analysis.study.layer(key).share]].reindex(outlines["unit_id"])
    return outlines.assign(
        demand_total=figures["demand_total"].to_numpy(float),
        share=figures.iloc[:, 1].to_numpy(float),
    )


def share_breaks(shares: NDArray[np.float64], classing: Classing) -> tuple[float, ...]:
    """Four breaks between five classes; fewer where the shares do not fill five.

    ``fixed`` breaks are the same on every map, so that maps can be compared; ``quantile`` puts the
    same number of units into each class; ``equal`` divides the range that occurs. The latter two
    are rounded to whole per cent, so that the legend gives the exact breaks.
    """
    found = shares[~np.isnan(shares)]
    if classing == "fixed" or not len(found):
        return SHARE_BREAKS
    steps = np.linspace(0, 1, len(SHARE_COLOURS) + 1)[1:-1]
    if classing == "quantile":
        raw = np.quantile(found, steps)
    else:
        raw = found.min() + steps * (found.max() - found.min())
    breaks = sorted({round(float(value), 2) for value in raw} - {0.0, 1.0})
    return tuple(breaks)
