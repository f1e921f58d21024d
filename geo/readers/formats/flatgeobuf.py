"""FlatGeobuf, by GDAL's own driver, in the guarded child only (`geo.readers.guard.run`).

There it is the one driver that exists, and the bytes are handed over in memory, so that no name of
a file can mean anything else to GDAL.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import shapely

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import flattened, to_lonlat
from geo.readers.table.raw_table import Choice, RawTable, text_column

__all__ = ["read_flatgeobuf"]


def read_flatgeobuf(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """Read a FlatGeobuf file; rows count from 1.

    Raises
    ------
    StudyError
        ``fgb_broken``, ``crs_unknown``.
    """
    import pyogrio

    try:
        meta, _, wkb, columns = pyogrio.raw.read(path.read_bytes())
        crs = pyproj.CRS.from_user_input(meta["crs"]) if _is_named(meta["crs"]) else None
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise StudyError("fgb_broken", file=file, reason=one_line(error)) from error
    except (ValueError, RuntimeError, LookupError, pyproj.exceptions.CRSError) as error:
        raise StudyError("fgb_broken", file=file, reason=one_line(error)) from error
    geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    cells = {
        str(name).strip(): text_column(values.tolist())
        for name, values in zip(meta["fields"], columns, strict=True)
    }
    return RawTable(
        file,
        pd.DataFrame(cells, index=pd.RangeIndex(len(geometry)), dtype="str"),
        np.arange(1, len(geometry) + 1, dtype=np.int64),
        len(geometry),
        to_lonlat(flattened(geometry, file, quality), crs, file),
        crs.to_string() if crs else None,
    )


def _is_named(crs: str | None) -> bool:
    """Only codes and WKT: another text given to pyproj could name a file of this machine."""
    return bool(crs) and (str(crs).startswith("EPSG:") or "[" in str(crs))
