"""The road network of a study, whatever its format."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.columns import count_input
from geo.readers.edge_table import read_edge_table
from geo.readers.formats import detect_format
from geo.readers.graphml import read_graphml
from geo.readers.osm import read_osm
from geo.roads import Roads
from geo.study import Study

__all__ = ["read_roads"]

# path, name for messages, quality, datum → roads, rows of the source, rows used.
_Reader = Callable[[Path, str, QualityLog, str], tuple[Roads, int, int]]

_READERS: dict[str, _Reader] = {
    "pbf": read_osm,
    "osm": read_osm,
    "osm.gz": read_osm,
    "osm.bz2": read_osm,
    "graphml": read_graphml,
}
_EDGE_TABLES = ("parquet", "gpkg", "geojson", "fgb", "shp.zip", "kml", "kmz")


def read_roads(study: Study, quality: QualityLog) -> Roads:
    """Read the network of a study.

    Parameters
    ----------
    study : Study
    quality : QualityLog
        Receives what was repaired or set aside and one `InputCount` (role ``network``), whose rows
        are highway and ferry ways (OSM), arcs (GraphML) or rows (edge tables).

    Returns
    -------
    Roads
        Edges and nodes in the order of the source, in WGS-84.

    Raises
    ------
    StudyError
        The file is missing or unreadable, its format holds no network (``format_not_network``), or
        no edge can be used (``network_empty``).
    """
    file = study.network.path
    path = study.file(file, "network.path")
    kind = detect_format(path, file)
    reader = _READERS.get(kind)
    if kind in _EDGE_TABLES:
        reader = partial(read_edge_table, layer=study.network.layer)
    if reader is None:
        raise StudyError("format_not_network", file=file, format=kind)
    roads, rows_in, used = reader(path, file, quality, study.network.datum)
    count_input(quality, "network", path, file=file, rows_in=rows_in, used=used)
    if not len(roads):
        raise StudyError("network_empty", file=file, rows=rows_in)
    return roads
