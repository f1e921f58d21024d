"""The panel of the Coverage page: which panel is shown, and its buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from app_pages.coverage_map.scene import Scene
from app_pages.panel import area
from app_pages.panel.kept_trials import offer_kept_trials, show_kept_trials
from app_pages.panel.nearest_sites import from_panel, unit_at
from app_pages.panel.row_links import (
    go_to,
    row_links,
    select_unit,
    show_rows,
    site_query,
)
from app_pages.panel.services_together import together_maps, together_panel
from app_pages.panel.share_range import known_ranges, show_share_range
from app_pages.panel.tables import SHOWN_ROWS
from app_pages.panel.trial_sites import show_site, show_trial, show_trial_bar
from app_pages.shell.html import head, plain, row, rule_text, sentence, table, title
from geo.inputs.unit_tree import Place
from layers.export.gap_list import SORTS, unit_filter
from layers.style.escape import escape
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import cause_name

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.sensitivity.result import LayerSensitivity

__all__ = ["show_panel"]

_KEPT_PANELS = 200

_GAPS = "app_pages/gaps.py"
_SITE = "site_choice"


def show_panel(scene: Scene, words: Words) -> None:
    """Show the panel of the whole, of a unit, a site, a place, or of sites on trial."""
    view = scene.view
    row_links()
    if view.on_trial and view.click != "put":
        show_trial_bar(scene, words)
    if view.click == "from":
        _from(scene, words)
    elif view.click == "put":
        show_trial(scene, words)
        show_kept_trials(scene, words)
    elif view.site:
        st.button(words("site.back"), key="site_back", on_click=_leave_site, type="tertiary")
        show_site(scene, words)
    elif scene.together is not None:
        _together(scene, words)
    elif scene.place is None:
        _whole(scene, words)
        offer_kept_trials(scene, words)
    else:
        _unit(scene, scene.place, words)
    st.html(area.sources_panel(scene.base.study, words))


def _whole(scene: Scene, words: Words) -> None:
    """The whole study; its share with the range, unless another limit or a trial is shown."""
    own, study, key = scene.shown is scene.base, scene.base.study, scene.layer.key
    ranges = known_ranges(scene.base, scene.key) if own else None
    of_layer = None if ranges is None else ranges.layers.get(key)
    shown = _whole_html(
        scene.shown_key, key, words.locale, of_layer is not None,
        _scene=scene, _ranged=of_layer, _words=words,
    )  # fmt: skip
    _show(scene, shown)
    if own and scene.layer.tried:
        show_share_range(ranges, study, scene.key, key, words)


# Sessions that see the same share a panel: the key of an analysis holds the units that are seen
# (`state.analysis_key`), and `shown_key` the limit and the sites on trial.
@st.cache_data(show_spinner=False, max_entries=_KEPT_PANELS)
def _whole_html(
    shown_key: str,
    layer: str,
    locale: str,
    has_range: bool,
    *,
    _scene: Scene,
    _ranged: LayerSensitivity | None,
    _words: Words,
) -> str:
    del shown_key, layer, locale, has_range
    return area.whole_panel(
        _scene.shown, _scene.base, _scene.layer, _scene.places, _words, ranged=_ranged
    )


@st.cache_data(show_spinner=False, max_entries=_KEPT_PANELS)
def _unit_html(
    shown_key: str, layer: str, unit: str, level: str, locale: str,
    *, _scene: Scene, _place: Place, _words: Words,
) -> str:  # fmt: skip
    del shown_key, layer, unit, level, locale
    return area.unit_panel(_scene.shown, _scene.base, _scene.layer, _place, _scene.places, _words)


def _show(scene: Scene, html: str) -> None:
    """Put the panel's HTML on the page, with rows that lead to the map."""
    show_rows(html, scene.layer.key)


def _together(scene: Scene, words: Words) -> None:
    st.html(together_panel(scene, words))
    st.html(
        together_maps(
            scene.shown_key, scene.view.layer, scene.view.level, words.locale,
            _scene=scene, _words=words,
        )
    )  # fmt: skip


# -- a unit -------------------------------------------------------------------------------------


def _unit(scene: Scene, place: Place, words: Words) -> None:
    with st.container(key="unithead", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(title(place.name or place.unit_id), width="stretch")
        _neighbours(scene, place, words)
    if st.button(words("panel.to_gaps"), key="to_gaps"):
        _filter_gaps(scene, place)
        st.switch_page(_GAPS)
    shown = _unit_html(
        scene.shown_key, scene.layer.key, place.unit_id, place.level, words.locale,
        _scene=scene, _place=place, _words=words,
    )  # fmt: skip
    _show(scene, shown)
    _sites(scene, place, words)
    if scene.shown is not scene.base:
        rule = rule_text(scene.base.study.layer(scene.layer.key), words)
        st.html(plain(words("panel.gaps_own", rule=rule)))


def _neighbours(scene: Scene, place: Place, words: Words) -> None:
    """Buttons to the previous and next unit of the level, by rank of uncovered demand."""
    ranked = area.ranked_units(scene.shown, scene.layer.key, place.level)
    at = ranked.index(place.unit_id)
    rank = words("panel.rank", rank=words.number(at + 1), total=words.number(len(ranked)))
    st.html(f'<span class="qh-rank">{escape(rank)}</span>', width="content")
    for key, sign, to in (("previous", "‹", at - 1), ("next", "›", at + 1)):
        known = 0 <= to < len(ranked)
        st.button(
            sign,
            key=key,
            help=words(f"panel.{key}"),
            disabled=not known,
            on_click=select_unit,
            args=(ranked[to] if known else "",),
        )


def _sites(scene: Scene, place: Place, words: Words) -> None:
    """The unit's sites; choosing one opens its panel."""
    sites = scene.shown.sites
    inside = scene.places.finest(place.unit_id)
    rows = sites[(sites["layer"] == scene.layer.key) & sites["unit_id"].isin(inside)]
    st.html(head(words("panel.sites", count=words.number(len(rows)))))
    if rows.empty:
        st.html(plain(words("panel.no_sites")))
        return
    _show(scene, _site_rows(scene, rows, words))
    if len(rows) <= SHOWN_ROWS:
        return
    names = {str(s): str(name or s) for s, name in zip(rows["site_id"], rows["name"], strict=True)}
    st.session_state[_SITE] = None
    st.selectbox(
        words("panel.choose_site"),
        list(names),
        format_func=names.__getitem__,
        key=_SITE,
        placeholder=words("panel.choose_site"),
        label_visibility="collapsed",
        on_change=_choose_site,
        args=(scene.layer.key,),
    )


def _site_rows(scene: Scene, sites: pd.DataFrame, words: Words) -> str:
    """The first sites of a unit, each with the demand within its limit."""
    study = scene.base.study
    rows = []
    for site in sites.head(SHOWN_ROWS).to_dict("records"):
        within = site["demand_within"]
        if not site["used"]:
            served = sentence(cause_name("data_doubt", words))
        else:
            served = "" if pd.isna(within) else amount(within, study, words)
        links = {0: site_query(site["site_id"], scene.layer.key)}
        cells = (str(site["name"] or site["site_id"]), served)
        rows.append(row(cells, numbers=(1,), links=links))
    return table((words("found.site_head"), words("column.within_reach")), rows, numbers=(1,))


def _choose_site(layer: str) -> None:
    if site := st.session_state.get(_SITE):
        go_to(site_query(site, layer))


def _leave_site() -> None:
    st.session_state["site"] = ""


def _filter_gaps(scene: Scene, place: Place) -> None:
    """Filter the gap list by this unit."""
    wanted = unit_filter(scene.base, place.unit_id, place.level)
    state = st.session_state
    state["gaps_layer"], state["gaps_parent"] = scene.layer.key, wanted.parent
    state["gaps_text"], state["gaps_cause"], state["gaps_by"] = wanted.text, "", "units"
    state["gaps_sort"] = SORTS[0]


# -- from here ----------------------------------------------------------------------------------


def _from(scene: Scene, words: Words) -> None:
    start = scene.view.start
    if start is None:
        st.html(head(words("from.title")) + plain(words("from.hint")))
        return
    name = _point_at(scene, *start) or unit_at(scene, *start)
    text = from_panel(scene.base.study, start, name, scene.ways, scene.layer, words)
    _show(scene, text)


def _point_at(scene: Scene, lon: float, lat: float) -> str:
    """Name of the demand point at a place, in the precision of an address; "" for none."""
    demand = scene.base.demand
    near = ((demand["lon"] - lon).abs() < 1e-5) & ((demand["lat"] - lat).abs() < 1e-5)
    ids = demand.loc[near, "demand_id"]
    return str(scene.base.points["name"].get(ids.iloc[0], "")) if len(ids) else ""
