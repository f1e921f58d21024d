"""OSM XML of JOSM, ogr2osm, Osmosis and Overpass, with all that osmium leaves out or refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import IO
from xml.parsers import expat

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.readers.osm.elements import KINDS, Element, Elements, Member, Vertex, place_of, whole

__all__ = ["needs_rewriting", "xml_elements"]

# What osmium drops or refuses. A hit within a text only costs the slower reading.
_SIGNS = tuple(
    re.compile(pattern)
    for pattern in (
        rb"""id\s*=\s*["']\s*-""",
        rb"""ref\s*=\s*["']\s*-""",
        rb"""action\s*=\s*["']delete""",
        rb"""visible\s*=\s*["']false""",
        rb"""<nd\s[^<>]*?lat\s*=""",
        rb"""<member\s[^<>]*[^/\s]\s*>""",
        rb"""<member\s[^<>]*?lat\s*=""",
        rb"""<center\b""",
        rb"""<remark\b""",
    )
)
_BLOCK_BYTES = 2**22
# Longer than any tag without the text of its values.
_OVERLAP_BYTES = 1024
_OPENINGS = (b"<node", b"<way", b"<relation")
_LONGEST_OPENING = max(len(opening) for opening in _OPENINGS)
# Elements of a file that say nothing about a place.
_ABOUT_FILE = frozenset(("bounds", "bound", "note", "meta", "remark", "changeset", "user"))


def needs_rewriting(handle: IO[bytes], *, in_order: bool) -> bool:
    """Whether osmium would drop or refuse a part of this XML.

    Parameters
    ----------
    handle : binary file
        The XML; it is read as bytes.
    in_order : bool
        Whether nodes must come before ways, and ways before relations.
    """
    before, rank = b"", 0
    while block := handle.read(_BLOCK_BYTES):
        text = before[-_OVERLAP_BYTES:] + block
        if any(sign.search(text) for sign in _SIGNS):
            return True
        if in_order:
            rank = _rank_after(before[-_LONGEST_OPENING + 1 :] + block, rank)
            if rank < 0:
                return True
        before = block
    return False


def _rank_after(text: bytes, rank: int) -> int:
    """The last kind of elements in the text, -1 where one comes after a later kind.

    `rank` is the last kind before the text.
    """
    first = [text.find(opening) for opening in _OPENINGS]
    for kind, opening in enumerate(_OPENINGS):
        last = text.rfind(opening)
        if last >= 0 and (rank > kind or any(0 <= at < last for at in first[kind + 1 :])):
            return -1
    return max([rank, *(kind for kind, at in enumerate(first) if at >= 0)])


def xml_elements(handle: IO[bytes], file: str) -> Elements:
    """Read OSM XML.

    Raises
    ------
    StudyError
        ``osm_broken``; ``xml_doctype``.
    """
    reader = _Reader(file)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.ParseFile(handle)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise StudyError("osm_broken", file=file, reason=one_line(error)) from error
    return reader.elements


class _Reader:
    """Collects the elements as expat reports their tags."""

    def __init__(self, file: str) -> None:
        self.elements = Elements()
        self._file = file
        self._depth = 0
        self._element: Element | None = None
        self._in_remark = False

    def refuse(self, *_: object) -> None:
        """Called for a DOCTYPE."""
        raise StudyError("xml_doctype", file=self._file)

    def start(self, name: str, given: Mapping[str, str]) -> None:
        """Called for an opening tag."""
        self._depth += 1
        if self._depth == 2:
            self._in_remark = name == "remark"
            if name not in _ABOUT_FILE:
                self._element = _element(name, given)
        elif self._element is not None:
            _within(self._element, name, given, nested=self._depth > 3)

    def end(self, _: str) -> None:
        """Called for a closing tag."""
        self._depth -= 1
        if self._depth == 1:
            self._in_remark = False
            if self._element is not None:
                self.elements.add(self._element)
                self._element = None

    def text(self, text: str) -> None:
        """Called for text between tags."""
        if self._in_remark:
            self.elements.remark = f"{self.elements.remark} {text}".strip()


def _element(name: str, given: Mapping[str, str]) -> Element:
    return Element(
        name,
        whole(given.get("id")),
        place=place_of(given.get("lon"), given.get("lat")),
        deleted=given.get("action") == "delete" or given.get("visible") == "false",
    )


def _within(element: Element, name: str, given: Mapping[str, str], *, nested: bool) -> None:
    """Add what a tag within an element says; `nested`: the tag is within a member."""
    place = place_of(given.get("lon"), given.get("lat"))
    if name == "tag" and "k" in given:
        element.tags[given["k"]] = given.get("v", "")
    elif name == "nd":
        vertex = Vertex(whole(given.get("ref")), place)
        if not nested:
            element.vertices.append(vertex)
        elif element.members:
            element.members[-1].vertices.append(vertex)
    elif name == "member":
        kind, ref = given.get("type", ""), whole(given.get("ref"))
        if kind in KINDS and ref is not None:
            element.members.append(Member(kind, ref, given.get("role", ""), place))
    elif name == "center":
        element.centre = place
