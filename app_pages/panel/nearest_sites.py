"""The panel of one place: time and distance to the nearest site of every layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import shapely

from app_pages.coverage_map.view import Lonlat
from app_pages.panel.row_links import site_query
from app_pages.shell.html import (
    explanation,
    notice,
    plain,
    row_of_two,
    rule_text,
    sentence,
    table,
    title,
)
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.numbers import decimal, minutes_text
from layers.words.phrases import cause_name, service_title

if TYPE_CHECKING:
    from app_pages.coverage_map.scene import Scene
    from geo.questions.nearest_sites import NearestSite

__all__ = ["from_panel", "unit_at"]


def from_panel(
    study: Study,
    start: Lonlat,
    name: str,
    ways: Sequence[NearestSite],
    shown: Layer,
    words: Words,
) -> str:
    """A table of minutes and metres to the nearest site of every layer.

    Parameters
    ----------
    name : str
        Of the demand point at the place, else of its unit; "" outside the units.
    shown : Layer
        The layer shown, with its limit; the other layers have the study's limits.
    """
    place = f"{start[0]:.5f}, {start[1]:.5f}"
    parts = [title(words("from.title"), name or place), plain(words("from.place", place=place))]
    rows = []
    for way in ways:
        layer = shown if way.layer == shown.key else study.layer(way.layer)
        rows.append(_row(study, way, layer, words, on=way.layer == shown.key))
    columns = (
        words("column.service"),
        words("column.time"),
        words("column.way"),
        words("column.nearest"),
    )
    parts.append(table(columns, rows, numbers=(1, 2)))
    if ways and all(way.cause == "data_doubt" for way in ways):
        parts.append(notice(words("from.off_network", metres=decimal(study.network.max_access_m))))
    parts.append(explanation("from", words))
    return "".join(parts)


def _row(study: Study, way: NearestSite, layer: Layer, words: Words, *, on: bool) -> str:
    service = service_title(study, layer.service_key, words)
    within = _within(way, layer)
    horizon = study.network.horizon_minutes
    if way.site_id:
        time = minutes_text(way.minutes, words)
        metres = words("amount.metres", value=words.number(round(way.metres)))
        site = way.site_name or way.site_id
    elif way.cause == "too_far":
        # A path is there, but a longer one than the study searches, so its length is not known.
        time, metres = minutes_text(None, words, horizon_minutes=horizon), ""
        site = words("from.none_within", minutes=decimal(horizon))
    else:
        time, metres = words("panel.unreached"), ""
        site = sentence(cause_name(way.cause, words, layer))
    cells = (
        (service, rule_text(layer, words)),
        (time, words("from.in_limit" if within else "from.beyond")),
        (metres, ""),
        (site, ""),
    )
    links = {3: site_query(way.site_id, way.layer)}
    return row_of_two(cells, numbers=(1, 2), css_class="on" if on else "", links=links)


def _within(way: NearestSite, layer: Layer) -> bool:
    """Whether the path is within the limit that is shown."""
    value, limit = (
        (way.minutes, layer.minutes) if layer.minutes is not None else (way.metres, layer.metres)
    )
    return bool(value <= (limit or 0.0))


def unit_at(scene: Scene, lon: float, lat: float) -> str:
    """Name of the finest unit at a place; "" outside the units."""
    areas = scene.base.areas
    rows = areas.sindex.query(shapely.Point(lon, lat), predicate="intersects")
    return str(areas["unit_name"].iloc[int(min(rows))]) if len(rows) else ""
