"""The figures of one document, and what the document says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from layers.words.figure_keys import MARK

__all__ = ["DocumentFigure", "DocumentFigures", "read_mark"]

# LibreOffice writes a space for each colon.
_MARKED = re.compile(
    MARK + r"[: ]locale[: ](?P<locale>[\w-]+)[: ]analysis_id[: ](?P<analysis_id>\w+)"
    r"[: ]figures[: ](?P<count>\d+)(?:[: ]part[: ](?P<part>[^\s,;:\"<>]+))?"
)


@dataclass(frozen=True)
class DocumentFigure:
    """One figure of a document.

    Attributes
    ----------
    key : str
        As in its tag: of a long key the hash (`layers.words.figure_keys.hashed_key`).
    written : str
        What the tool wrote; empty where the document does not say.
    shown : str
        What stands there now.
    place : str
        The heading above it, or sheet and cell.
    cell : bool
        Whether it is a number of a cell, whose format is no part of it.
    """

    key: str
    written: str
    shown: str
    place: str
    cell: bool = False


@dataclass(frozen=True)
class DocumentFigures:
    """All figures of a document.

    Attributes
    ----------
    figures : list of DocumentFigure
    expected : int
        How many figures were written.
    analysis_id, locale : str
        Empty where the document has lost them.
    part : str
        The county that the document is about; empty for the whole study.
    """

    figures: list[DocumentFigure] = field(default_factory=list)
    expected: int = 0
    analysis_id: str = ""
    locale: str = ""
    part: str = ""


def read_mark(text: str) -> dict[str, Any]:
    """What `layers.words.figure_keys.figures_mark` wrote, wherever it stands in the text."""
    found = _MARKED.search(text)
    if found is None:
        return {}
    return {
        "expected": int(found["count"]),
        "analysis_id": found["analysis_id"],
        "locale": found["locale"],
        "part": unquote(found["part"] or ""),
    }
