"""The land of a share by land: polygons of 居住用地 or 建成区."""

from __future__ import annotations

import shapely

from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import shift_geometry
from geo.readers.inputs.areas.polygons import read_polygons
from geo.study.model import Study

__all__ = ["read_land"]


def read_land(study: Study, file: str, field: str, quality: QualityLog) -> shapely.Geometry:
    """Read the polygons of a file of land, repaired and dissolved, in WGS-84.

    Holes are kept. The datum is that of the units.

    Parameters
    ----------
    file, field : str
        The path, and the key of study.toml that names it.

    Raises
    ------
    StudyError
        ``land_no_areas``: the file has no geometry or no polygon; those of `read_table`.
    """
    areas = read_polygons(
        study, file, field, quality, role="land", inexact_datum=study.units.inexact_datum
    )
    return shapely.union_all(shift_geometry(areas, study.units.datum))
