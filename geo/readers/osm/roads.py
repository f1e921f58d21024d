"""Roads from OpenStreetMap files (.osm.pbf, .osm, .osm.gz, .osm.bz2) by pyosmium.

Osmium joins nodes to ways and writes the ways as text, which is read by column (`osm_lines`).
Asking it for each way's tags, node ids and geometry from Python took twice as long.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import OSM_FORMATS, detect_format
from geo.readers.guard.answer import write_roads_answer
from geo.readers.guard.compressed_text import refuse_swollen
from geo.readers.osm.opl import OPL_OPTIONS, Ways, read_lines
from geo.readers.roads.assemble import assemble
from geo.roads.osm_access import ACCESS_TAGS, EdgeClass, classify
from geo.roads.roads import Roads

__all__ = ["guarded_task", "osm_source", "read_osm"]

Ints = NDArray[np.int64]

# A .osm.pbf becomes 4 times as long as text, a packed .osm up to 10 times; one that becomes longer
# than this does harm, unless it is small.
_MAX_RATIO = 30
_SMALL_BYTES = 64 * 2**20
# Ways from one look at the text's length to the next.
_LOOK = 1024


def osm_source(path: Path, file: str) -> Any:
    """The file as osmium opens it, by the format that its bytes show and not by its suffix.

    Raises
    ------
    StudyError
        It is no OSM file (``sites_not_osm``), or one that swells beyond measure (``packed_ratio``).
    """
    kind = detect_format(path, file)
    if kind not in OSM_FORMATS:
        raise StudyError("sites_not_osm", file=file)
    packing = kind.rpartition(".")[2]
    if packing in ("gz", "bz2"):
        refuse_swollen(path, file, packing)
    if _opens_by_name(path):
        return osmium.io.File(str(path), kind)
    with path.open("rb") as handle:  # takes twice as long
        return osmium.io.FileBuffer(mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ), kind)


def _opens_by_name(path: Path) -> bool:
    """Osmium hands UTF-8 to the system, which Windows takes for its own code page."""
    return os.name != "nt" or str(path).isascii()


def read_osm(
    path: Path, file: str, quality: QualityLog, datum: str, scratch: Path
) -> tuple[Roads, int, int]:
    """Read highway and ferry ways, split wherever two of them meet or one meets itself.

    Nodes that the extract does not hold are dropped and the way is cut there; ways that have fewer
    than two nodes left are set aside.

    Parameters
    ----------
    path : Path
        ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    file : str
        Its name for messages.
    quality : QualityLog
    datum : str
        Datum of the file's coordinates.
    scratch : Path
        Folder of the caller's, in which ``ways.opl`` is left.

    Returns
    -------
    roads : Roads
        `edge_id` is the way's id; the pieces of a way follow each other in its direction.
    rows_in, rows_used : int
        Ways in the file, ways with at least one edge.

    Raises
    ------
    StudyError
        The file is broken (``osm_broken``), and as in `osm_source`.
    """
    ways = _read_ways(path, file, scratch)
    # The blocks of text leave behind as much memory again as is kept.
    pa.default_memory_pool().release_unused()
    way_of = np.repeat(np.arange(len(ways.ids)), ways.counts)
    present = ~np.isnan(ways.lonlat[:, 0])
    at, piece = _pieces(ways.refs, way_of, present)
    lonlat = ways.lonlat[at]
    first, last, node_of, node_at = _split(ways.refs[at], piece)
    edge_way = way_of[at[first]]
    used = int(np.sum(np.diff(edge_way, prepend=-1) != 0))  # ways in order
    _report(quality, file, int(np.sum(~present)), len(ways.ids) - used)
    counts = last - first + 1
    start = np.concatenate([[0], np.cumsum(counts)])
    vertex = np.arange(start[-1]) - np.repeat(start[:-1] - first, counts)
    roads = assemble(
        lonlat=lonlat[vertex],
        start=start,
        u=node_of[first],
        v=node_of[last],
        node_lonlat=lonlat[node_at],
        edge_id=ways.ids[edge_way],
        classes=[_classified(tags) for tags in ways.combinations],
        class_of=ways.combination_of[edge_way],
        datum=datum,
    )
    return roads, len(ways.ids), used


def guarded_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the guarded child does for the roads of an OSM file."""

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        # The folder is where the process runs. Osmium writes there by a name that is plain
        # ASCII: on Windows it opens no other (`osm_source`).
        path, file = Path(request["path"]), request["file"]
        return write_roads_answer(*read_osm(path, file, quality, request["datum"], Path()), folder)

    return read


def _report(quality: QualityLog, file: str, nodes_missing: int, ways_lost: int) -> None:
    """In numbers: an extract cuts thousands of ways at its border."""
    if nodes_missing:
        quality.add(
            "warning", "osm_nodes_missing", file=file, action="repaired", value=nodes_missing
        )
    if ways_lost:
        quality.add(
            "warning", "osm_ways_without_nodes", file=file, action="set_aside", value=ways_lost
        )


def _classified(tags: tuple[str | None, ...]) -> EdgeClass:
    named = zip(ACCESS_TAGS, tags, strict=True)
    return classify({key: value for key, value in named if value is not None})


def _read_ways(path: Path, file: str, scratch: Path) -> Ways:
    text = scratch / "ways.opl"
    try:
        _write_ways(path, file, text)
        return read_lines(text, ACCESS_TAGS, "route")
    except StudyError:
        raise
    except (RuntimeError, ValueError) as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error


def _write_ways(path: Path, file: str, text: Path) -> None:
    """The ways, after a first pass over the nodes, so that the file's order does not matter."""
    locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    locations.ignore_errors()
    source = osm_source(path, file)
    osmium.apply(osmium.io.Reader(source, osmium.osm.NODE), locations)
    with osmium.SimpleWriter(osmium.io.File(str(text), OPL_OPTIONS)) as writer:
        osmium.apply(
            osmium.io.Reader(source, osmium.osm.WAY),
            locations,
            osmium.filter.KeyFilter("highway", "route"),
            _Watch(text, file, _MAX_RATIO * path.stat().st_size),
            writer,
        )


class _Watch:
    """Stops osmium when the text that it writes swells beyond measure."""

    def __init__(self, text: Path, file: str, most: int) -> None:
        self._text, self._file = text, file
        self._most = max(most, _SMALL_BYTES)
        self._seen = 0

    def way(self, _: Any) -> None:
        """Called by osmium for every way that it writes."""
        self._seen += 1
        if self._seen % _LOOK == 0 and self._text.stat().st_size > self._most:
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
        Places of the used vertices; number of the piece, rising.
    """
    at = np.flatnonzero(present)
    joined = np.zeros(len(at), dtype=bool)
    joined[1:] = (np.diff(at) == 1) & (way_of[at[1:]] == way_of[at[:-1]])
    piece = np.cumsum(~joined)
    # A node that follows itself is one vertex too many, not a loop.
    repeated = np.zeros(len(at), dtype=bool)
    repeated[1:] = joined[1:] & (refs[at[1:]] == refs[at[:-1]])
    return at[~repeated], piece[~repeated]


def _split(refs: Ints, piece: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Cut pieces into edges at their ends and at every node that occurs more than once.

    Parameters
    ----------
    refs, piece : int64 (k)
        Node id and piece of every vertex, piece after piece.

    Returns
    -------
    first, last : int64 (n)
        Vertices at which each edge begins and ends.
    node_of : int64 (k)
        Node of every vertex that ends an edge, -1 elsewhere.
    node_at : int64 (j)
        A vertex of every node; nodes are in order of their first appearance.
    """
    code, _ = pd.factorize(refs)
    fresh = np.ones(len(refs) + 1, dtype=bool)
    fresh[1:-1] = piece[1:] != piece[:-1]
    cut = np.flatnonzero(fresh[:-1] | fresh[1:] | (np.bincount(code)[code] > 1))
    same = piece[cut[1:]] == piece[cut[:-1]]
    first, last = cut[:-1][same], cut[1:][same]
    is_end = np.zeros(len(refs), dtype=bool)
    is_end[first] = is_end[last] = True
    ends = np.flatnonzero(is_end)
    node, _ = pd.factorize(code[ends])
    node_of = np.full(len(refs), -1, dtype=np.int64)
    node_of[ends] = node
    appears = np.diff(np.maximum.accumulate(node), prepend=-1) > 0
    return first, last, node_of, ends[appears]
