"""Assessment units: administrative areas with ids, names and the chain of their parents."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.columns import Sieve, column, count_input, has_column, missing_column
from geo.readers.formats import read_table
from geo.readers.tables import RawTable
from geo.readers.vectors import shift_geometry
from geo.study import Study, UnitsInput

__all__ = ["read_units"]

Geometries = NDArray[np.object_]

_POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def read_units(study: Study, quality: QualityLog) -> gpd.GeoDataFrame:
    """Read the units of a study.

    Parameters
    ----------
    study : Study
    quality : QualityLog
        Receives one row for each unit repaired or set aside and one `InputCount` (role ``units``).

    Returns
    -------
    GeoDataFrame (n), EPSG:4326
        In file order, index 0..n-1: ``id``, ``name`` (text), ``parent:<column>`` for each parent,
        ``geometry`` (Polygon or MultiPolygon, lon/lat in WGS-84, valid).

    Raises
    ------
    StudyError
        The file is missing or unreadable or holds no areas (``units_no_geometry``), a column is
        absent (``column_missing``), no unit can be used (``units_empty``).
    """
    units = study.units
    path = study.file(units.path, "units.path")
    table = read_table(path, units.path, quality)
    if table.geometry is None:
        raise StudyError("units_no_geometry", file=units.path)
    _require(table, units)
    sieve = Sieve(table, quality)
    geometry = _areas(table.geometry, sieve)
    ids = column(table, units.id, "units.id")
    sieve.set_aside(ids == "", "id_empty", field=units.id)
    sieve.set_aside_twice(ids, field=units.id)
    kept = shift_geometry(geometry[sieve.keep], units.datum)
    frame = pd.DataFrame({"id": pd.Series(ids[sieve.keep], dtype="str")})
    if has_column(table, units.name):
        frame["name"] = table.frame[units.name].to_numpy(dtype=object)[sieve.keep]
    else:
        frame["name"] = ""
    for parent in units.parents:
        frame[f"parent:{parent}"] = column(table, parent, "units.parents")[sieve.keep]
    count_input(quality, "units", path, file=units.path, rows_in=table.rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("units_empty", file=units.path, rows=table.rows_in)
    text = [name for name in frame.columns if name != "id"]
    frame = frame.astype(dict.fromkeys(text, "str"))
    return gpd.GeoDataFrame(frame, geometry=kept, crs="EPSG:4326")


def _require(table: RawTable, units: UnitsInput) -> None:
    """Raise for every column at once that the study names and the file has not."""
    named = [(units.id, "units.id"), *((parent, "units.parents") for parent in units.parents)]
    if "name" in units.model_fields_set:
        named.append((units.name, "units.name"))
    problems = [
        missing_column(table, name, field) for name, field in named if not has_column(table, name)
    ]
    if problems:
        raise StudyError.of(problems)


def _areas(source: Geometries, sieve: Sieve) -> Geometries:
    """Valid polygons; what is none, or is nowhere, is set aside."""
    geometry = np.array(source, dtype=object)
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    sieve.set_aside(empty, "geometry_missing", field="geometry")
    kinds = np.array([getattr(item, "geom_type", "") for item in geometry], dtype=object)
    other = ~np.isin(shapely.get_type_id(geometry), _POLYGONAL)
    sieve.set_aside(other, "geometry_not_area", field="geometry", values=kinds)
    bounds = shapely.bounds(geometry)
    inside = (bounds >= [-180, -90, -180, -90]) & (bounds <= [180, 90, 180, 90])
    sieve.set_aside(~inside.all(axis=1), "coordinate_range", field="geometry")
    broken = sieve.keep & ~shapely.is_valid(geometry)
    if broken.any():
        reasons = np.asarray(shapely.is_valid_reason(geometry), dtype=object)
        # "structure" keeps both halves of a bowtie, where buffer(0) loses one, and the polygonal
        # part only.
        geometry[broken] = shapely.make_valid(
            geometry[broken], method="structure", keep_collapsed=False
        )
        lost = broken & shapely.is_empty(geometry)
        sieve.set_aside(lost, "geometry_invalid", field="geometry", values=reasons)
        sieve.note(
            broken, "warning", "repaired", action="repaired", field="geometry", values=reasons
        )
    return geometry
