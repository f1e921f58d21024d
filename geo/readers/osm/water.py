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
from geo.study.section import Datum

__all__ = ["read_water", "water_key"]

_VERSION = 3
_TAGS = {"natural": ("water",), "waterway": ("riverbank",), "landuse": ("reservoir",)}


def water_key(study: Study) -> str | None:
    """Stands for the study's water in caches; None where no file of the study is from OSM.

    Raises
    ------
    StudyError
        A file is missing.
    """
    found = _file_of(study)
    if found is None:
        return None
    file, field, datum = found
    return digest("water", _VERSION, file_sha256(study.file(file, field)), datum)


def _file_of(study: Study) -> tuple[str, str, Datum] | None:
    """The file with the water, its field in study.toml and its datum: the roads', else another."""
    files = [
        (study.network.path, "network.path", study.network.datum),
        (study.demand.path, "demand.path", study.demand.datum),
        (study.units.path, "units.path", study.units.datum),
        *((layer.path or "", "layers.path", layer.datum) for layer in study.layers),
    ]
    for file, field, datum in files:
        if file and detect_format(study.file(file, field), file) in OSM_FORMATS:
            return file, field, datum
    return None


def read_water(study: Study, *, cache: Path | None) -> NDArray[np.object_]:
    """Lakes and wide rivers of the study's OSM file as polygons in EPSG:4326.

    The road file, or the first other file of the study that is from OSM; empty where there is none
    or where it holds no water.

    Raises
    ------
    StudyError
        As in `read_osm_table`.
    """
    source, key = _file_of(study), water_key(study)
    if source is None or key is None:
        return np.empty(0, dtype=object)
    file, field, datum = source
    path = study.file(file, field)

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
