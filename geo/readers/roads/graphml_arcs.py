"""Arcs of OSMnx graphs: their values whatever their types, and two opposite arcs as one street."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.roads.highways import road_rank
from geo.roads.osm_access import ACCESS_TAGS

__all__ = ["Arc", "arcs_of", "merged_arcs", "says_oneway_as_osm"]

_NO = frozenset(("false", "no", "0"))
_AGAINST = frozenset(("-1", "reverse"))
# Words of OSM's own tag, which OSMnx keeps where its setting `all_oneway` is on.
_OSM_WORDS = frozenset(("yes", "no", "-1", "reverse", "reversible", "alternating"))
_MISSING = frozenset(("", "nan", "none", "<na>"))
# Ids are kept in columns as wide as the longest.
_LONGEST_ID = 64
# Opposite lines agree to this share of a unit: 1 cm in degrees, less in metres.
_DECIMALS = 7


@dataclass(frozen=True)
class Arc:
    """One arc, or two opposites in one.

    Attributes
    ----------
    row : int
        From 1, in file order.
    u, v : int
        Numbers of its nodes.
    ways : frozenset of str
        Ids of the OSM ways that it consists of.
    line : LineString or None
        From u to v, in the coordinates of the graph; None where the file has no usable one.
    tags : mapping of str to str
        Those of `ACCESS_TAGS` but ``oneway``; of several ways the distinct values, by ``;``.
    oneway_words : tuple of str
        The values of ``oneway``, lower case.
    reversed : bool
        Whether it runs against its OSM way.
    length_m : float
        NaN where the file has none.
    paired : bool
        Whether it stands for an opposite arc, too.
    undirected : bool
        Whether the graph has one edge for both directions.
    """

    row: int
    u: int
    v: int
    ways: frozenset[str]
    line: Any
    tags: Mapping[str, str]
    oneway_words: tuple[str, ...]
    reversed: bool
    length_m: float
    paired: bool = False
    undirected: bool = False

    @property
    def has_line(self) -> bool:
        """Whether the line has two or more finite vertices."""
        return self.line is not None and bool(np.isfinite(shapely.get_coordinates(self.line)).all())

    def oneway(self, as_osm: bool) -> str | None:
        """What `oneway` of an OSM way along this arc would say; None where it has no such tag.

        `as_osm` : the graph keeps OSM's words, and one arc for each way.
        """
        if self.paired:
            return "no"
        words = self.oneway_words
        if as_osm:
            # OSMnx has turned the ways that are open against their direction.
            return ";".join("yes" if word in _AGAINST else word for word in words) or None
        both = all(word in _NO for word in words) if words else self.undirected
        return "no" if both else "yes"


def arcs_of(
    graph: Any,
    names: Mapping[Any, int],
    nodes: NDArray[np.float64],
    columns: Mapping[str, str],
) -> list[Arc]:
    """The arcs of a graph in file order.

    Parameters
    ----------
    graph : networkx graph
    names : mapping
        Number of each node.
    nodes : float64 (k, 2)
        x and y of the nodes.
    columns : mapping of str to str
        The attribute that holds each tag (`geo.readers.roads.road_columns`).

    Raises
    ------
    ValueError
        A length is no number, or an id is none.
    """
    undirected = not graph.is_directed()
    arcs = []
    for row, (u, v, data) in enumerate(graph.edges(data=True), start=1):
        values = {str(key).lower(): value for key, value in data.items()}
        values |= {tag: data[columns[tag]] for tag in ACCESS_TAGS if columns.get(tag) in data}
        ends = (names[u], names[v])
        if undirected and str(values.get("from", u)) == v and str(values.get("to", v)) == u:
            ends = ends[::-1]  # the direction that the edge had in the directed graph
        arcs.append(_arc(row, ends, values, nodes, undirected=undirected))
    return arcs


def says_oneway_as_osm(arcs: Sequence[Arc]) -> bool:
    """Whether `oneway` holds OSM's words (setting `all_oneway`) and not OSMnx's True and False."""
    words = {word for arc in arcs for word in arc.oneway_words}
    return bool(words & _OSM_WORDS) and not words & {"true", "false"}


def merged_arcs(arcs: Sequence[Arc]) -> list[Arc]:
    """The arcs, with each pair of opposites as one, at the position of the earlier.

    Opposites consist of the same ways, in any order, along the same line reversed; parallel arcs
    stay apart. Of a pair, the arc along its OSM way gives direction and tags.
    """
    merged: list[Arc] = []
    waiting: dict[tuple[int, int, frozenset[str], bytes], list[int]] = {}
    for arc in arcs:
        xy = np.round(shapely.get_coordinates(arc.line), _DECIMALS) + 0.0
        partners = waiting.get((arc.v, arc.u, arc.ways, xy[::-1].tobytes()))
        if partners and not arc.undirected:
            at = partners.pop(0)
            along = arc if merged[at].reversed and not arc.reversed else merged[at]
            merged[at] = replace(along, paired=True)
            continue
        waiting.setdefault((arc.u, arc.v, arc.ways, xy.tobytes()), []).append(len(merged))
        merged.append(arc)
    return merged


def _arc(
    row: int,
    ends: tuple[int, int],
    values: Mapping[str, Any],
    nodes: NDArray[np.float64],
    *,
    undirected: bool,
) -> Arc:
    tags = {tag: _joined(tag, values[tag]) for tag in ACCESS_TAGS if tag in values}
    against = [word.lower() for word in _texts(values.get("reversed"))]
    return Arc(
        row,
        *ends,
        _ids(values.get("osmid")),
        _line(values.get("geometry"), nodes[list(ends)]),
        {tag: text for tag, text in tags.items() if tag != "oneway" and (text or tag == "highway")},
        tuple(sorted({word.lower() for word in _texts(values.get("oneway"))})),
        bool(against) and all(word == "true" for word in against),
        _length(values.get("length")),
        undirected=undirected,
    )


def _items(value: Any) -> list[Any]:
    """The items of a value; a list or a set may be written as text."""
    if isinstance(value, str) and value[:1] + value[-1:] in ("[]", "{}", "()"):
        with suppress(SyntaxError, ValueError, MemoryError, RecursionError):
            value = ast.literal_eval(value)
    return list(value) if isinstance(value, list | set | frozenset | tuple) else [value]


def _texts(value: Any) -> list[str]:
    """The items as text; 12.0 is ``12``, what is missing is left out."""
    texts = [
        str(int(item)) if isinstance(item, float) and item.is_integer() else str(item).strip()
        for item in _items(value)
    ]
    return [text for text in texts if text.lower() not in _MISSING]


def _ids(value: Any) -> frozenset[str]:
    ids = frozenset(_texts(value))
    for text in ids:
        if len(text) > _LONGEST_ID:
            raise ValueError(f"osmid={text}")
    return ids


def _joined(tag: str, value: Any) -> str:
    """The distinct values of a tag in an order of their own; of classes, the least important first.

    OSMnx keeps several values in the order of a set, which changes from arc to arc.
    """
    texts = sorted({part.strip() for text in _texts(value) for part in text.split(";")})
    if tag == "highway":
        ranks = road_rank(np.array(texts, dtype=np.str_)).tolist()
        texts = [text for _, text in sorted(zip(ranks, texts, strict=True), key=_slowest_first)]
    return ";".join(texts)


def _slowest_first(ranked: tuple[int, str]) -> tuple[int, str]:
    return -ranked[0], ranked[1]


def _length(value: Any) -> float:
    lengths = [float(item) for item in _items(value)] if value is not None else []
    total = sum(lengths) if lengths else float("nan")
    return total if np.isfinite(total) and total >= 0 else float("nan")


def _line(geometry: Any, ends: NDArray[np.float64]) -> Any:
    """The line from the first end to the last; straight where the file has none."""
    if geometry is None or str(geometry).strip().lower() in _MISSING:
        return shapely.LineString(ends)
    line = shapely.from_wkt(str(geometry), on_invalid="ignore")
    if line is None or line.geom_type != "LineString" or line.is_empty:
        return None
    xy = shapely.get_coordinates(line)
    forward = np.abs(xy[[0, -1]] - ends).sum()
    backward = np.abs(xy[[-1, 0]] - ends).sum()
    return shapely.reverse(line) if backward < forward else line
