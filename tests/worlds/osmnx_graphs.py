"""A city as an OSM file, and the same city as OSMnx saves it in GraphML."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pyproj

__all__ = ["SAVED", "write_city", "write_study"]

_GEOD = pyproj.Geod(ellps="WGS84")
_SIDE = 5
_CORNERS = {0, _SIDE - 1, _SIDE * (_SIDE - 1), _SIDE * _SIDE - 1}
_STUDY = """[study]
name = "s"
locale = "en"
[units]
path = "units.geojson"
[demand]
path = "demand.csv"
[network]
path = "{roads}"
"""
_LAYER = """[[layers]]
key = "{profile}_{direction}"
path = "sites.csv"
profile = "{profile}"
direction = "{direction}"
minutes = 15
"""
_UNITS = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"id": "u"},'
    ' "geometry": {"type": "Polygon", "coordinates":'
    " [[[114.2, 30.4], [114.4, 30.4], [114.4, 30.6], [114.2, 30.6], [114.2, 30.4]]]}}]}"
)


def write_city(path: Path, seed: int) -> None:
    """Write a grid of bent streets, each of three ways; some are one-way, one is a loop.

    The ids of a street's ways have one hash slot in a small set, so that their order in a set is
    the order in which they were added, which is another one on the way back.
    """
    rng = np.random.default_rng(seed)
    nodes: dict[int, tuple[float, float]] = {}
    for at in range(_SIDE * _SIDE):
        x, y = 114.3 + 0.003 * (at % _SIDE), 30.5 + 0.003 * (at // _SIDE)
        nodes[at + 1] = (x + rng.uniform(-5e-4, 5e-4), y + rng.uniform(-5e-4, 5e-4))
    ways = []
    for at, to in _streets():
        street = len(ways)
        inner = [1000 + 2 * street, 1001 + 2 * street]
        for share, key in zip((1 / 3, 2 / 3), inner, strict=True):
            bend = rng.uniform(-2e-4, 2e-4, size=2)
            a, b = np.array(nodes[at + 1]), np.array(nodes[to + 1])
            nodes[key] = tuple((a + (b - a) * share + bend).tolist())
        path_nodes = [at + 1, *inner, to + 1]
        highway = str(rng.choice(["residential", "primary", "service"]))
        oneway = str(rng.choice(["no", "no", "yes", "-1"]))
        if {at, to} & _CORNERS:  # two streets, which OSMnx joins to one
            highway, oneway = "residential", "no"
        for part, (u, v) in enumerate(itertools.pairwise(path_nodes)):
            ways.append((8 * (32 * street + part + 1), [u, v], highway, oneway))
    centre = nodes[13]
    loop = [13, 5001, 5002, 5003, 13]
    for key, (dx, dy) in zip(loop[1:4], ((4, 2), (8, 0), (4, -2)), strict=True):
        nodes[key] = (centre[0] + dx * 1e-4, centre[1] + dy * 1e-4)
    ways.append((99, loop, "residential", "no"))
    text = ["<?xml version='1.0'?><osm version='0.6'>"]
    text += [f"<node id='{k}' lat='{y:.7f}' lon='{x:.7f}'/>" for k, (x, y) in nodes.items()]
    for key, refs, highway, oneway in ways:
        inner_text = "".join(f"<nd ref='{ref}'/>" for ref in refs)
        inner_text += f"<tag k='highway' v='{highway}'/><tag k='oneway' v='{oneway}'/>"
        text.append(f"<way id='{key}'>{inner_text}</way>")
    path.write_text("".join([*text, "</osm>"]))


def _streets() -> Iterator[tuple[int, int]]:
    for at in range(_SIDE * _SIDE):
        if at % _SIDE < _SIDE - 1:
            yield at, at + 1
        if at < _SIDE * (_SIDE - 1):
            yield at, at + _SIDE


def write_study(folder: Path, roads: str, seed: int) -> None:
    """Write a study on these roads: every profile, to and from, on points beside the streets."""
    rng = np.random.default_rng(seed)
    text = _STUDY.format(roads=roads)
    for profile, direction in itertools.product(("walk", "cycle", "drive"), ("to", "from")):
        text += _LAYER.format(profile=profile, direction=direction)
    (folder / "study.toml").write_text(text)
    (folder / "units.geojson").write_text(_UNITS)
    for name, count in (("demand", 40), ("sites", 3)):
        xy = rng.uniform((114.3, 30.5), (114.312, 30.512), size=(count, 2))
        rows = [f"p{at},{x:.7f},{y:.7f}" for at, (x, y) in enumerate(xy.tolist())]
        (folder / f"{name}.csv").write_text("\n".join(["id,lon,lat", *rows]) + "\n")


def _graph(source: Path, *, simplify: bool = True, all_oneway: bool = False) -> nx.MultiDiGraph:
    """The graph as OSMnx makes it, with geodesic lengths (its own are on a sphere)."""
    with _setting("all_oneway", all_oneway):
        graph = osmnx.graph_from_xml(source, simplify=False, retain_all=True)
    for u, v, data in graph.edges(data=True):
        ends = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in (u, v)]
        data["length"] = _GEOD.line_length(*zip(*ends, strict=True))
    return osmnx.simplify_graph(graph) if simplify else graph


@contextlib.contextmanager
def _setting(name: str, value: Any) -> Iterator[None]:
    before = getattr(osmnx.settings, name)
    setattr(osmnx.settings, name, value)
    try:
        yield
    finally:
        setattr(osmnx.settings, name, before)


def _consolidated(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    projected = osmnx.project_graph(graph)
    return osmnx.consolidate_intersections(projected, tolerance=0.5, dead_ends=True)


def _typed(graph: nx.MultiDiGraph, path: Path) -> None:
    """As Gephi and networkx write it: numbers and booleans by their own types."""
    for _, _, data in graph.edges(data=True):
        for key, value in data.items():
            if not isinstance(value, bool | int | float | str):
                data[key] = value.wkt if hasattr(value, "wkt") else str(value)
    graph.graph = {key: str(value) for key, value in graph.graph.items()}
    nx.write_graphml(graph, path)


def _saved(
    change: Callable[[nx.MultiDiGraph], nx.MultiDiGraph] = lambda graph: graph, **options: Any
) -> Callable[[Path, Path], None]:
    def save(source: Path, path: Path) -> None:
        osmnx.save_graphml(change(_graph(source, **options)), path)

    return save


def _shuffled(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    """Every list in an order of its own, as sets have it, some written as sets."""
    rng = np.random.default_rng(7)
    for _, _, data in graph.edges(data=True):
        for key, value in data.items():
            if isinstance(value, list):
                items = [value[at] for at in rng.permutation(len(value))]
                data[key] = set(items) if rng.random() < 0.3 else items
    return graph


def _text_nodes(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    return nx.relabel_nodes(graph, {node: f"node/{node}" for node in graph})


def _old_crs(graph: nx.MultiDiGraph) -> nx.MultiDiGraph:
    projected = osmnx.project_graph(graph)
    projected.graph["crs"] = "+proj=utm +zone=50 +ellps=WGS84 +datum=WGS84 +units=m +no_defs"
    return projected


# Each writes the graph of an OSM file to a path.
SAVED: dict[str, Callable[[Path, Path], None]] = {
    "simplified": _saved(),
    "not simplified": _saved(simplify=False),
    "lists in any order": _saved(_shuffled),
    "projected": _saved(osmnx.project_graph),
    "projected by an old version": _saved(_old_crs),
    "consolidated": _saved(_consolidated),
    "consolidated, any order": _saved(lambda graph: _shuffled(_consolidated(graph))),
    "typed": lambda source, path: _typed(_graph(source), path),
    "typed, projected": lambda source, path: _typed(osmnx.project_graph(_graph(source)), path),
    "nodes by text": _saved(_text_nodes),
    "undirected": _saved(osmnx.convert.to_undirected),
    "one arc a way": _saved(simplify=False, all_oneway=True),
}
