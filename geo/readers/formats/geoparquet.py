"""GeoParquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyproj

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import Geometries, flattened, to_lonlat
from geo.readers.table.raw_table import Choice, RawTable

__all__ = ["read_parquet"]


def read_parquet(
    path: Path, file: str, quality: QualityLog, _choice: Choice | None = None
) -> RawTable:
    """Read a (Geo)Parquet file; rows count from 1.

    Raises
    ------
    StudyError
        ``parquet_broken``, ``column_twice``.
    """
    # Imported here, since most studies have no Parquet file and the import takes time.
    import geopandas as gpd
    import pyarrow as pa
    import pyarrow.parquet as pq

    geometry: Geometries | None = None
    crs: pyproj.CRS | None = None
    try:
        schema = pq.read_schema(path)
        if b"geo" in (schema.metadata or {}):
            layer = gpd.read_parquet(path)
            crs = layer.crs
            geometry = np.asarray(layer.geometry.to_numpy(), dtype=object)
            geometry = flattened(geometry, file, quality)
            frame = pd.DataFrame(layer.drop(columns=layer.geometry.name))
        else:
            frame = pd.read_parquet(path)
    except MemoryError:  # pa.ArrowMemoryError is both, and the file is not broken
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StudyError("parquet_broken", file=file, reason=one_line(error)) from error
    columns = {
        str(name).strip(): _as_lists(frame.iloc[:, at]) for at, name in enumerate(frame.columns)
    }
    if geometry is not None:
        geometry = to_lonlat(geometry, crs, file)
    return RawTable.of_features(file, columns, len(frame), geometry, crs=crs)


def _as_lists(column: Any) -> list[Any]:
    """Cells as Python objects: lists instead of arrays, whose text has no commas."""
    return [value.tolist() if isinstance(value, np.ndarray) else value for value in column]
