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
from geo.readers.osm.source import OsmSource, open_osm, rewritten
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
    scratch: Path,
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
    scratch : Path
        Folder for the plain copy of an irregular file.

    Returns
    -------
    RawTable
        In order of id; rows count from 1. The geometry is a point, an area or a line; for an
        outline that is not whole in the extract, its lines; without any geometry, the centre that
        the file states. A closed way is one row.

    Raises
    ------
    StudyError
        As in `open_osm`.
    """
    found, places = _collect(path, file, wanted, scratch)
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
        # As for roads, osmium is given a relative name of the copy.
        table = read_osm_objects(path, file, request["wanted"], quality, **options, scratch=Path())
        return write_table_answer(table, folder)

    return read


def _is_boundary(key: str, tags: Mapping[str, Any]) -> bool:
    """Whether it is a boundary's relation; its ways and labels have the same tags."""
    return key.startswith("r") and tags.get("boundary", "administrative") == "administrative"


def _has_no_place(place: Any) -> bool:
    return place is None or place.is_empty


def _collect(
    path: Path, file: str, wanted: Mapping[str, Sequence[str]], scratch: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Tags and places (shapely geometries, in the file's datum) of the objects, by id."""
    source = open_osm(path, file, scratch, in_order=True)
    try:
        objects = _read_in_order(source, wanted)
        if objects is None or (objects.has_negative_ids and source.original is None):
            objects = _Objects(rewritten(source, file, scratch), wanted)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    return objects.found, objects.places


def _read_in_order(source: OsmSource, wanted: Mapping[str, Sequence[str]]) -> _Objects | None:
    """The objects, None where osmium refuses the order of the elements."""
    try:
        return _Objects(source, wanted)
    except RuntimeError as error:
        if "out of order" in str(error):
            return None
        raise


def _matching(source: Any, wanted: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    tags = [(key, value) for key, values in wanted.items() for value in values]
    if not tags:
        return iter(())
    return iter(
        osmium.FileProcessor(source)
        .with_areas(osmium.filter.TagFilter(*tags))
        .with_filter(osmium.filter.TagFilter(*tags))
    )


class _Objects:
    """The objects of a file that carry any of the wanted tags.

    Attributes
    ----------
    found : dict of str to dict
        Their tags, by id.
    places : dict of str to geometry or None
    has_negative_ids : bool
        Whether an object or a node or member of one has a negative id.
    """

    def __init__(self, source: OsmSource, wanted: Mapping[str, Sequence[str]]) -> None:
        self.found: dict[str, dict[str, Any]] = {}
        self.places: dict[str, Any] = {}
        self.has_negative_ids = False
        self._source = source
        self._members: dict[str, list[int]] = {}
        for item in _matching(source.source, wanted):
            self._take(item)
        self._from_members()
        for key, centre in source.centres.items():
            if key in self.found and _has_no_place(self.places.get(key)):
                self.places[key] = shapely.Point(centre)

    def _key(self, kind: str, number: int) -> str:
        return f"{kind}{self._source.id_of(kind, number)}"

    def _take(self, item: Any) -> None:
        """Store tags and geometry; an area replaces the outline it was made from."""
        if item.is_area():
            key = self._key("w" if item.from_way() else "r", item.orig_id())
            if item.num_rings()[0]:  # none: the outline is open
                wkb = osmium.geom.WKBFactory().create_multipolygon(item)
                self.places[key] = shapely.from_wkb(wkb)
            self.found.setdefault(key, dict(item.tags))
            return
        key = self._key(item.type_str(), item.id)
        self.has_negative_ids |= item.id < 0
        if item.is_node():
            self.places[key] = shapely.Point(item.lon, item.lat) if item.location.valid() else None
        elif item.is_way():
            self.places.setdefault(key, _line(self._vertices(item)))
        else:
            self._members[key] = [member.ref for member in item.members if member.type == "w"]
            self.has_negative_ids |= any(member.ref < 0 for member in item.members)
        self.found.setdefault(key, dict(item.tags))

    def _vertices(self, way: Any) -> list[tuple[float, float]]:
        self.has_negative_ids |= any(node.ref < 0 for node in way.nodes)
        return [(node.lon, node.lat) for node in way.nodes if node.location.valid()]

    def _from_members(self) -> None:
        """Give relations with an open outline (a common fault in OSM) the lines of their ways."""
        wanted = {key: ways for key, ways in self._members.items() if key not in self.places}
        # The filter takes no negative ids; with one the file is read again (`rewritten`).
        ids = {way for ways in wanted.values() for way in ways if way >= 0}
        if not ids:
            return
        lines: dict[int, Any] = {}
        ways: Any = osmium.FileProcessor(self._source.source).with_locations()
        ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        for way in ways.with_filter(osmium.filter.IdFilter(ids)):
            vertices = self._vertices(way)
            if len(vertices) > 1:
                lines[way.id] = shapely.LineString(vertices)
        for key, refs in wanted.items():
            parts = [lines[ref] for ref in refs if ref in lines]
            if parts:
                self.places[key] = shapely.MultiLineString(parts)


def _line(vertices: list[tuple[float, float]]) -> Any:
    if not vertices:
        return None
    return shapely.LineString(vertices) if len(vertices) > 1 else shapely.Point(vertices[0])
