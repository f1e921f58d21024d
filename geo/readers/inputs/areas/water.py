"""The water below the roads of maps: of the study's water file, else of its OSM file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.base.checksums import digest
from geo.base.files import file_sha256
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import Geometries, shift_geometry
from geo.readers.inputs.areas.polygons import read_polygons
from geo.readers.osm import water as osm_water
from geo.study.model import Study

__all__ = ["read_water", "read_water_file", "water_key"]

_FIELD = "network.water"


def water_key(study: Study) -> str | None:
    """Stands for the study's water in caches; None for a study without any.

    Raises
    ------
    StudyError
        A file is missing.
    """
    file = study.network.water
    if file is None:
        return osm_water.water_key(study)
    return digest("water file", file_sha256(study.file(file, _FIELD)), _datum(study))


def read_water(study: Study, *, cache: Path | None) -> NDArray[np.object_]:
    """Lakes and wide rivers as polygons in EPSG:4326; empty for a study without any.

    A water file takes the place of the water of the OSM file.

    Raises
    ------
    StudyError
        As in `read_water_file` and `geo.readers.osm.water.read_water`.
    """
    if study.network.water is None:
        return osm_water.read_water(study, cache=cache)
    return read_water_file(study, QualityLog())


def read_water_file(study: Study, quality: QualityLog) -> Geometries:
    """The polygons of ``network.water`` in WGS-84; rows without one are set aside.

    Raises
    ------
    StudyError
        ``water_no_areas``: the file has no geometry or no polygon; those of `read_table`.
    """
    network = study.network
    areas = read_polygons(
        study, str(network.water), _FIELD, quality, role="water",
        inexact_datum=network.inexact_datum,
    )  # fmt: skip
    return shift_geometry(areas, _datum(study))


def _datum(study: Study) -> str:
    return study.network.water_datum or study.network.datum
