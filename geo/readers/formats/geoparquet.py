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
from geo.readers.table.raw_table import RawTable, text_column

__all__ = ["read_parquet"]


def read_parquet(path: Path, file: str, quality: QualityLog) -> RawTable:
    """Read a (Geo)Parquet file; rows count from 1.

    Raises
    ------
    StudyError
        ``parquet_broken``, ``column_twice``.
    """
    # Imported here: most studies have no Parquet file and need not wait for it.
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
    except MemoryError:  # one of Arrow's own errors too, and says nothing about the file
        raise
    except (pa.ArrowException, OSError, ValueError) as error:
        raise StudyError("parquet_broken", file=file, reason=one_line(error)) from error
    columns = {
        str(name).strip(): text_column(_as_lists(frame.iloc[:, at]))
        for at, name in enumerate(frame.columns)
    }
    return RawTable(
        file,
        pd.DataFrame(columns, index=pd.RangeIndex(len(frame)), dtype="str"),
        np.arange(1, len(frame) + 1, dtype=np.int64),
        len(frame),
        None if geometry is None else to_lonlat(geometry, crs, file),
        crs.to_string() if crs else None,
    )


def _as_lists(column: Any) -> list[Any]:
    """Cells as Python objects; Arrow's list cells come as arrays, whose text has no commas."""
    return [value.tolist() if isinstance(value, np.ndarray) else value for value in column]
