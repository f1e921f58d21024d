"""The list of a document's figures in a part of its own.

Word and WPS keep the tags of content controls. LibreOffice before 7.5 keeps the controls and
drops their tags, but it keeps this part; `paired` then tells which control holds which figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml.ns import qn

__all__ = ["add_figure_list", "listed_tags", "paired"]

_ROOT = "{urn:quarterhour:figures}figures"
_ITEM = "{urn:quarterhour:figures}figure"
_STORE = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
_PROPERTIES_TYPE = "application/vnd.openxmlformats-officedocument.customXmlProperties+xml"
# Names the part; any id that no other part has.
_STORE_ID = "{7B4C1E52-3B0F-4C6A-9D55-51A1F0C60001}"


def add_figure_list(document: Any) -> None:
    """Add the tags of the body's content controls, in their order, to a document (python-docx)."""
    root = Element(_ROOT)
    for tag in document.element.body.iter(qn("w:tag")):
        SubElement(root, _ITEM).text = tag.get(qn("w:val"))
    package = document.part.package
    properties = (
        f'<ds:datastoreItem ds:itemID="{_STORE_ID}" xmlns:ds="{_STORE}"><ds:schemaRefs/>'
        "</ds:datastoreItem>"
    )
    about = Part(
        package.next_partname("/customXml/itemProps%d.xml"),
        _PROPERTIES_TYPE,
        properties.encode(),
        package,
    )
    listed = Part(
        package.next_partname("/customXml/item%d.xml"),
        "application/xml",
        tostring(root, encoding="utf-8", xml_declaration=True),
        package,
    )
    listed.relate_to(about, RELATIONSHIP_TYPE.CUSTOM_XML_PROPS)
    document.part.relate_to(listed, RELATIONSHIP_TYPE.CUSTOM_XML)


def listed_tags(part: Element) -> list[str]:
    """The tags of a part that `add_figure_list` wrote; none of any other part."""
    return [one.text or "" for one in part.iter(_ITEM)] if part.tag == _ROOT else []


def paired(written: Sequence[str], shown: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Pair the figures of a list with the controls of a document, both in their order.

    Controls that were added or removed leave the others paired. A control whose text differs is
    paired with the figure at its place between equal ones.

    Parameters
    ----------
    written : sequence of str
        What was written into the figures of the list.
    shown : sequence of str
        What the controls hold now.

    Yields
    ------
    tuple of int
        Positions in `written` and `shown`.

    Examples
    --------
    >>> list(paired(["12", "80%", "3"], ["12", "81%", "3"]))
    [(0, 0), (1, 1), (2, 2)]
    >>> list(paired(["12", "80%", "3"], ["12", "3"]))
    [(0, 0), (2, 1)]
    """
    matcher = SequenceMatcher(None, written, shown, autojunk=False)
    for _, begin, end, first, last in matcher.get_opcodes():
        yield from zip(range(begin, end), range(first, last), strict=False)
