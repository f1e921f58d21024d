"""The data that the map fetches: geometry by study and level, figures by the analysis shown.

Each is published once. Functions are cached by a key that stands for their analysis, which cannot
be hashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import streamlit as st

from app_pages.shell.served_files import publish, publish_later
from geo.analysis import Analysis
from geo.study.model import Layer
from layers.shapes.points import gap_rows, site_rows
from layers.shapes.units import (
    label_points,
    level_areas,
    levels,
    parent_borders,
    simplified_units,
)
from layers.style.palette import BAND_COLOURS, CAUSE_ORDER
from layers.style.shading import Shading, set_shades
from layers.web_map.changed_demand import change_data
from layers.web_map.isochrones import isochrone_data
from layers.web_map.services_count import together_data
from layers.web_map.sites import site_data
from layers.web_map.uncovered_demand import demand_data
from layers.web_map.units import border_data, unit_data, unit_shapes
from layers.words.catalogue import Words
from layers.words.lines.capacity import capacity_amount
from layers.words.lines.site_sets import set_name
from layers.words.numbers import amount
from layers.words.phrases import counted_study, share_by_time_name
from layers.words.travel_texts import change_measure

if TYPE_CHECKING:
    from app_pages.coverage_map.scene import Scene
    from geo.questions.difference import Difference

__all__ = [
    "drawn_level",
    "published_borders",
    "published_change",
    "published_counts",
    "published_gaps",
    "published_isochrones",
    "published_names",
    "published_sites",
    "published_units",
    "published_values",
    "site_area_address",
]


@st.cache_resource(show_spinner=False, max_entries=4)
def _simplified(key: str, *, _analysis: Analysis) -> gpd.GeoDataFrame:
    """The finest units, simplified for the map. Other levels are dissolved from them."""
    del key
    return simplified_units(_analysis.areas)


@st.cache_resource(show_spinner=False, max_entries=12)
def drawn_level(key: str, level: str, *, _analysis: Analysis) -> gpd.GeoDataFrame:
    """The units of one level, simplified for the map."""
    drawn = _simplified(key, _analysis=_analysis)
    return level_areas(drawn, _analysis.study, level)


@st.cache_data(show_spinner=False, max_entries=24)
def published_units(key: str, level: str, *, _analysis: Analysis) -> str:
    """The units of one level."""
    return publish(unit_shapes(drawn_level(key, level, _analysis=_analysis)))


@st.cache_resource(show_spinner=False, max_entries=12)
def published_names(key: str, *, _analysis: Analysis) -> str:
    """The note with the names of the units of all levels, the finest first.

    The first map does not wait for them: the areas of all levels of a province take a second.
    """
    drawn = _simplified(key, _analysis=_analysis)
    study = _analysis.study
    return publish_later(
        f"names {key}",
        lambda: [label_points(level_areas(drawn, study, level)) for level in levels(study)],
    )


@st.cache_data(show_spinner=False, max_entries=12)
def published_borders(key: str, *, _analysis: Analysis) -> str:
    """The borders of the finest units' parents."""
    drawn = _simplified(key, _analysis=_analysis)
    return publish(border_data(parent_borders(drawn, _analysis.study.units.parents)))


@st.cache_data(show_spinner=False, max_entries=200)
def published_values(
    key: str,
    layer: str,
    by: str,
    level: str,
    locale: str,
    *,
    _analysis: Analysis,
    _shading: Shading,
    _words: Words,
) -> str:
    """Class and tooltip of every unit of one level."""
    del key, locale, level
    rule = _analysis.study.layer(layer)
    label = _words("together.share") if by == "together" else share_by_time_name(rule, _words)
    if by in set_shades(_analysis, layer):
        label = _words("sets.share", name=label, set=set_name(by, _words))
    counted = counted_study(_analysis.study, rule)
    tooltips: dict[str, list[str]] = {}
    for row in _shading.table.to_dict("records"):
        left = round(row["demand_total"] - row["demand_covered"], 6)
        lines = [
            str(row["unit_name"]),
            _words("hover.share", label=label, share=_words.share(row["share"])),
            _words("hover.uncovered", amount=amount(left, counted, _words)),
        ]
        if by in ("presence", "difference"):
            lines.append(
                _words(
                    "hover.share",
                    label=_words("export.share_by_presence"),
                    share=_words.share(row["share_by_presence"], 0),
                )
            )
        if by == "short" and row["value"] == row["value"]:
            short = capacity_amount(row["short"], rule, _analysis.study, _words)
            lines.append(_words("hover.short", share=_words.share(row["value"]), amount=short))
        tooltips[str(row["unit_id"])] = lines
    return publish(unit_data(_shading.classes(), tooltips))


@st.cache_data(show_spinner=False, max_entries=100)
def published_isochrones(name: str, *, _data: list[Any]) -> str:
    """The bands of a layer, which `name` stands for."""
    del name
    return publish(_data)


@st.cache_data(show_spinner=False, max_entries=100)
def published_sites(key: str, layer: str, *, _analysis: Analysis) -> str:
    """The layer's sites."""
    del key
    return publish(site_data(site_rows(_analysis, layer)))


@st.cache_data(show_spinner=False, max_entries=100)
def published_gaps(key: str, layer: str, *, _analysis: Analysis) -> str:
    """The uncovered demand of the layer."""
    del key
    in_metres = _analysis.study.layer(layer).limit.in_metres
    horizon = None if in_metres else _analysis.study.network.horizon_minutes
    rows = gap_rows(_analysis, layer)
    return publish(
        demand_data(rows, causes=CAUSE_ORDER, in_metres=in_metres, horizon_minutes=horizon)
    )


@st.cache_data(show_spinner=False, max_entries=24)
def published_counts(
    key: str, layers: tuple[str, ...], locale: str, *, _scene: Scene, _words: Words
) -> str:
    """Demand points by the number of services within their limits, the fewest on top."""
    del key, locale
    together, study = _scene.together, _scene.base.study
    assert together is not None
    points = together.points.sort_values("within", ascending=False, kind="stable")
    names = _scene.base.points["name"].reindex(points["demand_id"]).fillna("")
    total = len(layers)
    counts = [
        _words("together.of", count=count, total=asked)
        for asked in range(total + 1)
        for count in range(asked + 1)
    ]
    place = {
        pair: number
        for number, pair in enumerate(
            (asked, count) for asked in range(total + 1) for count in range(asked + 1)
        )
    }
    rows = zip(
        names,
        points["demand_id"],
        points["services"],
        points["within"],
        points["weight"],
        strict=True,
    )
    texts = (
        (
            str(name or point),
            counts[place[(asked, within)]],
            *((amount(weight, study, _words),) if study.demand.weight else ()),
        )
        for name, point, asked, within, weight in rows
    )
    return publish(together_data(points, texts))


def published_change(change: Difference, layer: Layer, analysis: Analysis, words: Words) -> str:
    """The demand points that a change covers, and those that it uncovers."""
    study = analysis.study

    def lines(rows: pd.DataFrame, word: str) -> list[Sequence[str]]:
        return [
            (
                str(row["name"] or row["demand_id"]),
                words(word, amount=amount(row["weight"], study, words)),
                words(
                    "change.far",
                    before=change_measure(row, "before", layer, study, words),
                    after=change_measure(row, "after", layer, study, words),
                ),
            )
            for row in rows.to_dict("records")
        ]

    texts = lines(change.gained, "change.gained") + lines(change.lost, "change.lost")
    return publish(change_data(change.gained, change.lost, texts))


def site_area_address(bands: gpd.GeoDataFrame, layer: Layer) -> str:
    """The bands of one site alone, the widest first."""
    column = layer.limit.unit
    rows = bands.sort_values(column, ascending=False)
    colours = _band_colours(len(rows))
    pairs: list[tuple[str, Any]] = list(zip(colours, rows.geometry, strict=True))
    return publish(isochrone_data(pairs))


def _band_colours(count: int) -> list[str]:
    """From the lightest for the widest band to the darkest for the nearest."""
    last = len(BAND_COLOURS) - 1
    steps = [round(number * last / max(count - 1, 1)) for number in range(count)]
    return [BAND_COLOURS[step] for step in reversed(steps)]
