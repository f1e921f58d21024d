"""An OSM file as osmium can read it: the file itself, or a plain copy of its elements."""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import osmium
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import detect_format
from geo.readers.formats.registry import OSM_FORMATS, format_of
from geo.readers.guard.compressed_text import refuse_swollen, unpacked
from geo.readers.osm.elements import Element, Elements, Member, OriginalIds, Place, Vertex
from geo.readers.osm.json_elements import json_elements
from geo.readers.osm.xml_elements import needs_rewriting, xml_elements

__all__ = ["OsmSource", "open_osm", "rewritten"]

# The plain copy, in the scratch folder.
_COPY = "elements.opl"
_KINDS = {"n": "node", "w": "way", "r": "relation"}


@dataclass(frozen=True)
class OsmSource:
    """What osmium reads for a file.

    Attributes
    ----------
    source : osmium.io.File or osmium.io.FileBuffer
    original : dict of str to int64 arrays, or None
        The file's own ids of the elements of a plain copy, which are numbered from 1; None where
        osmium reads the file itself.
    centres : mapping of str to (lon, lat)
        Places that the file gives instead of a geometry, by ``w12`` and ``r12``.
    places_in_ways : bool
        Whether each way has the coordinates of its nodes, so that no nodes are needed.
    """

    source: Any
    original: OriginalIds | None = None
    centres: Mapping[str, Place] = field(default_factory=dict)
    places_in_ways: bool = False

    def id_of(self, kind: str, number: int) -> int:
        """The id in the file of an element that osmium gives as `number`; `kind` is n, w or r."""
        return number if self.original is None else int(self.original[kind][number - 1])

    def way_ids(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The ids in the file of these ways."""
        return numbers if self.original is None else self.original["w"][numbers - 1]


def open_osm(
    path: Path, file: str, scratch: Path, quality: QualityLog | None = None, *, in_order: bool
) -> OsmSource:
    """The file as osmium can read it, by the format of its bytes and not by its suffix.

    XML that osmium would read in part only (JOSM, Overpass) and JSON are copied to plain elements.

    Parameters
    ----------
    path : Path
    file : str
        Its name for messages.
    scratch : Path
        Folder for the copy.
    quality : QualityLog, optional
        Receives what the file marks as deleted, what cannot be read, and what its server remarks.
    in_order : bool
        Whether the reader needs nodes before ways, and ways before relations.

    Raises
    ------
    StudyError
        It is no OSM file (``sites_not_osm``), unpacks to far too much (``packed_ratio``), or is
        broken (``osm_broken``).
    """
    kind = detect_format(path, file)
    if kind not in OSM_FORMATS:
        raise StudyError("sites_not_osm", file=file)
    found = format_of(kind)
    if found.within:
        refuse_swollen(path, file, found.within)
    if not found.osmium:
        return _copied(json_elements(path, file), file, scratch, quality)
    if found.xml_root:
        with unpacked(path, found.within) as handle:
            irregular = needs_rewriting(handle, in_order=in_order)
        if irregular:
            with unpacked(path, found.within) as handle:
                return _copied(xml_elements(handle, file), file, scratch, quality)
    source = _file(path, kind)
    within = _places_in_ways(source, file)
    if within and in_order:
        return rewritten(OsmSource(source), file, scratch, quality)
    return OsmSource(source, places_in_ways=within)


def rewritten(
    found: OsmSource, file: str, scratch: Path, quality: QualityLog | None = None
) -> OsmSource:
    """A plain copy of what osmium reads, for files with negative ids that are not XML.

    Osmium's index of nodes holds positive ids only. Takes 3 seconds for the 60,000 elements of
    Porto Alegre's roads, where osmium alone takes 0.3.
    """
    elements = Elements()
    try:
        for item in osmium.FileProcessor(found.source):
            elements.add(_element(item))
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    return _copied(elements, file, scratch, quality)


def _copied(elements: Elements, file: str, scratch: Path, quality: QualityLog | None) -> OsmSource:
    path = scratch / _COPY
    original = elements.write(path)
    if quality is not None:
        _report(elements, file, quality)
    return OsmSource(osmium.io.File(str(path), "opl"), original, elements.centres)


def _report(elements: Elements, file: str, quality: QualityLog) -> None:
    if elements.remark:
        quality.add("warning", "osm_remark", file=file, value=one_line(elements.remark))
    for problem, severity, count in (
        ("osm_unreadable", "warning", elements.unreadable),
        ("osm_nodes_unplaced", "warning", elements.nodes_without_place),
        ("osm_deleted", "info", elements.deleted),
    ):
        if count:
            quality.add(severity, problem, file=file, action="set_aside", value=count)  # type: ignore[arg-type]


def _file(path: Path, kind: str) -> Any:
    if _opens_by_name(path):
        return osmium.io.File(str(path), kind)
    with path.open("rb") as handle:  # takes twice as long
        return osmium.io.FileBuffer(mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ), kind)


def _opens_by_name(path: Path) -> bool:
    """Whether osmium can open the path: on Windows only ASCII, since it passes UTF-8 on."""
    return os.name != "nt" or str(path).isascii()


def _places_in_ways(source: Any, file: str) -> bool:
    """Whether the file's header says so (``osmium add-locations-to-ways``)."""
    try:
        header = osmium.io.Reader(source, osmium.osm.NOTHING).header()
    except RuntimeError as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    features = (header.get(f"pbf_optional_feature_{at}") for at in range(8))
    return "LocationsOnWays" in features


def _element(item: Any) -> Element:
    """An element as osmium gives it."""
    kind = item.type_str()
    found = Element(_KINDS[kind], item.id, dict(item.tags), deleted=not item.visible)
    if kind == "n":
        found.place = _place(item.location)
    elif kind == "w":
        found.vertices = [Vertex(node.ref, _place(node.location)) for node in item.nodes]
    else:
        found.members = [Member(_KINDS[m.type], m.ref, m.role) for m in item.members]
    return found


def _place(location: Any) -> Place | None:
    return (location.lon, location.lat) if location.valid() else None
