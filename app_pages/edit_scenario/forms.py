"""The form of a new change: by click on the map, or from lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.edit_scenario import session
from app_pages.edit_scenario.loose_ends import show_loose_ends
from app_pages.rights.buttons import guarded_button
from app_pages.rights.upload_limit import file_uploader, shown_name, upload_bytes
from app_pages.shell import state
from app_pages.shell.html import head, plain, problems, show_html
from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.scenarios.changes import (
    ROAD_CLASSES,
    AddRoad,
    AddSite,
    Change,
    CloseRoad,
    CloseSite,
    Demand,
    Limit,
    MoveSite,
    OpenRoad,
    Scenario,
    SlowRoad,
    Speed,
)
from geo.study.profiles import BUILT_IN
from layers.words.catalogue import Words
from layers.words.lines.change import road_class_name
from layers.words.nouns import named_profile
from layers.words.phrases import layer_title

if TYPE_CHECKING:  # the engine takes seconds to load
    from geo.questions.explorer import Explorer

__all__ = ["BY_CLICK", "KINDS", "show_form"]

# The kinds of change in the order of the list; `demand_file` is a change `demand` with a path.
KINDS = (
    "add_site", "move_site", "close_site", "add_road", "close_road", "open_road", "slow_road",
    "limit", "speed", "demand", "demand_file",
)  # fmt: skip
# Those for which the map is clicked.
BY_CLICK = KINDS[:7]
_CLASSES = ("footway", "path", "cycleway", "residential", "tertiary", "secondary", "primary")
_PROFILES = ("", *BUILT_IN)
_ON_ROAD = {"close_road": CloseRoad, "open_road": OpenRoad, "slow_road": SlowRoad}
_COUNTS_AS = ("real", "correction")
_DRAWN_HIGHEST_KMH = 200.0
_MOST_MB = 200


def show_form(
    scenario: Scenario, analysis: Analysis, explorer: Explorer, names: Mapping[Any, str],
    words: Words,
) -> None:  # fmt: skip
    """The form of the chosen kind of change, with a button that adds it."""
    show_html(head(words("scenario.add")))
    st.session_state.setdefault(session.DO, KINDS[0])
    do = st.selectbox(
        words("scenario.do"),
        KINDS,
        format_func=lambda kind: words(f"scenario.do.{kind}"),
        key=session.DO,
        on_change=session.forget_drawing,
        label_visibility="collapsed",
    )
    make = _FORMS.get(do, _road)(analysis, names, words)
    default = 1 if do in ("demand", "demand_file") else 0
    counted = st.segmented_control(
        words("scenario.counts_as"), _COUNTS_AS, default=_COUNTS_AS[default], required=True,
        format_func=lambda kind: words(f"compare.{kind}"), key=f"plan-kind-{do}",
        help=words("scenario.counts_as_help"),
    )  # fmt: skip
    loose = False
    if do == "add_road" and make is not None and isinstance(road := make(counted), AddRoad):
        loose = bool(show_loose_ends(road, scenario, explorer, words))
    word = "scenario.add_loose" if loose else "scenario.add_button"
    guarded_button(
        words(word), words=words, key="plan-add", type="primary", disabled=make is None,
        on_click=_add, args=(scenario, make, counted, explorer, words),
    )  # fmt: skip


def _add(
    scenario: Scenario,
    make: Callable[[str], Change] | None,
    counted: str,
    explorer: Explorer,
    words: Words,
) -> None:
    if make is None:
        return
    folder = Path(explorer.study.folder)
    session.add_change(folder, scenario.name, lambda: make(counted), explorer, words)


# -- the forms: each returns what makes the change, None while something is missing ---------------

_Make = Callable[[str], Change] | None


def _layer(analysis: Analysis, words: Words) -> str:
    """The layer that the change is about; the map shows its sites."""
    keys = state.tried_layers(analysis)
    shown = state.shown_layer(analysis, keys)

    def show() -> None:
        state.show_layer(analysis.study, str(st.session_state["plan-layer"]))
        st.session_state.pop(session.SITE, None)

    st.session_state["plan-layer"] = shown
    chosen = st.selectbox(
        words("html.layer"), keys, key="plan-layer", on_change=show,
        format_func=lambda key: layer_title(analysis.study.layer(key), words),
    )  # fmt: skip
    return str(chosen)


def _place(words: Words) -> tuple[float, float] | None:
    place = st.session_state.get(session.PLACE)
    if place is None:
        show_html(plain(words("scenario.click_place")))
        return None
    show_html(plain(words("scenario.place", lon=f"{place[0]:.5f}", lat=f"{place[1]:.5f}")))
    return float(place[0]), float(place[1])


def _site(key: str, names: Mapping[Any, str], words: Words) -> str | None:
    """A site of the layer, clicked on the map or chosen from the list."""
    ids = [site for layer, site in names if layer == key]
    if not ids:
        show_html(plain(words("scenario.no_sites")))
        return None
    if st.session_state.get(session.SITE) not in ids:
        st.session_state.pop(session.SITE, None)
    chosen: str | None = st.selectbox(
        words("scenario.site"), ids, index=None, key=session.SITE,
        format_func=lambda site: f"{names[key, site]} ({site})",
        placeholder=words("scenario.site_hint"),
    )  # fmt: skip
    return chosen


def _add_site(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    key = _layer(analysis, words)
    name = st.text_input(words("scenario.site_name"), key="plan-site-name", max_chars=60)
    capacity = None
    if analysis.study.layer(key).capacity:
        capacity = st.number_input(
            words("html.capacity"), min_value=0.0, value=None, key="plan-capacity"
        )
    place = _place(words)
    if place is None:
        return None
    lon, lat = place
    # An id of its own, so that later changes can name the site whatever else is added.
    number = 1
    while (key, f"N{number}") in names:
        number += 1
    return lambda kind: AddSite(
        do="add_site", layer=key, id=f"N{number}", name=name.strip() or f"N{number}", lon=lon,
        lat=lat, capacity=capacity, kind=_kind(kind, "real"),
    )  # fmt: skip


def _move_site(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    key = _layer(analysis, words)
    site, place = _site(key, names, words), _place(words)
    if site is None or place is None:
        return None
    lon, lat = place
    return lambda kind: MoveSite(
        do="move_site", layer=key, id=site, lon=lon, lat=lat, kind=_kind(kind, "correction")
    )


def _close_site(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    key = _layer(analysis, words)
    site = _site(key, names, words)
    if site is None:
        return None
    return lambda kind: CloseSite(do="close_site", layer=key, id=site, kind=_kind(kind, "real"))


def _add_road(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    line = tuple(st.session_state.get(session.LINE, ()))
    show_html(plain(words("scenario.draw_road", points=len(line))))
    with st.container(key="plan-line", horizontal=True, gap="small"):
        st.button(
            words("scenario.last_point"), key="plan-line-back", disabled=not line,
            on_click=lambda: st.session_state.update({session.LINE: line[:-1]}),
        )  # fmt: skip
        st.button(
            words("scenario.clear_line"), key="plan-line-clear", disabled=not line,
            on_click=session.forget_drawing,
        )  # fmt: skip
    highway = st.selectbox(
        words("scenario.road_class"), [name for name in _CLASSES if name in ROAD_CLASSES],
        format_func=lambda name: words(
            "scenario.class_users", kind=road_class_name(name, words),
            users=words(f"scenario.users.{_users(name)}"),
        ),
        key="plan-class",
    )  # fmt: skip
    kmh = None
    if _users(highway) == "all":
        kmh = st.number_input(
            words("scenario.drive_kmh"), min_value=1.0, max_value=_DRAWN_HIGHEST_KMH, value=None,
            key="plan-kmh", placeholder=words("scenario.kmh_of_class"),
        )  # fmt: skip
    if len(line) < 2:
        return None
    # A road that is drawn is a plan; a missing one is a correction, which the reader says.
    return lambda kind: AddRoad(
        do="add_road", line=line, highway=highway, kmh=kmh, kind=_kind(kind, "correction")
    )


def _users(highway: str) -> str:
    """Who may use a new road of a class: foot, foot_cycle or all."""
    if highway == "footway":
        return "foot"
    return "foot_cycle" if highway in ("path", "cycleway") else "all"


def _road(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    do = str(st.session_state[session.DO])
    show_html(plain(words("scenario.click_road")))
    road = st.text_input(words("scenario.road"), key=session.ROAD, max_chars=60).strip()
    profile = st.selectbox(
        words("data.profile"), _PROFILES, key="plan-road-profile",
        format_func=lambda name: words(f"export.profile.{name}") if name
        else words("overrides.all_profiles"),
    )  # fmt: skip
    keys: dict[str, Any] = {"do": do, "road": road, "profile": profile or None}
    if do == "slow_road":
        keys["kmh"] = st.number_input(
            words("scenario.kmh"), min_value=0.1, max_value=_DRAWN_HIGHEST_KMH, value=20.0,
            key="plan-slow",
        )  # fmt: skip
    if not road:
        return None
    made = _ON_ROAD[do]
    return lambda kind: made(**keys, kind=_kind(kind, "correction"))


def _limit(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    key = _layer(analysis, words)
    limit = analysis.study.layer(key).limit
    value = st.number_input(
        words(f"scenario.limit.{limit.unit}"), min_value=0.1, value=float(limit.value),
        key=f"plan-limit-{key}",
    )  # fmt: skip
    return lambda kind: Limit(do="limit", layer=key, value=value, kind=_kind(kind, "real"))


def _speed(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    used = list(dict.fromkeys(layer.profile for layer in analysis.study.layers))
    profile = st.selectbox(
        words("data.profile"), used, key="plan-profile",
        format_func=lambda name: named_profile(name, analysis.study, words),
    )  # fmt: skip
    from geo.network.profiles import profile_of

    travel = profile_of(profile, analysis.study.profiles)
    # A profile of the study's own is named by a layer that uses it.
    of = next(layer.key for layer in analysis.study.layers if layer.profile == profile)
    who: dict[str, Any] = {"profile": profile} if profile in BUILT_IN else {"layer": of}
    if travel.mode == "drive":
        factor = st.number_input(
            words("scenario.speed_factor"), min_value=0.1, max_value=5.0, value=1.0, step=0.1,
            key="plan-speed-factor",
        )  # fmt: skip
        return lambda kind: Speed(do="speed", **who, factor=factor, kind=_kind(kind, "real"))
    now = travel.kmh
    kmh = st.number_input(
        words("scenario.kmh"), min_value=0.5, max_value=60.0, value=float(now), step=0.1,
        key=f"plan-kmh-{profile}",
    )  # fmt: skip
    return lambda kind: Speed(do="speed", **who, kmh=kmh, kind=_kind(kind, "real"))


def _demand(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    factor = st.number_input(
        words("scenario.demand_factor"), min_value=0.01, max_value=100.0, value=1.0, step=0.05,
        key="plan-demand",
    )  # fmt: skip
    return lambda kind: Demand(do="demand", factor=factor, kind=_kind(kind, "correction"))


def _demand_file(analysis: Analysis, names: Mapping[Any, str], words: Words) -> _Make:
    study = analysis.study
    file = file_uploader(
        words("scenario.demand_upload", file=study.shown_file(study.demand_file)),
        key=f"plan-demand-file-{st.session_state.get(session.FILE_TURN, 0)}",
        most_mb=_MOST_MB,
    )
    if file is None:
        return None
    name, folder = shown_name(file.name), Path(study.folder)
    try:
        content = upload_bytes(file)
    except StudyError as error:
        show_html(problems(error, words))
        return None

    def made(kind: str) -> Change:
        from geo.scenarios.store import keep_demand_file

        path = keep_demand_file(folder, name, content)
        return Demand(do="demand", path=path, kind=_kind(kind, "correction"))

    return made


def _kind(chosen: str, default: str) -> Any:
    """What the file states; nothing where it is what a change of this sort counts as anyway."""
    return None if chosen == default else chosen


_FORMS: dict[str, Callable[[Analysis, Mapping[Any, str], Words], _Make]] = {
    "add_site": _add_site,
    "move_site": _move_site,
    "close_site": _close_site,
    "add_road": _add_road,
    "limit": _limit,
    "speed": _speed,
    "demand": _demand,
    "demand_file": _demand_file,
}
