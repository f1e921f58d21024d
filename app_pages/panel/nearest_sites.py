"""The panel of one place: how far every service is from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app_pages.coverage_map.view import Lonlat
from app_pages.shell.html import notice, plain, row_of_two, rule_text, sentence, table, title, what
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.numbers import decimal, minutes_text
from layers.words.phrases import cause_name, service_title

if TYPE_CHECKING:
    from geo.questions.nearest_sites import NearestSite

__all__ = ["from_panel"]


def from_panel(
    study: Study,
    start: Lonlat,
    name: str,
    ways: Sequence[NearestSite],
    shown: Layer,
    words: Words,
) -> str:
    """Minutes and metres to the nearest site of every layer.

    Parameters
    ----------
    name : str
        Of the demand point that stands there, else of the unit; "" outside.
    shown : Layer
        With the limit that is shown; the others have the study's.
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
    parts.append(what("from", words))
    return "".join(parts)


def _row(study: Study, way: NearestSite, layer: Layer, words: Words, *, on: bool) -> str:
    service = service_title(study, layer.service_key, words)
    within = _within(way, layer)
    metres = "—" if way.metres != way.metres else words.number(round(way.metres))
    cells = (
        (service, rule_text(layer, words)),
        (minutes_text(way.minutes, words), words("from.in_limit" if within else "from.beyond")),
        (words("amount.metres", value=metres) if metres != "—" else metres, ""),
        (way.site_name or way.site_id or sentence(cause_name(way.cause, words)), ""),
    )
    return row_of_two(cells, numbers=(1, 2), of="on" if on else "")


def _within(way: NearestSite, layer: Layer) -> bool:
    """By the limit that is shown."""
    return bool(layer.limit.of(way.minutes, way.metres) <= layer.limit.value)
