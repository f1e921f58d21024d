"""Roads from GraphML files of OSMnx."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.geometry import crs_by_name, to_lonlat
from geo.readers.guard.answer import write_roads_answer
from geo.readers.roads.assemble import assemble, codes_of
from geo.roads.osm_access import ACCESS_TAGS, EdgeClass, classify
from geo.roads.roads import Roads

__all__ = ["guarded_task", "read_graphml"]

# In OSMnx a two-way street is a pair of arcs; the pair gives the direction, not the tag.
_TAGS = tuple(tag for tag in ACCESS_TAGS if tag not in ("oneway", "junction"))


class _Arc(NamedTuple):
    """One arc, or two exact opposites in one."""

    u: int
    v: int
    way: int
    line: Any
    tags: tuple[str, ...]
    length_m: float
    both_ways: bool


def read_graphml(path: Path, file: str, quality: QualityLog, datum: str) -> tuple[Roads, int, int]:
    """Read a graph saved by ``osmnx.save_graphml``.

    An arc and its exact opposite (same way, same line reversed) become one two-way edge; any other
    arc is open in its own direction only, which does not bind walkers.

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
        `edge_id` is the OSM way's id (the first, where OSMnx has joined several).
    rows_in, rows_used : int
        Arcs.

    Raises
    ------
    StudyError
        The file is not from OSMnx (``graphml_broken``).
    """
    graph = _load(path, file)
    crs = crs_by_name(graph.graph.get("crs", "EPSG:4326"), file)
    names = {name: number for number, name in enumerate(graph.nodes)}
    try:
        nodes = np.array([(d["x"], d["y"]) for _, d in graph.nodes(data=True)], dtype=np.float64)
        rows_in = graph.number_of_edges()
        arcs = _merged(list(_arcs(graph, names, nodes)))
    except (KeyError, TypeError, ValueError) as error:
        raise StudyError("graphml_broken", file=file, reason=one_line(error)) from error
    good = [arc for arc in arcs if np.isfinite(shapely.get_coordinates(arc.line)).all()]
    used = sum(2 if arc.both_ways else 1 for arc in good)
    if used < rows_in:
        quality.add(
            "warning", "coordinate_bad", file=file, action="set_aside", value=rows_in - used
        )
    lines = to_lonlat(np.array([arc.line for arc in good], dtype=object), crs, file)
    spots = to_lonlat(np.asarray(shapely.points(nodes.reshape(-1, 2)), dtype=object), crs, file)
    combinations, combination_of = codes_of((arc.tags, arc.both_ways) for arc in good)
    counts = shapely.get_num_coordinates(lines)
    roads = assemble(
        lonlat=shapely.get_coordinates(lines),
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        u=np.array([arc.u for arc in good], dtype=np.int64),
        v=np.array([arc.v for arc in good], dtype=np.int64),
        node_lonlat=shapely.get_coordinates(spots),
        edge_id=np.array([arc.way for arc in good], dtype=np.int64),
        classes=[_classified(tags, both) for tags, both in combinations],
        class_of=combination_of,
        length_m=np.array([arc.length_m for arc in good], dtype=np.float64),
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
    # Imported here: takes two seconds, which only this format needs.
    import networkx as nx
    import osmnx

    try:
        return osmnx.load_graphml(path)
    except (nx.NetworkXException, KeyError, TypeError, ValueError, SyntaxError) as error:
        raise StudyError("graphml_broken", file=file, reason=one_line(error)) from error


def _arcs(graph: Any, names: dict[Any, int], nodes: Any) -> Iterator[_Arc]:
    for at, (u, v, data) in enumerate(graph.edges(data=True), start=1):
        line = data.get("geometry")
        if line is None:
            line = shapely.LineString([nodes[names[u]], nodes[names[v]]])
        length_m = float(data.get("length", "nan"))
        yield _Arc(
            names[u],
            names[v],
            int(_first(data.get("osmid", at))),
            line,
            tuple(_text(data.get(tag, ""), whole=tag == "maxspeed") for tag in _TAGS),
            length_m if np.isfinite(length_m) and length_m >= 0 else float("nan"),
            False,
        )


def _merged(arcs: list[_Arc]) -> list[_Arc]:
    """The arcs, with each pair of exact opposites as one, at the position of the earlier."""
    merged: list[_Arc] = []
    waiting: dict[tuple[int, int, int, bytes], list[int]] = {}
    for arc in arcs:
        xy = shapely.get_coordinates(arc.line)
        partners = waiting.get((arc.v, arc.u, arc.way, xy[::-1].tobytes()))
        if partners:
            at = partners.pop()
            merged[at] = merged[at]._replace(both_ways=True)
            continue
        waiting.setdefault((arc.u, arc.v, arc.way, xy.tobytes()), []).append(len(merged))
        merged.append(arc)
    return merged


def _classified(tags: tuple[str, ...], both_ways: bool) -> EdgeClass:
    named = {key: value for key, value in zip(_TAGS, tags, strict=True) if value}
    return classify({**named, "oneway": "no" if both_ways else "yes"})


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _text(value: Any, *, whole: bool) -> str:
    """A tag as text; of a list (several ways joined) the first, or all of them."""
    if isinstance(value, list):
        return ";".join(str(item) for item in value) if whole else str(_first(value))
    return str(value)
