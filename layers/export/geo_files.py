"""The spatial files: gaps.geojson and isochrones.gpkg, each with the same bytes every time."""

from __future__ import annotations

import errno
import json
import os
import shutil
import threading
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from geo.analysis import Analysis
from geo.base.messages import plain

__all__ = ["gaps_geojson", "write_isochrones"]

# 1 cm: finer digits are noise and double the size of the file.
_DECIMALS = 7
# A GeoPackage holds the time of writing; a fixed time makes two runs equal. The time of a run is in
# summary.json.
_FIXED_DATE = "2000-01-01T00:00:00.000Z"
# A GeoPackage without rows.
_EMPTY_BYTES = 100 * 2**10
# GDAL's options are global.
_GDAL_OPTIONS = threading.Lock()


def gaps_geojson(analysis: Analysis, gaps: pd.DataFrame) -> bytes:
    """The gaps as the areas of their units.

    Parameters
    ----------
    analysis : Analysis
        Its `areas` give the polygons.
    gaps : pd.DataFrame
        The rows, in order; their columns become the properties. Demand outside every unit has no
        area: its feature has a null geometry, so that the sums stay those of gaps.csv.
    """
    areas = analysis.areas
    shapes = {
        str(unit): _geometry_json(shape)
        for unit, shape in zip(areas["unit_id"], areas.geometry, strict=True)
    }
    lines = []
    names = [str(name) for name in gaps.columns]
    for row in gaps.itertuples(index=False, name=None):
        properties = dict(zip(names, (plain(value) for value in row), strict=True))
        shape = shapes.get(str(properties["unit_id"] or ""), "null")
        text = json.dumps(properties, ensure_ascii=False, allow_nan=False)
        lines.append(f'{{"type": "Feature", "properties": {text}, "geometry": {shape}}}')
    body = ",\n".join(lines)
    content = f'{{"type": "FeatureCollection", "name": "gaps", "features": [\n{body}\n]}}\n'
    return content.encode("utf-8")


def _geometry_json(shape: Any) -> str:
    """The geometry as GeoJSON."""
    if shape is None or shape.is_empty:
        return "null"
    rounded = shapely.transform(shape, lambda xy: np.round(xy, _DECIMALS))
    return json.dumps(shapely.geometry.mapping(rounded), allow_nan=False)


def write_isochrones(isochrones: gpd.GeoDataFrame, path: Path) -> None:
    """Write the isochrones as a GeoPackage with one layer, ``isochrones``.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    path.unlink(missing_ok=True)  # GDAL reads an empty file as a broken GeoPackage
    table = isochrones.set_crs(4326) if isochrones.crs is None else isochrones
    with _GDAL_OPTIONS:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _FIXED_DATE})
        try:
            pyogrio.write_dataframe(
                table.reset_index(drop=True),
                path,
                driver="GPKG",
                layer="isochrones",
                geometry_type="MultiPolygon",
                promote_to_multi=True,
            )
        except pyogrio.errors.DataSourceError as error:
            # As an OSError, for which the atomic writer has a message.
            if _too_large(table, path):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
            raise OSError(str(error)) from error
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _too_large(table: gpd.GeoDataFrame, path: Path) -> bool:
    """Whether the disk has too little room for the table.

    SQLite says only that a transaction failed, and frees what it has written before it does.
    """
    need = int(sum(map(len, shapely.to_wkb(table.geometry.to_numpy())))) + _EMPTY_BYTES
    free = shutil.disk_usage(path.parent).free + (path.stat().st_size if path.exists() else 0)
    # SQLite keeps a copy of what it changes until the transaction ends.
    return free < 2 * need
