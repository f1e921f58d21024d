"""What is asked about one layer, checked: another limit, sites on trial, sites closed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from geo.base.errors import QuestionError
from geo.study.model import Layer, Study

__all__ = [
    "Moves",
    "Places",
    "Question",
    "check_tried",
    "checked_place",
    "checked_question",
    "trial_ids",
]

Places = Sequence[tuple[float, float]]
# Sites of the study by id, each with its new longitude and latitude.
Moves = Mapping[str, tuple[float, float]]


class Question(NamedTuple):
    """A checked question.

    Attributes
    ----------
    layer : Layer
        Under the limit asked for.
    added : tuple of (lon, lat)
        Sites on trial, degrees in WGS-84.
    closed : tuple of str
        Ids of the sites to close, each once and in order.
    moved : tuple of (id, lon, lat)
        Sites that move, each once and in order of their ids; none of them closes.
    """

    layer: Layer
    added: tuple[tuple[float, float], ...]
    closed: tuple[str, ...]
    moved: tuple[tuple[str, float, float], ...] = ()

    @property
    def changes_sites(self) -> bool:
        """Whether any site is added, closed or moved."""
        return bool(self.added or self.closed or self.moved)


def checked_question(
    study: Study,
    sites: Mapping[str, pd.DataFrame],
    key: str,
    *,
    limit: float | None,
    added: Places,
    closed: Sequence[str],
    moved: Moves | None = None,
) -> Question:
    """Check a question about the layer with this key.

    Parameters
    ----------
    sites : mapping of str to pd.DataFrame
        The sites of every layer, with their ``id``.
    limit : float, optional
        In the layer's own unit; None for the study's.

    Raises
    ------
    QuestionError
        ``layer_without_travel``, ``limit_wrong``, ``limit_too_long``, ``place_wrong``,
        ``site_unknown`` or ``site_moved_and_closed``.
    """
    layer = study.layer(key)
    if limit is not None or added or closed or moved:
        check_tried(layer)
    if limit is not None:
        layer = layer.with_limit(_checked_limit(study, layer, float(limit)))
    gone = tuple(sorted(set(closed)))
    moves = tuple(
        (site_id, *checked_place(*place)) for site_id, place in sorted((moved or {}).items())
    )
    for site_id in (*gone, *(move[0] for move in moves)):
        if not (sites[key]["id"] == site_id).any():
            raise QuestionError("site_unknown", value=site_id, layer=key)
    for site_id, _, _ in moves:
        if site_id in gone:
            raise QuestionError("site_moved_and_closed", value=site_id, layer=key)
    return Question(layer, tuple(checked_place(*place) for place in added), gone, moves)


def check_tried(layer: Layer) -> None:
    """Refuse a layer on which limits and sites cannot be tried.

    Raises
    ------
    QuestionError
        ``layer_without_travel``.
    """
    if not layer.tried:
        raise QuestionError("layer_without_travel", layer=layer.key, rule=layer.rule)


def _checked_limit(study: Study, layer: Layer, limit: float) -> float:
    if not math.isfinite(limit) or limit <= 0:
        raise QuestionError("limit_wrong", value=f"{limit:g}")
    longest = study.network.horizon_minutes
    if not layer.limit.in_metres and limit > longest:
        raise QuestionError("limit_too_long", value=f"{limit:g}", horizon=f"{longest:g}")
    return limit


def checked_place(lon: float, lat: float) -> tuple[float, float]:
    """A place in degrees.

    Raises
    ------
    QuestionError
        ``place_wrong``.
    """
    lon, lat = float(lon), float(lat)
    if not (-180.0 <= lon <= 180.0 and -90.0 <= lat <= 90.0):
        raise QuestionError("place_wrong", value=f"{lon:g}, {lat:g}")
    return lon, lat


def trial_ids(count: int, taken: Sequence[str]) -> list[str]:
    """Ids of trial sites: ``+1``, ``+2``, …, or ``++1`` where the layer has a site ``+1``."""
    used, ids = set(taken), []
    for number in range(1, count + 1):
        site_id = f"+{number}"
        while site_id in used:
            site_id = "+" + site_id
        ids.append(site_id)
    return ids
