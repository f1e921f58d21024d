"""Areas and places from OSM tags, as the table that the readers of rows expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import OSM_FORMATS, detect_format
from geo.readers.guard.run import read_guarded_osm
from geo.readers.table.raw_table import RawTable

__all__ = ["read_osm_table"]


def read_osm_table(
    path: Path,
    file: str,
    wanted: Mapping[str, Sequence[str]],
    quality: QualityLog,
    *,
    columns: Sequence[str],
    boundaries: bool | None = None,
) -> RawTable:
    """Read the OSM objects that carry any of the wanted tags, one row an object.

    ``admin_level`` means the relations of administrative boundaries: their ways carry the tag,
    too, and so do the labels inside.

    Parameters
    ----------
    path : Path
        ``.osm.pbf`` or ``.osm``.
    file : str
        Its name for messages.
    wanted : mapping of key to values
        For example ``{"admin_level": ["8"]}`` or ``{"place": ["village", "town"]}``.
    quality : QualityLog
        Receives a row for every object without a place.
    columns : sequence of str
        Tags that become columns; ``id`` is the object (``r123``), ``name`` its name.
    boundaries : bool, optional
        Only the relations of administrative boundaries; by default where ``admin_level`` is wanted.

    Returns
    -------
    RawTable
        As `geo.readers.osm.objects.read_osm_objects` gives it.

    Raises
    ------
    StudyError
        ``sites_not_osm`` when the file is no OSM file, ``osm_broken``, those of a guarded reader.
    """
    kind = detect_format(path, file)
    if kind not in OSM_FORMATS:
        raise StudyError("sites_not_osm", file=file)
    if boundaries is None:
        boundaries = "admin_level" in wanted
    return read_guarded_osm(
        kind, path, file, quality, wanted=wanted, columns=columns, boundaries=boundaries
    )
