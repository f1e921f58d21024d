"""The panel of a trial: changed sites, the shares before and after, and who changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.panel.nearest_sites import unit_at
from app_pages.panel.row_links import show_rows
from app_pages.panel.site import changed_points, changed_units, site_panel
from app_pages.panel.trial_state import (
    clear_trial,
    close_site,
    move_next,
    moving,
    put_back,
    remove_put,
    reopen_site,
    stop_moving,
)
from app_pages.shell.html import Figure, explanation, figures, head, notice, plain, title
from geo.study.model import Layer, Study
from layers.words.catalogue import Words
from layers.words.numbers import amount
from layers.words.phrases import layer_title, limit_text, profile_name

if TYPE_CHECKING:
    from app_pages.coverage_map.scene import Scene
    from geo.questions.difference import Difference

__all__ = ["put_panel", "show_site", "show_trial", "show_trial_bar", "trial_text"]


def show_trial(scene: Scene, words: Words) -> None:
    """The sites on trial with their buttons, and what they change."""
    st.html(title(words("put.title"), words("put.unsaved")))
    _show_moving(scene, words)
    if not scene.view.on_trial or scene.change is None:
        st.html(plain(words("put.hint")))
        return
    service = scene.layer.service_key
    for number, (lon, lat) in enumerate(scene.view.put, start=1):
        text = trial_text(scene.change, number, unit_at(scene, lon, lat), scene.base.study, words)
        buttons: list[tuple[str, str, Any, tuple[Any, ...]]] = [
            (words("put.move"), f"move-{number}", move_next, (("put", number - 1),)),
            (words("put.remove"), f"remove-{number}", remove_put, (number - 1,)),
        ]
        _row(f"trial-{number}", text, buttons, words("put.remove_help", number=number))
    for site, lon, lat in scene.view.moved:
        where = unit_at(scene, lon, lat) or words("gaps.outside")
        text = words("trial.site_moved", site=_site_name(scene, site), where=where)
        buttons = [
            (words("put.move"), f"move-site-{site}", move_next, (("site", service, site),)),
            (words("trial.put_back"), f"put-back-{site}", put_back, (service, site)),
        ]
        _row(f"trial-moved-{site}", text, buttons)
    for site in scene.view.closed:
        text = words("trial.site_closed", site=_site_name(scene, site))
        reopen = (words("trial.reopen"), f"reopen-{site}", reopen_site, (service, site))
        _row(f"trial-closed-{site}", text, [reopen])
    if scene.view.on_trial > 1:
        st.button(words("put.clear"), key="put_clear", on_click=clear_trial)
    show_rows(put_panel(scene.change, scene.layer, scene.base.study, words), scene.layer.key)


def _row(
    key: str, text: str, buttons: Sequence[tuple[str, str, Any, tuple[Any, ...]]], tip: str = ""
) -> None:
    """A line with buttons: the word, the key, and what a click calls."""
    with st.container(key=key, horizontal=True, vertical_alignment="center", gap="small"):
        st.html(plain(text), width="stretch")
        for word, name, call, given in buttons:
            st.button(word, key=name, on_click=call, args=given, help=tip or None)


def _show_moving(scene: Scene, words: Words) -> None:
    """What the next click on the map moves, with a button that stops it."""
    what = moving()
    if what is None:
        return
    new = what[0] == "put"
    name = words("put.name", number=what[1] + 1) if new else _site_name(scene, what[2])
    with st.container(key="trialmoving", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(notice(words("trial.moving", site=name)), width="stretch")
        st.button(words("trial.stop_moving"), key="stop_moving", on_click=stop_moving)


def _site_name(scene: Scene, site: str) -> str:
    sites = scene.base.sites
    found = sites[(sites["layer"] == scene.layer.key) & (sites["site_id"] == site)]
    return str(found["name"].iloc[0] or site) if len(found) else site


def show_site(scene: Scene, words: Words) -> None:
    """A site of the study: its figures, and buttons that close or move it on trial."""
    view, service = scene.view, scene.layer.service_key
    site = view.site
    closed = site in view.closed
    with st.container(key="sitebuttons", horizontal=True, gap="small"):
        if closed:
            st.button(
                words("trial.reopen"), key="site_reopen", on_click=reopen_site, args=(service, site)
            )
        else:
            st.button(
                words("trial.close"),
                key="site_close",
                on_click=close_site,
                args=(service, site),
                help=words("trial.close_help"),
            )
            st.button(
                words("trial.move"),
                key="site_move",
                on_click=move_next,
                args=(("site", service, site),),
                help=words("trial.move_help"),
            )
        if site in view.moves:
            st.button(
                words("trial.put_back"), key="site_back_home", on_click=put_back,
                args=(service, site),
            )  # fmt: skip
    if not closed:
        panel = site_panel(scene.shown, scene.layer, site, scene.lost, words)
        show_rows(panel, scene.layer.key)
        return
    st.html(title(_site_name(scene, site), layer_title(scene.layer, words)))
    st.html(notice(words("trial.closed_here")))
    if scene.change is not None:
        show_rows(put_panel(scene.change, scene.layer, scene.base.study, words), scene.layer.key)


def show_trial_bar(scene: Scene, words: Words) -> None:
    """A reminder that the figures hold a trial, until it ends."""
    parts = [
        words(f"trial.count.{what}", count=words.number(len(changed)))
        for what, changed in zip(("put", "closed", "moved"), scene.view.trial, strict=True)
        if changed
    ]
    with st.container(key="trialbar", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(plain(words("put.stays", parts=words("panel.and").join(parts))), width="stretch")
        st.button(words("trial.show"), key="trial_show", on_click=_show_all)
        st.button(words("put.clear"), key="put_clear", on_click=clear_trial)


def _show_all() -> None:
    st.session_state["click"] = "put"


def put_panel(change: Difference, layer: Layer, study: Study, words: Words) -> str:
    """The changes by a trial for the layer shown."""
    rule = {"profile": profile_name(layer, words), "limit": limit_text(layer, words)}
    kinds = set(change.sites["change"])
    word = "put" if kinds <= {"added"} else "trial"

    def figure(moment: str, share: float, covered: float) -> Figure:
        total = amount(change.demand_total, study, words)
        basis = words("put.basis", covered=amount(covered, study, words), total=total, **rule)
        return Figure(words(f"{word}.{moment}"), words.share(share), basis)

    parts = [
        figures(
            (
                figure("before", change.share_before, change.covered_before),
                figure("after", change.share_after, change.covered_after),
            ),
            words,
        ),
        plain(*_gain_and_loss(change, study, words)),
        explanation("put", words),
        *_off_network(change, study, words),
    ]
    units = changed_units(change, study.units.level, study, words)
    if units:
        parts += [head(words("trial.units" if len(change.lost) else "put.units")), units]
    for name, points in (("put.points", change.gained), ("trial.points", change.lost)):
        if len(points):
            count = words.number(len(points))
            parts += [
                head(words(name, count=count)),
                changed_points(points, layer, study, words),
            ]
    return "".join(parts)


def _gain_and_loss(change: Difference, study: Study, words: Words) -> list[str]:
    gained, lost = (float(rows["weight"].sum()) for rows in (change.gained, change.lost))
    if not len(change.lost):
        gain = round(change.covered_after - change.covered_before, 6)
        return [words("put.gain", amount=amount(gain, study, words))]
    lines = [words("put.gain", amount=amount(gained, study, words))] if len(change.gained) else []
    return [*lines, words("trial.loss", amount=amount(lost, study, words))]


def _off_network(change: Difference, study: Study, words: Words) -> list[str]:
    """A notice for each new or moved site that is too far from a road."""
    metres = f"{study.network.max_access_m:g}"
    added = change.added
    parts = [
        notice(words("put.off_network", number=number, metres=metres))
        for number, used in enumerate(added["used"], start=1)
        if not used
    ]
    rows = change.sites
    off = rows[(rows["change"] == "moved") & ~rows["used"]]
    return parts + [
        notice(words("trial.off_network", site=str(row["name"] or row["site_id"]), metres=metres))
        for row in off.to_dict("records")
    ]


def trial_text(change: Difference, number: int, unit: str, study: Study, words: Words) -> str:
    """One site on trial in a line: its number, its unit, and the demand nearest to it."""
    added = change.added.iloc[number - 1]
    owned = amount(float(added["demand_owned"]), study, words)
    where = unit or words("gaps.outside")
    return words("put.site", number=number, where=where, owned=owned)
