"""Sites from OSM tags: nodes, ways and relations of the network's own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pandas as pd
import shapely

from geo.datum import to_wgs84
from geo.errors import StudyError
from geo.quality import QualityLog
from geo.readers.formats import OSM_FORMATS, detect_format
from geo.readers.osm import osm_file
from geo.readers.tables import one_line

__all__ = ["collect_osm", "read_osm_sites"]


def read_osm_sites(
    path: Path,
    file: str,
    wanted: Mapping[str, Sequence[str]],
    quality: QualityLog,
    *,
    datum: str = "wgs84",
    capacity: str | None = None,
) -> tuple[pd.DataFrame, int]:
    """Read the OSM objects that carry any of the wanted tags.

    Areas stand at a representative point inside, open ways on their line, relations whose outline
    is open on one of their ways. A closed way counts once.

    Parameters
    ----------
    path : Path
        ``.osm.pbf`` or ``.osm``.
    file : str
        Its name for messages.
    wanted : mapping of key to values
        For example ``{"amenity": ["parking"]}``.
    quality : QualityLog
        Receives a row for every object without a place (its nodes are not in the extract).
    datum : str
        Datum of the file.
    capacity : str, optional
        The tag that holds the capacity.

    Returns
    -------
    sites : DataFrame (n)
        By id: ``id`` (``n123``, ``w123``, ``r123``), ``name``, ``lon``, ``lat``, ``row``
        (from 1), ``capacity``.
    rows_in : int
        Objects that carry the tags.

    Raises
    ------
    StudyError
        ``sites_not_osm`` when the file is no OSM file, ``osm_broken``.
    """
    found, places = collect_osm(path, file, wanted)
    ids = sorted(found)
    spots = {key: spot for key in ids if (spot := _spot(places.get(key))) is not None}
    for key in ids:
        if key not in spots:
            quality.add("warning", "osm_no_place", file=file, action="set_aside", value=key)
    lonlat = np.array(list(spots.values()), dtype=np.float64).reshape(-1, 2)
    lon, lat = to_wgs84(lonlat[:, 0], lonlat[:, 1], datum)
    tags = [found[key] for key in spots]
    seats = [_seats(item.get(capacity, "") if capacity else "") for item in tags]
    frame = pd.DataFrame(
        {
            "id": pd.Series(list(spots), dtype="str"),
            "name": pd.Series([item.get("name", "") for item in tags], dtype="str"),
            "lon": lon,
            "lat": lat,
            "row": np.arange(1, len(spots) + 1, dtype=np.int64),
            "capacity": np.array(seats, dtype=np.float64),
        }
    )
    return frame, len(ids)


def collect_osm(
    path: Path, file: str, wanted: Mapping[str, Sequence[str]]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Tags and places (shapely geometries, WGS-84 or as the file) of the objects, by id.

    Raises
    ------
    StudyError
        ``sites_not_osm`` when the file is no OSM file, ``osm_broken``.
    """
    if detect_format(path, file) not in OSM_FORMATS:
        raise StudyError("sites_not_osm", file=file)
    found: dict[str, dict[str, Any]] = {}
    places: dict[str, Any] = {}
    members: dict[str, list[int]] = {}
    try:
        for item in _matching(path, wanted):
            _take(item, found, places, members)
        open_ = {key: ways for key, ways in members.items() if key not in places}
        _from_members(path, open_, places)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    return found, places


def _matching(path: Path, wanted: Mapping[str, Sequence[str]]) -> Iterator[Any]:
    tags = [(key, value) for key, values in wanted.items() for value in values]
    if not tags:
        return iter(())
    return iter(
        osmium.FileProcessor(osm_file(path, path.name))
        .with_areas(osmium.filter.TagFilter(*tags))
        .with_filter(osmium.filter.TagFilter(*tags))
    )


def _take(
    item: Any,
    found: dict[str, dict[str, Any]],
    places: dict[str, Any],
    members: dict[str, list[int]],
) -> None:
    """Note an object's tags and place; an area overrules the outline it was made from."""
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


def _from_members(path: Path, wanted: dict[str, list[int]], places: dict[str, Any]) -> None:
    """Give relations whose outline is open (a common slip in OSM) a place on their ways."""
    ids = {way for ways in wanted.values() for way in ways}
    if not ids:
        return
    lines: dict[int, Any] = {}
    ways: Any = osmium.FileProcessor(osm_file(path, path.name)).with_locations()
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


def _spot(place: Any) -> tuple[float, float] | None:
    if place is None or place.is_empty:
        return None
    point = place if place.geom_type == "Point" else shapely.point_on_surface(place)
    return (point.x, point.y)


def _seats(text: str) -> float:
    """The capacity tag as a number; OSM writes much else there, which counts as unknown."""
    return float(text) if text.isdecimal() else float("nan")
