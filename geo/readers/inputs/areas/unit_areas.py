"""The areas of a table as valid polygons."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coordinates.antimeridian import split_areas
from geo.readers.table.raw_table import RawTable
from geo.readers.table.row_filter import RowFilter

__all__ = ["clean_areas"]

Geometries = NDArray[np.object_]

_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def clean_areas(table: RawTable, row_filter: RowFilter) -> Geometries:
    """Valid polygons (n); rows without one, or outside the range of degrees, are set aside.

    Areas over 180 degrees of longitude are cut there.

    Parameters
    ----------
    table : RawTable
        With geometry.
    row_filter : RowFilter
        Of the same table; receives the rows that were repaired (``repaired``) or set aside.
    """
    geometry = np.array(table.geometry, dtype=object)
    row_filter.set_aside_geometry()
    kinds = np.array([getattr(item, "geom_type", "") for item in geometry], dtype=object)
    other = ~np.isin(shapely.get_type_id(geometry), _POLYGONAL)
    row_filter.set_aside(other, "geometry_not_area", field="geometry", values=kinds)
    bounds = shapely.bounds(geometry)
    inside = (bounds >= [-180, -90, -180, -90]) & (bounds <= [180, 90, 180, 90])
    row_filter.set_aside(~inside.all(axis=1), "coordinate_range", field="geometry")
    geometry, split = split_areas(geometry)
    row_filter.note(split, "info", "area_over_180", action="repaired", field="geometry")
    broken = row_filter.keep & ~shapely.is_valid(geometry)
    if broken.any():
        reasons = np.asarray(shapely.is_valid_reason(geometry), dtype=object)
        # "structure" keeps both halves of a bowtie, where buffer(0) loses one, and the polygonal
        # part only.
        geometry[broken] = shapely.make_valid(
            geometry[broken], method="structure", keep_collapsed=False
        )
        lost = broken & shapely.is_empty(geometry)
        row_filter.set_aside(lost, "geometry_invalid", field="geometry", values=reasons)
        row_filter.note(
            broken, "warning", "repaired", action="repaired", field="geometry", values=reasons
        )
    return geometry
