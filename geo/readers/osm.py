"""Roads from OpenStreetMap files (.osm.pbf, .osm, .osm.gz, .osm.bz2) by pyosmium.

Per way there are three calls into Python (tags, node ids, geometry as WKB); everything per node is
numpy. A loop over the nodes' coordinates took 1.7 times as long.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from numpy.typing import NDArray

from geo.access import ACCESS_TAGS, EdgeClass, classify
from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.assemble import assemble
from geo.readers.formats import OSM_FORMATS, detect_format
from geo.readers.packed import refuse_swollen
from geo.readers.tables import one_line
from geo.roads import Roads

__all__ = ["osm_kind", "read_osm"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# WKB of a line: byte order, type and count, then two float64 a vertex; here as hexadecimal.
_WKB_HEADER_HEX = 2 * 9


@dataclass
class _Ways:
    """What is kept of the highway and ferry ways, in file order."""

    ids: array[int] = field(default_factory=lambda: array("q"))
    # Distinct tag combinations with their numbers, and each way's number among them.
    combinations: dict[tuple[str | None, ...], int] = field(default_factory=dict)
    combination_of: array[int] = field(default_factory=lambda: array("q"))
    counts: array[int] = field(default_factory=lambda: array("q"))
    refs: array[int] = field(default_factory=lambda: array("q"))
    # float64 pairs, little-endian.
    lonlat: bytearray = field(default_factory=bytearray)
    nodes_missing: int = 0

    def __post_init__(self) -> None:
        self._factory = osmium.geom.WKBFactory()

    def way(self, way: Any) -> None:
        """Called by osmium for every way with `highway` or `route`."""
        get = way.tags.get
        tags = tuple([get(key) for key in ACCESS_TAGS])
        if tags[0] is None and tags[1] != "ferry":
            return
        nodes = way.nodes
        self.ids.append(way.id)
        self.combination_of.append(self.combinations.setdefault(tags, len(self.combinations)))
        self.counts.append(len(nodes))
        self.refs.extend([node.ref for node in nodes])
        try:
            line = self._factory.create_linestring(way, use_nodes=osmium.geom.use_nodes.ALL)
            self.lonlat += bytes.fromhex(line[_WKB_HEADER_HEX:])
        except (RuntimeError, osmium.InvalidLocationError):
            self.lonlat += self._by_node(nodes)

    def _by_node(self, nodes: Any) -> bytes:
        """Vertices of a way that lacks some, as NaN, or has fewer than two."""
        lonlat = np.full((len(nodes), 2), np.nan)
        for at, node in enumerate(nodes):
            if node.location.valid():
                lonlat[at] = node.lon, node.lat
        self.nodes_missing += int(np.isnan(lonlat[:, 0]).sum())
        return lonlat.astype("<f8").tobytes()


def osm_kind(path: Path, file: str) -> str:
    """What osmium calls the file's format: what its bytes say and not its suffix.

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
    return kind


def read_osm(path: Path, file: str, quality: QualityLog, datum: str) -> tuple[Roads, int, int]:
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

    Returns
    -------
    roads : Roads
        `edge_id` is the way's id; the pieces of a way follow each other in its direction.
    rows_in, rows_used : int
        Ways in the file, ways with at least one edge.

    Raises
    ------
    StudyError
        The file is broken (``osm_broken``), and as in `osm_kind`.
    """
    ways = _read_ways(path, file)
    lonlat = np.frombuffer(ways.lonlat, dtype="<f8").reshape(-1, 2)
    refs = np.frombuffer(ways.refs, dtype=np.int64)
    way_of = np.repeat(np.arange(len(ways.ids)), ways.counts)
    at, piece = _pieces(refs, way_of, ~np.isnan(lonlat[:, 0]))
    lonlat = lonlat[at]
    first, last, node_of, node_at = _split(refs[at], piece)
    edge_way = way_of[at[first]]
    used = len(np.unique(edge_way))
    _report(quality, file, ways.nodes_missing, len(ways.ids) - used)
    counts = last - first + 1
    start = np.concatenate([[0], np.cumsum(counts)])
    vertex = np.arange(start[-1]) - np.repeat(start[:-1] - first, counts)
    roads = assemble(
        lonlat=lonlat[vertex],
        start=start,
        u=node_of[first],
        v=node_of[last],
        node_lonlat=lonlat[node_at],
        edge_id=np.array(ways.ids, dtype=np.int64)[edge_way],
        classes=[_classified(tags) for tags in ways.combinations],
        class_of=np.array(ways.combination_of, dtype=np.int64)[edge_way],
        datum=datum,
    )
    return roads, len(ways.ids), used


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


def _read_ways(path: Path, file: str) -> _Ways:
    """The ways, after a first pass over the nodes, so that the file's order does not matter."""
    ways = _Ways()
    locations = osmium.NodeLocationsForWays(osmium.index.create_map("flex_mem"))
    locations.ignore_errors()
    source = osmium.io.File(str(path), osm_kind(path, file))
    try:
        osmium.apply(osmium.io.Reader(source, osmium.osm.NODE), locations)
        osmium.apply(
            osmium.io.Reader(source, osmium.osm.WAY),
            locations,
            osmium.filter.KeyFilter("highway", "route"),
            ways,
        )
    except RuntimeError as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    return ways


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
    _, code, count = np.unique(refs, return_inverse=True, return_counts=True)
    fresh = np.ones(len(refs) + 1, dtype=bool)
    fresh[1:-1] = piece[1:] != piece[:-1]
    cut = np.flatnonzero(fresh[:-1] | fresh[1:] | (count[code] > 1))
    same = piece[cut[1:]] == piece[cut[:-1]]
    first, last = cut[:-1][same], cut[1:][same]
    ends = np.unique(np.concatenate([first, last]))
    used, seen_at = np.unique(code[ends], return_index=True)
    order = np.argsort(seen_at)
    number = np.full(len(count), -1, dtype=np.int64)
    number[used[order]] = np.arange(len(used))
    node_of = np.full(len(refs), -1, dtype=np.int64)
    node_of[ends] = number[code[ends]]
    return first, last, node_of, ends[seen_at[order]]
