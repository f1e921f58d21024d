"""OSM objects by their tags, as a table like that of any file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import detect_format
from geo.readers.formats.registry import OSM_FORMATS
from geo.readers.guard.run import Task, read_guarded
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

    With ``admin_level`` only the relations of administrative boundaries count; their ways and
    labels have the same tag.

    Parameters
    ----------
    path : Path
        ``.osm.pbf`` or ``.osm``.
    file : str
        Its name for messages.
    wanted : mapping of key to values
        For example ``{"admin_level": ["8"]}`` or ``{"place": ["village", "town"]}``.
    quality : QualityLog
        Receives a finding for every object without a place.
    columns : sequence of str
        Tags that become columns, besides ``id`` (``r123``) and ``name``.
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
    if detect_format(path, file) not in OSM_FORMATS:
        raise StudyError("sites_not_osm", file=file)
    options = {
        "wanted": {key: list(values) for key, values in wanted.items()},
        "columns": list(columns),
        "boundaries": "admin_level" in wanted if boundaries is None else boundaries,
    }
    return read_guarded(Task("geo.readers.osm.objects:guarded_task", options), path, file, quality)
