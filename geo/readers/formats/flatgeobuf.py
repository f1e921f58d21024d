"""FlatGeobuf, read by GDAL in the child process only (`geo.readers.guard.run`).

There GDAL has no other driver. It is given the bytes instead of a file name, which it could
interpret in other ways.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import shapely

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import flattened, to_lonlat
from geo.readers.table.raw_table import Choice, RawTable

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
        str(name).strip(): values.tolist()
        for name, values in zip(meta["fields"], columns, strict=True)
    }
    lonlat = to_lonlat(flattened(geometry, file, quality), crs, file)
    return RawTable.of_features(file, cells, len(lonlat), lonlat, crs=crs)


def _is_named(crs: str | None) -> bool:
    """Whether it is a code or WKT; pyproj would open a file whose name it is given."""
    return bool(crs) and (str(crs).startswith("EPSG:") or "[" in str(crs))
