"""One small OSM world, written as every editor and download service writes it."""

from __future__ import annotations

import bz2
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import osmium

__all__ = ["DIALECTS", "OsmWorld", "made_world", "street_xml"]

Place = tuple[float, float]
HEAD = "<?xml version='1.0' encoding='UTF-8'?>\n<osm version='0.6' generator='{generator}'>"
OVERPASS: dict[str, Any] = {"version": 0.6, "generator": "Overpass API", "osm3s": {"copyright": ""}}


@dataclass(frozen=True)
class OsmWorld:
    """Nodes with places and tags, ways and relations by their ids."""

    nodes: dict[int, tuple[Place, dict[str, str]]]
    ways: dict[int, tuple[list[int], dict[str, str]]]
    relations: dict[int, tuple[list[tuple[str, int, str]], dict[str, str]]]

    def renamed(self, name: Callable[[int], int]) -> OsmWorld:
        """The same with other ids."""
        return OsmWorld(
            {name(key): value for key, value in self.nodes.items()},
            {name(key): ([name(ref) for ref in refs], t) for key, (refs, t) in self.ways.items()},
            {
                name(key): ([(kind, name(ref), role) for kind, ref, role in members], tags)
                for key, (members, tags) in self.relations.items()
            },
        )


def made_world(seed: int) -> OsmWorld:
    """A grid of streets with one-ways, a lake of two ways, shops as nodes and as areas."""
    rng = np.random.default_rng(seed)
    side = 5
    nodes: dict[int, tuple[Place, dict[str, str]]] = {}
    for at in range(side * side):
        x = round(114.3 + 0.002 * (at % side) + rng.uniform(-3e-4, 3e-4), 7)
        y = round(30.5 + 0.002 * (at // side) + rng.uniform(-3e-4, 3e-4), 7)
        shop = {"shop": 'tea, "x" & <y>', "name": f"店{at}"} if rng.random() < 0.2 else {}
        nodes[at + 1] = ((x, y), shop)
    ways: dict[int, tuple[list[int], dict[str, str]]] = {}
    for row in range(side):
        along = [row * side + at + 1 for at in range(side)]
        across = [at * side + row + 1 for at in range(side)]
        ways[100 + row] = (along, {"highway": "residential"})
        oneway = str(rng.choice(["yes", "no", "-1"]))
        ways[200 + row] = (across, {"highway": "service", "oneway": oneway})
    for at, (x, y) in enumerate(((0, 0), (1, 0), (1, 1), (0, 1), (4, 4), (5, 4), (5, 5))):
        nodes[50 + at] = ((round(114.32 + x / 1000, 7), round(30.52 + y / 1000, 7)), {})
    ways[300] = ([50, 51, 52], {})
    ways[301] = ([52, 53, 50], {})
    ways[302] = ([54, 55, 56, 54], {"shop": "mall", "name": "商场"})
    lake = {"type": "multipolygon", "natural": "water", "name": "湖"}
    relations = {400: ([("way", 300, "outer"), ("way", 301, "outer")], lake)}
    return OsmWorld(nodes, ways, relations)


def street_xml(nodes: str, ways: str, *, extra: str = "") -> str:
    """An OSM document: nodes as ``id lon lat; …``, streets as ``id: ref ref …; …``."""
    parts = [HEAD.format(generator="test")]
    for node in filter(None, (part.strip() for part in nodes.split(";"))):
        key, lon, lat = node.split()
        parts.append(f"<node id='{key}' lon='{lon}' lat='{lat}'/>")
    for way in filter(None, (part.strip() for part in ways.split(";"))):
        key, refs = way.split(":")
        inner = "".join(f"<nd ref='{ref}'/>" for ref in refs.split())
        parts.append(f"<way id='{key}'>{inner}<tag k='highway' v='residential'/></way>")
    return "".join([*parts, extra, "</osm>"])


def _escaped(text: str) -> str:
    return (
        text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&apos;")
    )


def _tag_xml(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k='{_escaped(k)}' v='{_escaped(v)}'/>" for k, v in tags.items())


def _xml(
    world: OsmWorld,
    *,
    order: str = "nwr",
    about: str = "",
    extra: str = "",
    attributes: str = "",
    with_places: bool = False,
    refs: bool = True,
) -> str:
    place = {key: f" lat='{at[1]:.7f}' lon='{at[0]:.7f}'" for key, (at, _) in world.nodes.items()}

    def nd(ref: int) -> str:
        name = f" ref='{ref}'" if refs else ""
        return f"<nd{name}{place[ref] if with_places else ''}/>"

    def member(kind: str, ref: int, role: str) -> str:
        inner = "".join(f"<nd{place[r]}/>" for r in world.ways[ref][0]) if with_places else ""
        given = f"<member type='{kind}' ref='{ref}' role='{role}'"
        return f"{given}>{inner}</member>" if inner else f"{given}/>"

    parts = {
        "n": "".join(
            f"<node id='{key}'{attributes}{place[key]}>{_tag_xml(tags)}</node>\n"
            for key, (_, tags) in world.nodes.items()
            if tags or not with_places
        ),
        "w": "".join(
            f"<way id='{key}'{attributes}>{''.join(map(nd, of))}{_tag_xml(tags)}</way>\n"
            for key, (of, tags) in world.ways.items()
            if tags or not with_places
        ),
        "r": "".join(
            f"<relation id='{key}'{attributes}>{''.join(member(*one) for one in members)}"
            f"{_tag_xml(tags)}</relation>\n"
            for key, (members, tags) in world.relations.items()
        ),
    }
    body = "".join(parts[kind] for kind in order)
    return f"{HEAD.format(generator='x')}{about}\n{body}{extra}</osm>"


def _json(world: OsmWorld, *, geom: bool = False, refs: bool = True, order: str = "nwr") -> Any:
    def spot(ref: int) -> dict[str, float]:
        lon, lat = world.nodes[ref][0]
        return {"lat": lat, "lon": lon}

    def way(key: int, of: list[int], tags: dict[str, str]) -> dict[str, Any]:
        item: dict[str, Any] = {"type": "way", "id": key}
        item |= {"nodes": of} if refs else {}
        item |= {"geometry": [spot(ref) for ref in of]} if geom else {}
        return item | ({"tags": tags} if tags else {})

    def member(kind: str, ref: int, role: str) -> dict[str, Any]:
        inner = {"geometry": [spot(r) for r in world.ways[ref][0]]} if geom else {}
        return {"type": kind, "ref": ref, "role": role, **inner}

    parts = {
        "n": [
            {"type": "node", "id": key, **spot(key), **({"tags": tags} if tags else {})}
            for key, (_, tags) in world.nodes.items()
            if tags or not geom
        ],
        "w": [way(key, *value) for key, value in world.ways.items() if value[1] or not geom],
        "r": [
            {"type": "relation", "id": key, "members": [member(*m) for m in members], "tags": tags}
            for key, (members, tags) in world.relations.items()
        ],
    }
    return {**OVERPASS, "elements": [item for kind in order for item in parts[kind]]}


def _pbf(path: Path, world: OsmWorld, options: str = "pbf") -> None:
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), overwrite=True) as writer:
        for key, (place, tags) in world.nodes.items():
            writer.add_node(osmium.osm.mutable.Node(id=key, location=place, tags=tags))
        for key, (refs, tags) in world.ways.items():
            writer.add_way(osmium.osm.mutable.Way(id=key, nodes=refs, tags=tags))
        for key, (members, tags) in world.relations.items():
            of = [(kind[0], ref, role) for kind, ref, role in members]
            writer.add_relation(osmium.osm.mutable.Relation(id=key, members=of, tags=tags))
    if options != "pbf":  # as `osmium add-locations-to-ways`, which drops nodes without tags
        plain = path.with_suffix(".plain")
        path.rename(plain)
        with osmium.SimpleWriter(osmium.io.File(str(path), options)) as writer:
            for item in osmium.FileProcessor(osmium.io.File(str(plain), "pbf")).with_locations():
                if not item.is_node() or len(item.tags):
                    writer.add(item)


def _mixed(key: int) -> int:
    """New and old objects in one file."""
    return -key if key % 2 else key


def _write(path: Path, content: Any) -> None:
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        text = content if isinstance(content, str) else json.dumps(content)
        path.write_text(text, encoding="utf-8")


# Each writes the world to a path and returns how it renamed the ids.
Writer = Callable[[Path, OsmWorld], Callable[[int], int]]


def _same(key: int) -> int:
    return key


def _negative(key: int) -> int:
    return -key


def _dialect(content: Callable[[OsmWorld], Any], name: Callable[[int], int] = _same) -> Writer:
    def write(path: Path, world: OsmWorld) -> Callable[[int], int]:
        _write(path, content(world.renamed(name)))
        return name

    return write


def _dialect_pbf(name: Callable[[int], int], options: str = "pbf") -> Writer:
    def write(path: Path, world: OsmWorld) -> Callable[[int], int]:
        _pbf(path, world.renamed(name), options)
        return name

    return write


def _with_deleted(world: OsmWorld) -> str:
    refs = "".join(f"<nd ref='{ref}'/>" for ref in (-1, -9, -25))
    extra = (
        "<node id='-99' action='delete' visible='true' lat='30.51' lon='114.31'>"
        "<tag k='shop' v='tea'/></node>"
        f"<way id='-999' version='3' action='delete'>{refs}<tag k='highway' v='primary'/></way>"
        f"<way id='-998' visible='false'>{refs}<tag k='shop' v='tea'/></way>"
    )
    attributes = " action='modify' visible='true'"
    return _xml(world, attributes=attributes, extra=extra)


BOUND = "<bound box='30.0,114.0,31.0,115.0' origin='Osmosis 0.48'/>"
META = (
    "<note>from OSM</note><meta osm_base='2026-01-01T00:00:00Z'/>"
    "<bounds minlat='1' minlon='1' maxlat='2' maxlon='2'/>"
)

DIALECTS: dict[str, Writer] = {
    "plain XML": _dialect(_xml),
    "JOSM, all new": _dialect(_with_deleted, _negative),
    "JOSM, new nodes in old ways": _dialect(_xml, _mixed),
    "ogr2osm": _dialect(
        lambda world: (
            _xml(world, attributes=' visible="true"')
            .replace("id='", 'id = "', 1)
            .replace("' visible", '" visible', 1)
        ),
        lambda key: -(10**12) - key,
    ),
    "Osmosis": _dialect(lambda world: _xml(world, about=BOUND)),
    "ways before nodes": _dialect(lambda world: _xml(world, order="wrn", about=META)),
    "bzip2, negative": _dialect(lambda world: bz2.compress(_xml(world).encode()), _negative),
    "Overpass XML, out geom": _dialect(lambda world: _xml(world, with_places=True, order="wrn")),
    "Overpass XML, tags geom": _dialect(
        lambda world: _xml(world, with_places=True, refs=False, about=META)
    ),
    "Overpass JSON": _dialect(lambda world: _json(world, order="wrn")),
    "Overpass JSON, keys in order": _dialect(
        lambda world: json.dumps(_json(world), indent=2, sort_keys=True)
    ),
    "Overpass JSON, out geom": _dialect(lambda world: _json(world, geom=True)),
    "Overpass JSON, tags geom": _dialect(lambda world: _json(world, geom=True, refs=False)),
    "PBF": _dialect_pbf(_same),
    "PBF, negative": _dialect_pbf(_negative),
    "PBF, mixed": _dialect_pbf(_mixed),
    "PBF, locations on ways": _dialect_pbf(_same, "pbf,locations_on_ways=true"),
}
