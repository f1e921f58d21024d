"""Roads from GraphML files of OSMnx."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import crs_by_name, to_lonlat
from geo.readers.guard.answer import write_roads_answer
from geo.readers.roads.assemble import assemble, codes_of, edge_ids
from geo.readers.roads.graphml_arcs import Arc, arcs_of, merged_arcs, says_oneway_as_osm
from geo.readers.roads.road_columns import find_road_columns
from geo.readers.roads.word_report import report_unread_columns, report_words
from geo.roads.osm_access import ACCESS_TAGS, EdgeClass, classify
from geo.roads.roads import Roads

__all__ = ["guarded_task", "read_graphml"]

# How older versions of OSMnx wrote the coordinate system.
_INIT = re.compile(r".*\binit\W+epsg:(\d+).*", re.IGNORECASE | re.DOTALL)
_UTM = re.compile(r"(?=.*\+proj=utm\b).*\+zone=(\d{1,2})\b.*", re.DOTALL)


def read_graphml(path: Path, file: str, quality: QualityLog, datum: str) -> tuple[Roads, int, int]:
    """Read a graph saved by ``osmnx.save_graphml``: simplified or not, projected, consolidated.

    A street that is open both ways is a pair of arcs in OSMnx. An arc and its opposite (the same
    ways, in any order, and the same line reversed) become one two-way edge. An arc without one is
    open in its own direction only, which does not bind walkers, unless its `oneway` is False.

    Parameters
    ----------
    path : Path
    file : str
        Its name for messages.
    quality : QualityLog
    datum : str
        Datum of the file's coordinates.

    Returns
    -------
    roads : Roads
        `edge_id` is the OSM way's id (the smallest, where OSMnx has joined several).
    rows_in, rows_used : int
        Arcs.

    Raises
    ------
    StudyError
        The file is not from OSMnx (``graphml_broken``); ``crs_unknown``.
    """
    graph = _load(path, file)
    crs = _crs(graph.graph.get("crs", "EPSG:4326"), file)
    columns = find_road_columns(
        dict.fromkeys(str(key) for _, _, data in graph.edges(data=True) for key in data)
    )
    names = {name: number for number, name in enumerate(graph.nodes)}
    try:
        nodes = np.array([(d["x"], d["y"]) for _, d in graph.nodes(data=True)], dtype=np.float64)
        found = arcs_of(graph, names, nodes.reshape(-1, 2), columns.of)
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError("graphml_broken", file=file, reason=one_line(error)) from error
    as_osm = says_oneway_as_osm(found)
    rows_in = graph.number_of_edges()
    arcs = merged_arcs([arc for arc in found if arc.has_line])
    used = sum(2 if arc.paired else 1 for arc in arcs)
    if used < rows_in:
        quality.add(
            "warning", "coordinate_bad", file=file, action="set_aside", value=rows_in - used
        )
    has_classes = any("highway" in arc.tags for arc in found)
    combinations, combination_of = codes_of(
        (*(arc.tags.get(tag) for tag in ACCESS_TAGS), arc.oneway(as_osm)) for arc in arcs
    )
    classes = [_classified(tags, has_classes=has_classes) for tags in combinations]
    report_words(classes, combination_of, quality, file=file, has_class=has_classes)
    report_unread_columns(columns.unread, quality, file=file)
    lines = to_lonlat(np.array([arc.line for arc in arcs] + [None], dtype=object)[:-1], crs, file)
    spots = to_lonlat(np.asarray(shapely.points(nodes.reshape(-1, 2)), dtype=object), crs, file)
    ends = np.array([(arc.u, arc.v) for arc in arcs], dtype=np.int64).reshape(-1, 2)
    kept, node_of = np.unique(ends, return_inverse=True)
    node_of = node_of.reshape(-1, 2)
    counts = shapely.get_num_coordinates(lines)
    roads = assemble(
        lonlat=shapely.get_coordinates(lines),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        u=node_of[:, 0],
        v=node_of[:, 1],
        node_lonlat=shapely.get_coordinates(spots[kept]),
        edge_id=_edge_ids(arcs),
        classes=classes,
        class_of=combination_of,
        length_m=np.array([arc.length_m for arc in arcs], dtype=np.float64),
        datum=datum,
    )
    return roads, rows_in, used


def guarded_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child process does for GraphML."""

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        path, file = Path(request["path"]), request["file"]
        return write_roads_answer(*read_graphml(path, file, quality, request["datum"]), folder)

    return read


def _load(path: Path, file: str) -> Any:
    """The graph, its values typed as GraphML types them; OSMnx writes all of them as text."""
    # Imported here, since only this format needs it.
    import networkx as nx

    try:
        return nx.read_graphml(path, node_type=str, force_multigraph=True)
    except (nx.NetworkXException, KeyError, TypeError, ValueError, SyntaxError) as error:
        raise StudyError("graphml_broken", file=file, reason=one_line(error)) from error


def _crs(name: object, file: str) -> pyproj.CRS | None:
    text = str(name)
    if match := _INIT.fullmatch(text):
        return crs_by_name(f"EPSG:{match[1]}", file)
    if match := _UTM.fullmatch(text):
        return crs_by_name(f"EPSG:{(327 if '+south' in text else 326)}{int(match[1]):02}", file)
    return crs_by_name(text, file)


def _edge_ids(arcs: list[Arc]) -> NDArray[np.int64] | NDArray[np.str_]:
    """The smallest way of each arc; the row where the file has no ids."""
    ids = edge_ids([min(arc.ways, key=_by_number, default=str(arc.row)) for arc in arcs])
    return ids if len(ids) else np.empty(0, dtype=np.int64)


def _by_number(name: str) -> tuple[int, int, str]:
    """Key of the order: numbers by value, before other names."""
    return (0, int(name), name) if name.lstrip("-").isdecimal() else (1, 0, name)


def _classified(values: tuple[str | None, ...], *, has_classes: bool) -> EdgeClass:
    """The class of an arc; in a graph with classes, an arc without one is no street."""
    named = zip((*ACCESS_TAGS, "oneway"), values, strict=True)
    tags = {tag: value for tag, value in named if value is not None}
    return classify({"highway": "", **tags} if has_classes else tags)
