"""The map of a case: its demand points, covered or not by the present results, and the sites."""

from __future__ import annotations

import folium
import pandas as pd
from streamlit_folium import st_folium

from app_pages.coverage_map import published
from app_pages.shell import frame, state
from app_pages.shell.html import plain, show_html
from app_pages.shell.served_files import ground_of, leaflet_assets
from geo.analysis import Analysis
from layers.shapes.units import extent
from layers.style.changes import GAINED_COLOUR, LOST_COLOUR
from layers.style.palette import UNUSED_SITE_COLOUR
from layers.style.symbols import site_symbol
from layers.web_map.base_map import MapWords, base_map
from layers.web_map.pins_and_path import Pin, pin_layer
from layers.web_map.sites import site_layer
from layers.web_map.units import border_layer
from layers.words.catalogue import Words
from layers.words.phrases import map_notice
from ledger.cases import Case

__all__ = ["show_map"]

_HEIGHT = 320
_MOST_PINS = 300
# Around the points, in degrees.
_MARGIN = 0.006


def show_map(case: Case, points: pd.DataFrame, words: Words) -> None:
    """The map, once the study is computed."""
    if points.empty:
        return
    analysis = frame.analysis(words)
    if analysis is None:
        return
    key = state.analysis_key(analysis.study)
    map_words = MapWords(
        zoom_in=words("html.zoom_in"),
        zoom_out=words("html.zoom_out"),
        attribution=[words("export.osm")],
        notices=[map_notice(analysis.study, words)],
        label=words("cases.map"),
    )
    drawn = base_map(
        _bounds(points), whole=extent(analysis), areas=analysis.has_borders,
        assets=leaflet_assets(), words=map_words, ground=ground_of(analysis.study, key, words),
    )  # fmt: skip
    st_folium(
        drawn,
        feature_group_to_add=_groups(case, points, analysis, key, words),
        returned_objects=[],
        key=f"case-map-{case.id}",
        height=_HEIGHT,
        use_container_width=True,
    )
    gone = len(points) - int(points["demand_id"].isin(_ids(analysis)).sum())
    show_html(
        plain(
            words("cases.map_legend"),
            words("cases.map_gone", count=words.number(gone)) if gone else "",
        )
    )


def _bounds(points: pd.DataFrame) -> list[list[float]]:
    lon, lat = points["lon"], points["lat"]
    return [
        [float(lat.min()) - _MARGIN, float(lon.min()) - _MARGIN],
        [float(lat.max()) + _MARGIN, float(lon.max()) + _MARGIN],
    ]


def _ids(analysis: Analysis) -> set[str]:
    return set(analysis.demand["demand_id"])


def _groups(
    case: Case, points: pd.DataFrame, analysis: Analysis, key: str, words: Words
) -> list[folium.FeatureGroup]:
    found = []
    if analysis.has_borders:
        found.append(border_layer(published.published_borders(key, _analysis=analysis)))
    if case.layer in analysis.summary["layers"]:
        found.append(
            site_layer(
                published.published_sites(key, case.layer, _analysis=analysis),
                **site_symbol(analysis.study, case.layer),
                layer=case.layer,
                unused=UNUSED_SITE_COLOUR,
                unused_word=words("html.site_unused"),
            )
        )
    gaps = analysis.gap_points
    uncovered = set(gaps.loc[gaps["layer"] == case.layer, "demand_id"])
    pins = [
        Pin(float(lon), float(lat), "×", LOST_COLOUR) if name in uncovered
        else Pin(float(lon), float(lat), "●", GAINED_COLOUR)
        for name, lon, lat in points[["demand_id", "lon", "lat"]].head(_MOST_PINS).itertuples(
            index=False, name=None
        )
    ]  # fmt: skip
    return [*found, pin_layer(pins)]
