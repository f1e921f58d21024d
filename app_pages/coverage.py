"""Page: Coverage 覆盖评估. The map, and beside it the two shares with what exactly was counted."""

from __future__ import annotations

import streamlit as st
from streamlit_folium import st_folium

from app_pages import frame, map_view, panel, state
from geo.analysis import Analysis
from geo.study import Layer
from layers.wording import Words

__all__: list[str] = []

_MAP = "map"
_WHOLE = ""
# The map and its panel fill what the window leaves under the controls; the panel scrolls by itself.
_STYLE = """<style>
iframe[title="streamlit_folium.st_folium"] { height: calc(100vh - 17.3rem); min-height: 360px;
  border: 1px solid #d9d7cf; border-radius: 4px; display: block; }
.st-key-panel { flex: none; height: calc(100vh - 12.4rem); min-height: 420px; overflow-y: auto;
  padding-right: .4rem; gap: .5rem; }
@media (max-width: 1200px) {
  iframe[title="streamlit_folium.st_folium"] { height: calc(100vh - 18.4rem); }
}
.st-key-controls { row-gap: .2rem; }
.st-key-mapside { gap: .35rem; }
.qh-legend { display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; font-size: .78rem;
  line-height: 1.55; color: #2d3238; }
.qh-legend div { display: flex; flex-wrap: wrap; gap: 0 .6rem; align-items: center; }
.qh-legend b { font-weight: 600; }
.qh-legend span { display: inline-flex; align-items: center; gap: .25rem; }
.qh-legend i { flex: none; width: 15px; height: 11px; box-sizing: border-box;
  border: 1px solid #b9b7af; }
.qh-legend i.line { height: 0; border: 0; border-top: 3px solid; }
.qh-legend i.dot, .qh-legend i.ring { width: 10px; height: 10px; border-radius: 50%; }
.qh-legend i.ring { background: #fff; border: 2px solid; }
.qh-legend i.square { width: 10px; height: 10px; border: 1px solid #fff;
  box-shadow: 0 0 0 1px #555; }
</style>"""


def show(analysis: Analysis, words: Words) -> None:
    """The whole page."""
    st.html(_STYLE)
    layer = _choose_layer(analysis, words)
    left, right = st.columns([2, 1], gap="small")
    with left, st.container(key="mapside"):
        _map(analysis, layer, words)
        st.html(map_view.legend(analysis, layer, st.session_state["drawn"], words))
    with right, st.container(key="panel"):
        _panel(analysis, layer, words)


def _choose_layer(analysis: Analysis, words: Words) -> Layer:
    """Service, then its rules side by side, then what is drawn."""
    study = analysis.study
    known = [layer for layer in study.layers if layer.key in analysis.summary["layers"]]
    services = list(dict.fromkeys(layer.service_key for layer in known))
    with st.container(horizontal=True, vertical_alignment="top", gap="small", key="controls"):
        service = st.selectbox(
            words("coverage.service"),
            services,
            format_func=lambda key: panel.service_title(study, key, words),
            key="service",
            width=260,
        )
        rules = {layer.key: layer for layer in known if layer.service_key == service}
        chosen = next(iter(rules))
        if len(rules) > 1:
            chosen = st.radio(
                words("coverage.rule"),
                list(rules),
                format_func=lambda key: panel.rule_text(rules[key], words),
                key=f"rule-{service}",
                horizontal=True,
                width="content",
            )
        st.session_state.setdefault("drawn", list(map_view.DRAWN))
        st.pills(
            words("coverage.drawn"),
            map_view.DRAWN,
            selection_mode="multi",
            format_func=lambda what: words(f"drawn.{what}"),
            key="drawn",
        )
    return rules[chosen]


def _map(analysis: Analysis, layer: Layer, words: Words) -> None:
    key = state.analysis_key(analysis.study)
    st_folium(
        map_view.ground(analysis, words, key=key),
        feature_group_to_add=map_view.groups(
            analysis,
            layer,
            key=key,
            drawn=st.session_state["drawn"],
            selected=st.session_state.get("unit", _WHOLE),
            words=words,
        ),
        # Nothing else may come back, or panning would run the page again.
        returned_objects=["last_active_drawing"],
        on_change=_take_click,
        key=_MAP,
        height=700,
        use_container_width=True,
    )


def _take_click() -> None:
    """What was clicked on the map becomes the chosen unit."""
    drawing = (st.session_state.get(_MAP) or {}).get("last_active_drawing") or {}
    unit = (drawing.get("properties") or {}).get("unit_id", _WHOLE)
    if unit:
        st.session_state["unit"] = unit


def _panel(analysis: Analysis, layer: Layer, words: Words) -> None:
    study = analysis.study
    names = _unit_names(analysis)
    if st.session_state.get("unit") not in names:
        st.session_state["unit"] = _WHOLE
    names[_WHOLE] = words("coverage.whole", name=words.text(study.study.name))
    unit = st.selectbox(
        words("coverage.unit"),
        list(names),
        format_func=names.__getitem__,
        key="unit",
    )
    if unit == _WHOLE:
        st.html(panel.overall_panel(analysis, layer, words))
    else:
        st.html(panel.unit_panel(analysis, layer, unit, words))
    st.html(panel.sources_panel(study, words))


def _unit_names(analysis: Analysis) -> dict[str, str]:
    """Unit id → name and nearest parent, in the order of the ids, the whole area first."""
    parents = list(analysis.study.units.parents)
    names = {_WHOLE: ""}
    for row in analysis.areas[["unit_id", "unit_name", *parents]].to_dict("records"):
        place = f" · {row[parents[0]]}" if parents and row[parents[0]] else ""
        names[str(row["unit_id"])] = f"{row['unit_name']}{place}"
    return names


_words = state.words()
if (_analysis := frame.analysis(_words)) is not None:
    show(_analysis, _words)
