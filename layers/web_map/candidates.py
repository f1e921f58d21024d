"""Map layer: candidates of a siting question, by whether they must, may or may not be chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import folium
import numpy as np
import pandas as pd

from layers.shapes.point_field import CHUNK, PointField, point_field
from layers.style.escape import escape
from layers.web_map.base_map import drawn_from

__all__ = ["CANDIDATE_COLOURS", "candidate_data", "candidate_layer"]

# Free, must be chosen, must not be chosen; the shapes differ too, for grey print.
CANDIDATE_COLOURS = ("#5f6b76", "#00623b", "#b3261e")
_SHAPES = ("circle", "plus", "cross")
_STATES = ("", "must", "forbidden")
_RADIUS = (2.8, 6.0, 6.0)


def candidate_data(candidates: pd.DataFrame, tooltips: Iterable[Sequence[str]]) -> PointField:
    """Candidates for `publish`.

    Parameters
    ----------
    candidates : pd.DataFrame
        id, lon, lat, status ("", ``must`` or ``forbidden``).
    tooltips : iterable of sequence of str
        Lines of plain text by candidate; the first line bold; escaped here.
    """
    style = np.array([_STATES.index(status) for status in candidates["status"]], np.int64)
    details = []
    for name, lines in zip(candidates["id"], tooltips, strict=True):
        head, *rest = (escape(line) for line in lines)
        details.append(["", str(name), "<br>".join([f"<b>{head}</b>", *rest])])
    return point_field(
        candidates["lon"],
        candidates["lat"],
        style=style,
        radius=np.array(_RADIUS)[style],
        details=details,
    )


def candidate_layer(url: str) -> folium.FeatureGroup:
    """Candidates as dots, plus signs (must) and crosses (must not).

    A click sends the page ``kind="candidate"`` and ``candidate_id``.

    Parameters
    ----------
    url : str
        URL of `candidate_data`.
    """
    styles = [
        {"shape": shape, "fill": colour, "stroke": "#ffffff", "width": 0.6}
        for shape, colour in zip(_SHAPES, CANDIDATE_COLOURS, strict=True)
    ]
    options: dict[str, object] = {
        "styles": styles, "shrink": True, "chunk": CHUNK, "kind": "candidate",
    }  # fmt: skip
    return drawn_from(url, level="candidates", draw="labelled", options=options)
