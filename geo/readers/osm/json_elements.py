"""OSM JSON, as Overpass and OpenStreetMap's own interface answer it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.osm.elements import KINDS, Element, Elements, Member, Vertex, place_of, whole
from geo.readers.table.decode_text import decode_text

__all__ = ["json_elements"]


def json_elements(path: Path, file: str) -> Elements:
    """Read OSM JSON: ``out``, ``out geom``, ``out center`` and their mixtures.

    Raises
    ------
    StudyError
        ``osm_broken``, ``nested_deep``, ``text_encoding``.
    """
    text = decode_text(path.read_bytes(), file, QualityLog())
    try:
        content = json.loads(text)
    except RecursionError as error:
        raise StudyError("nested_deep", file=file) from error
    except ValueError as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    listed = content.get("elements") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise StudyError("osm_broken", file=file, reason='"elements" is no list')
    elements = Elements(remark=_text(content.get("remark")))
    for item in listed:
        elements.add(_element(item) if isinstance(item, dict) else Element("", None))
    return elements


def _element(item: dict[str, Any]) -> Element:
    tags = item.get("tags")
    return Element(
        _text(item.get("type")),
        whole(item.get("id")),
        {str(key): _text(value) for key, value in tags.items()} if isinstance(tags, dict) else {},
        place=place_of(item.get("lon"), item.get("lat")),
        vertices=_vertices(item.get("nodes"), item.get("geometry")),
        members=[member for part in _list(item.get("members")) for member in _members(part)],
        centre=_place(item.get("center")),
        deleted=item.get("visible") is False or item.get("action") == "delete",
    )


def _vertices(nodes: Any, geometry: Any) -> list[Vertex]:
    """The vertices of a way; places go with ids only where there is one for each."""
    refs, places = _list(nodes), [_place(item) for item in _list(geometry)]
    if not places:
        return [Vertex(whole(ref), None) for ref in refs]
    if len(refs) != len(places):
        return [Vertex(None, place) for place in places]
    return [Vertex(whole(ref), place) for ref, place in zip(refs, places, strict=True)]


def _members(part: Any) -> list[Member]:
    """The member, none where it cannot be read."""
    if not isinstance(part, dict):
        return []
    kind, ref = _text(part.get("type")), whole(part.get("ref"))
    if kind not in KINDS or ref is None:
        return []
    vertices = _vertices(None, part.get("geometry"))
    return [Member(kind, ref, _text(part.get("role")), _place(part), vertices)]


def _place(item: Any) -> tuple[float, float] | None:
    return place_of(item.get("lon"), item.get("lat")) if isinstance(item, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return "" if value is None else str(value)
