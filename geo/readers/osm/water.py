"""Water areas of the study's OSM file, for maps only; nothing is computed on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.cache import stored
from geo.base.checksums import digest
from geo.base.files import file_sha256
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import to_wgs84
from geo.readers.formats.detect import detect_format
from geo.readers.formats.registry import OSM_FORMATS
from geo.readers.osm.tagged_table import read_osm_table
from geo.study.model import Study

__all__ = ["read_water"]

_VERSION = 2
_TAGS = {"natural": ("water",), "waterway": ("riverbank",)}


def read_water(study: Study, *, cache: Path | None) -> NDArray[np.object_]:
    """Lakes and wide rivers of the study's road file as polygons in EPSG:4326.

    Empty where the road file is not from OSM or contains no water.

    Raises
    ------
    StudyError
        As in `read_osm_table`.
    """
    file = study.network.path
    path = study.file(file, "network.path")
    if detect_format(path, file) not in OSM_FORMATS:
        return np.empty(0, dtype=object)
    datum = study.network.datum
    key = digest("water", _VERSION, file_sha256(path), datum)

    def build() -> tuple[dict[str, Any], dict[str, Any]]:
        table = read_osm_table(path, file, _TAGS, QualityLog(), columns=(), boundaries=False)
        found = table.geometry if table.geometry is not None else np.empty(0, dtype=object)
        areas = found[np.isin(shapely.get_type_id(found), (3, 6))]
        moved = shapely.transform(
            areas, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum))
        )
        encoded = [np.frombuffer(shapely.to_wkb(area), dtype=np.uint8) for area in moved]
        ends = np.cumsum([len(one) for one in encoded], dtype=np.int64)
        joined = np.concatenate([*encoded, np.empty(0, dtype=np.uint8)])
        return {"wkb": joined, "ends": ends}, {}

    arrays, _ = stored(cache, key, build)
    pieces = np.split(np.asarray(arrays["wkb"]), np.asarray(arrays["ends"]))[:-1]
    water = np.empty(len(pieces), dtype=object)
    water[:] = [shapely.from_wkb(piece.tobytes()) for piece in pieces]
    return water
