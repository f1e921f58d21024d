"""Nodes, ways and relations of an OSM file by their tags, with their geometries.

Runs in the child process of `geo.readers.guard.run`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pyproj
import shapely

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.guard.answer import write_table_answer
from geo.readers.osm.roads import osm_source
from geo.readers.table.raw_table import RawTable

__all__ = ["guarded_task", "read_osm_objects"]


def read_osm_objects(
    path: Path,
    file: str,
    wanted: Mapping[str, Sequence[str]],
    quality: QualityLog,
    *,
    columns: Sequence[str],
    boundaries: bool = False,
) -> RawTable:
    """Read the OSM objects that carry any of the wanted tags, one row an object.

    Parameters
    ----------
    path : Path
    file : str
        Its name for messages.
    wanted : mapping of key to values
        For example ``{"amenity": ["parking"]}``.
    quality : QualityLog
        Receives a finding for every object without a place (its nodes are not in the extract).
    columns : sequence of str
        Tags that become columns beside ``id`` (``n123``, ``w123``, ``r123``) and ``name``.
    boundaries : bool
        Only the relations of administrative boundaries.

    Returns
    -------
    RawTable
        In order of id; rows count from 1. The geometry is a point, an area or a line; for an
        outline that is not whole in the extract, its lines. A closed way is one row.

    Raises
    ------
    StudyError
        As in `osm_source`; ``osm_broken``.
    """
    found, places = _collect(path, file, wanted)
    if boundaries:
        found = {key: tags for key, tags in found.items() if _is_boundary(key, tags)}
    keys = [key for key in sorted(found) if not _has_no_place(places.get(key))]
    for key in sorted(set(found) - set(keys)):
        quality.add("warning", "osm_no_place", file=file, action="set_aside", value=key)
    names = list(dict.fromkeys(["id", "name", *columns]))
    cells = {
        name: [key if name == "id" else found[key].get(name, "") for key in keys] for name in names
    }
    geometry = np.array([*(places[key] for key in keys), None], dtype=object)[:-1]
    crs = pyproj.CRS.from_epsg(4326)
    return RawTable.of_features(file, cells, len(keys), geometry, crs=crs, rows_in=len(found))


def guarded_task(request: dict[str, Any]) -> Callable[[QualityLog, Path], dict[str, Any]]:
    """What the child process does for objects of an OSM file."""
    options = {key: request[key] for key in ("columns", "boundaries")}

    def read(quality: QualityLog, folder: Path) -> dict[str, Any]:
        path, file = Path(request["path"]), request["file"]
        table = read_osm_objects(path, file, request["wanted"], quality, **options)
        return write_table_answer(table, folder)

    return read


def _is_boundary(key: str, tags: Mapping[str, Any]) -> bool:
    """Whether it is a boundary's relation; its ways and labels have the same tags."""
    return key.startswith("r") and tags.get("boundary", "administrative") == "administrative"


def _has_no_place(place: Any) -> bool:
    return place is None or place.is_empty


def _collect(
    path: Path, file: str, wanted: Mapping[str, Sequence[str]]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Tags and places (shapely geometries, in the file's datum) of the objects, by id."""
    source = osm_source(path, file)
    found: dict[str, dict[str, Any]] = {}
    places: dict[str, Any] = {}
    members: dict[str, list[int]] = {}
    try:
        for item in _matching(source, wanted):
            _take(item, found, places, members)
        open_ = {key: ways for key, ways in members.items() if key not in places}
        _from_members(source, open_, places)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    return found, places


def _matching(source: Any, wanted: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    tags = [(key, value) for key, values in wanted.items() for value in values]
    if not tags:
        return iter(())
    return iter(
        osmium.FileProcessor(source)
        .with_areas(osmium.filter.TagFilter(*tags))
        .with_filter(osmium.filter.TagFilter(*tags))
    )


def _take(
    item: Any,
    found: dict[str, dict[str, Any]],
    places: dict[str, Any],
    members: dict[str, list[int]],
) -> None:
    """Store an object's tags and geometry; an area replaces the outline it was made from."""
    if item.is_area():
        key = f"{'w' if item.from_way() else 'r'}{item.orig_id()}"
        if item.num_rings()[0]:  # none: the outline is open
            places[key] = shapely.from_wkb(osmium.geom.WKBFactory().create_multipolygon(item))
    elif item.is_node():
        key = f"n{item.id}"
        places[key] = shapely.Point(item.lon, item.lat) if item.location.valid() else None
    elif item.is_way():
        key = f"w{item.id}"
        line = [(node.lon, node.lat) for node in item.nodes if node.location.valid()]
        places.setdefault(key, _line(line))
    else:
        key = f"r{item.id}"
        members[key] = [member.ref for member in item.members if member.type == "w"]
    found.setdefault(key, dict(item.tags))


def _from_members(source: Any, wanted: dict[str, list[int]], places: dict[str, Any]) -> None:
    """Give relations with an open outline (a common fault in OSM) the lines of their ways."""
    ids = {way for ways in wanted.values() for way in ways}
    if not ids:
        return
    lines: dict[int, Any] = {}
    ways: Any = osmium.FileProcessor(source).with_locations()
    ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    for way in ways.with_filter(osmium.filter.IdFilter(ids)):
        vertices = [(node.lon, node.lat) for node in way.nodes if node.location.valid()]
        if len(vertices) > 1:
            lines[way.id] = shapely.LineString(vertices)
    for key, refs in wanted.items():
        parts = [lines[ref] for ref in refs if ref in lines]
        if parts:
            places[key] = shapely.MultiLineString(parts)


def _line(vertices: list[tuple[float, float]]) -> Any:
    if not vertices:
        return None
    return shapely.LineString(vertices) if len(vertices) > 1 else shapely.Point(vertices[0])
