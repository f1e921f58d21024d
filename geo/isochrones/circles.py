"""The area within the service radius of a layer's sites: the union of circles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.coordinates.antimeridian import split_areas
from geo.coordinates.circles import equal_area_plane, geodesic_circles
from geo.coverage.layer_run import LayerRun

__all__ = ["circle_rows"]


def circle_rows(run: LayerRun, *, per_site: bool) -> Iterator[dict[str, Any]]:
    """Rows of `Analysis.isochrones`: every band and the radius, for all sites and for each."""
    if not len(run.sites):
        return
    lon, lat = run.sites["lon"].to_numpy(float), run.sites["lat"].to_numpy(float)
    ids = run.sites["id"].to_numpy(dtype=object)
    plane = equal_area_plane(float(lon[0]), float((lat.min() + lat.max()) / 2))
    bands = sorted({*run.layer.bands, run.layer.limit.value})
    chosen = [("", np.arange(len(lon)))]
    chosen += [(str(ids[i]), np.array([i])) for i in range(len(lon))] if per_site else []
    for site_id, which in chosen:
        for band in bands:
            geometry, area_km2 = _together(geodesic_circles(lon[which], lat[which], band), plane)
            yield {
                "layer": run.layer.key,
                "site_id": site_id,
                "minutes": float("nan"),
                "metres": band,
                "area_km2": area_km2,
                "geometry": geometry,
            }


def _together(
    circles: NDArray[np.object_], plane: pyproj.Transformer
) -> tuple[shapely.MultiPolygon, float]:
    """The union in degrees, and its area in the equal-area plane in km²."""

    def moved(shapes: Any, direction: str) -> Any:
        def step(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            x, y = plane.transform(xy[:, 0], xy[:, 1], direction=direction)
            return np.column_stack([x, y])

        return shapely.transform(shapes, step)

    whole = shapely.union_all(moved(circles, "FORWARD"))
    (degrees,), _ = split_areas(np.array([moved(whole, "INVERSE")], dtype=object))
    parts = shapely.MultiPolygon([part for part in shapely.get_parts(degrees)])
    return parts, round(float(whole.area) / 1e6, 6)
