"""Roads from OpenStreetMap files (.osm.pbf, .osm, .osm.gz, .osm.bz2, JSON) by pyosmium.

Osmium joins nodes to ways and writes the ways as text, which is read by column
(`geo.readers.osm.opl`). Reading each way's tags, node ids and geometry from Python took twice as
long.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pyarrow as pa
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import Action, QualityLog
from geo.readers.guard.answer import write_roads_answer
from geo.readers.osm.opl import OPL_OPTIONS, Ways, read_lines
from geo.readers.osm.source import OsmSource, open_osm, rewritten
from geo.readers.roads.assemble import assemble
from geo.readers.roads.word_report import report_words
from geo.roads.osm_access import ACCESS_TAGS, EdgeClass, classify
from geo.roads.roads import Roads
from geo.roads.shared_vertices import split_at_nodes

__all__ = ["guarded_task", "read_osm"]

Ints = NDArray[np.int64]

# Keys count whatever their case, as programs between OSM and the office change it.
_CASES = (str.lower, str.upper, str.title)
_ROAD_KEYS = [case(key) for key in ("highway", "route") for case in _CASES]
# As text a .osm.pbf becomes 4 times as long, a packed .osm up to 10 times. A file that becomes
# longer than this is refused as harmful, unless it is small.
_MAX_RATIO = 30
_SMALL_BYTES = 64 * 2**20
# Ways between two checks of the length of the text.
_CHECK_EVERY = 1024


def read_osm(
    path: Path, file: str, quality: QualityLog, datum: str, scratch: Path
) -> tuple[Roads, int, int]:
    """Read highway and ferry ways, split wherever two of them meet or one meets itself.

    Nodes that are not in the extract are dropped and the way is cut there; ways with fewer than
    two nodes left are set aside.

    Parameters
    ----------
    path : Path
        ``.osm.pbf``, ``.osm``, ``.osm.gz``, ``.osm.bz2`` or Overpass JSON.
    file : str
        Its name for messages.
    quality : QualityLog
    datum : str
        Datum of the file's coordinates.
    scratch : Path
        Folder in which ``ways.opl`` and the plain copy of an irregular file are written.

    Returns
    -------
    roads : Roads
        `edge_id` is the way's id; the pieces of a way follow each other in its direction.
    rows_in, rows_used : int
        Ways in the file, ways with at least one edge.

    Raises
    ------
    StudyError
        The file is broken (``osm_broken``), and as in `open_osm`.
    """
    source, ways = _read_ways(path, file, scratch, quality)
    # The freed blocks of text take as much memory as the result.
    pa.default_memory_pool().release_unused()
    way_of = np.repeat(np.arange(len(ways.ids)), ways.counts)
    present = ~np.isnan(ways.lonlat[:, 0])
    at, piece = _pieces(ways.refs, way_of, present)
    lonlat = ways.lonlat[at]
    first, last, node_of, node_at = split_at_nodes(ways.refs[at], piece)
    edge_way = way_of[at[first]]
    edge_ways = np.unique(edge_way)
    used = len(edge_ways)
    cut = len(np.intersect1d(way_of[~present], edge_ways))
    _report(quality, file, int(np.sum(~present)), cut, len(ways.ids) - used)
    classes = [_classified(tags) for tags in ways.combinations]
    report_words(classes, ways.combination_of, quality, file=file)
    way_ids = source.way_ids(ways.ids)
    _report_centres(quality, file, source, way_ids[ways.counts == 0])
    counts = last - first + 1
    start = np.concatenate([[0], np.cumsum(counts)])
    vertex = np.arange(start[-1]) - np.repeat(start[:-1] - first, counts)
    roads = assemble(
        lonlat=lonlat[vertex],
        start=start,
        u=node_of[first],
        v=node_of[last],
        node_lonlat=lonlat[node_at],
        edge_id=way_ids[edge_way],
        classes=classes,
        class_of=ways.combination_of[edge_way],
        datum=datum,
    )
    return roads, len(ways.ids), used


def guarded_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child process does for the roads of an OSM file."""

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        # The folder is the working directory of the process. Osmium is given a relative name,
        # since on Windows it opens only ASCII names (`geo.readers.osm.source`).
        path, file = Path(request["path"]), request["file"]
        return write_roads_answer(*read_osm(path, file, quality, request["datum"], Path()), folder)

    return read


def _report(
    quality: QualityLog, file: str, nodes_missing: int, ways_cut: int, ways_lost: int
) -> None:
    """Report by numbers, since an extract cuts thousands of ways at its border."""
    found: tuple[tuple[str, Action, int], ...] = (
        ("osm_nodes_missing", "repaired", nodes_missing),
        ("osm_ways_cut", "repaired", ways_cut),
        ("osm_ways_without_nodes", "set_aside", ways_lost),
    )
    for problem, action, count in found:
        if count:
            quality.add("warning", problem, file=file, action=action, value=count)


def _classified(tags: tuple[str | None, ...]) -> EdgeClass:
    named = zip(ACCESS_TAGS, tags, strict=True)
    return classify({"highway": "", **{key: value for key, value in named if value is not None}})


def _report_centres(quality: QualityLog, file: str, source: OsmSource, empty: Ints) -> None:
    """Report the roads of which the file states nothing but the centre."""
    count = sum(f"w{way}" in source.centres for way in empty.tolist())
    if count:
        quality.add("info", "osm_only_centres", file=file, action="set_aside", value=count)


def _read_ways(path: Path, file: str, scratch: Path, quality: QualityLog) -> tuple[OsmSource, Ways]:
    text = scratch / "ways.opl"
    source = open_osm(path, file, scratch, quality, in_order=False)
    most = _MAX_RATIO * path.stat().st_size
    try:
        _write_ways(source, file, text, most)
        ways = read_lines(text, ACCESS_TAGS, "route")
        if source.places_in_ways or not (ways.refs < 0).any():
            return source, ways
        source = rewritten(source, file, scratch, quality)
        _write_ways(source, file, text, most)
        return source, read_lines(text, ACCESS_TAGS, "route")
    except StudyError:
        raise
    except (RuntimeError, ValueError) as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error


def _write_ways(source: OsmSource, file: str, text: Path, most_bytes: int) -> None:
    """Write the ways as text; the nodes are read before, so the order in the file is free."""
    handlers: list[Any] = []
    if not source.places_in_ways:
        locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
        locations.ignore_errors()
        osmium.apply(osmium.io.Reader(source.source, osmium.osm.NODE), locations)
        handlers.append(locations)
    with osmium.SimpleWriter(osmium.io.File(str(text), OPL_OPTIONS), overwrite=True) as writer:
        osmium.apply(
            osmium.io.Reader(source.source, osmium.osm.WAY),
            *handlers,
            osmium.filter.KeyFilter(*_ROAD_KEYS),
            _SizeLimit(text, file, most_bytes),
            writer,
        )


class _SizeLimit:
    """A handler that stops osmium when the text that it writes is too long."""

    def __init__(self, text: Path, file: str, most: int) -> None:
        self._text, self._file = text, file
        self._most = max(most, _SMALL_BYTES)
        self._seen = 0

    def way(self, _: Any) -> None:
        """Called by osmium for every way that it writes."""
        self._seen += 1
        if self._seen % _CHECK_EVERY == 0 and self._text.stat().st_size > self._most:
            raise StudyError("packed_ratio", file=self._file, most=_MAX_RATIO)


def _pieces(refs: Ints, way_of: Ints, present: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Vertices that can be used, and the unbroken piece of a way that each belongs to.

    Parameters
    ----------
    refs, way_of : int64 (m)
        Node id and way of every vertex, way after way.
    present : bool (m)
        Whether the extract holds the node.

    Returns
    -------
    at, piece : int64 (k)
        Positions of the used vertices; number of the piece, ascending.
    """
    at = np.flatnonzero(present)
    joined = np.zeros(len(at), dtype=bool)
    joined[1:] = (np.diff(at) == 1) & (way_of[at[1:]] == way_of[at[:-1]])
    piece = np.cumsum(~joined)
    # A node that follows itself is a repeated vertex, not a loop.
    repeated = np.zeros(len(at), dtype=bool)
    repeated[1:] = joined[1:] & (refs[at[1:]] == refs[at[:-1]])
    return at[~repeated], piece[~repeated]
