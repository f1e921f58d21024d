"""The road network of a study, whatever its format."""

from __future__ import annotations

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import detect_format
from geo.readers.formats.registry import format_of
from geo.readers.guard.run import Task, read_guarded_roads
from geo.readers.roads.edge_table import read_edge_table
from geo.readers.table.row_filter import count_input
from geo.roads.roads import Roads
from geo.study.model import Study

__all__ = ["read_roads"]


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
    found = format_of(detect_format(path, file))
    datum, layer = study.network.datum, study.network.layer
    if found.content == "network":
        task = Task(found.reader, {"datum": datum}, gdal=found.gdal)
        roads, rows_in, used = read_guarded_roads(task, path, file, quality)
    elif found.content == "features":
        # `read_table` uses a child process itself; the rest is arithmetic on its rows.
        roads, rows_in, used = read_edge_table(
            path,
            file,
            quality,
            datum,
            layer=layer,
            inexact_datum=study.network.inexact_datum,
        )
    else:
        raise StudyError("format_not_network", file=file, format=found.key)
    count_input(quality, "network", path, file=file, rows_in=rows_in, used=used)
    if not len(roads):
        raise StudyError("network_empty", file=file, rows=rows_in)
    return roads
