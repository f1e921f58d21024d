"""Trials that are kept as scenarios of the study: save, open, rename, copy, delete, export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from app_pages.coverage_map.view import MOST_TRIALS
from app_pages.panel.trial_state import clear_trial, stop_moving
from app_pages.rights.on_download import on_download
from app_pages.shell import state
from app_pages.shell.html import head, notice
from app_pages.shell.keep_scenario import KeepForm, show_keep_form
from app_pages.shell.scenario_actions import (
    default_name,
    manage_buttons,
    said,
    say,
)
from geo.base.errors import StudyError
from geo.base.file_names import file_name
from geo.scenarios.changes import Scenario
from geo.scenarios.store import (
    list_scenarios,
    load_scenario,
    save_scenario,
    scenario_text,
)
from geo.scenarios.trials import Trial, trial_changes, trial_of
from geo.study.model import Study
from layers.words.catalogue import Words

if TYPE_CHECKING:
    from app_pages.coverage_map.scene import Scene

__all__ = ["offer_kept_trials", "show_kept_trials", "show_on_coverage"]

_NAME = "trial_name"
# The name under which the trial is kept.
_KEPT = "trial_kept"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offer_kept_trials(scene: Scene, words: Words) -> None:
    """A button that leads to the study's scenarios, where it has any."""
    count = len(list_scenarios(Path(scene.base.study.folder)))
    if count:
        word = words("kept.list", count=words.number(count))
        st.button(word, key="kept_show", on_click=_show_list)


def _show_list() -> None:
    st.session_state["click"] = "put"


def show_kept_trials(scene: Scene, words: Words) -> None:
    """Save and export the trial, and the list of the study's scenarios."""
    folder = Path(scene.base.study.folder)
    names = list_scenarios(folder)
    outcome = said()
    if scene.view.on_trial and scene.change is not None:
        _save(scene, folder, words)
        _export(scene, folder, words)
    if outcome:
        st.html(outcome)
    if names:
        _list(folder, names, scene, words)


# -- save and export ------------------------------------------------------------------------------


def _save(scene: Scene, folder: Path, words: Words) -> None:
    study, session = scene.base.study, st.session_state

    def save(into: Path, name: str) -> Scenario:
        kept = str(session.get(_KEPT) or "")
        scenario = _scenario(scene, into, name, kept, words)
        replace = name == kept and _is_same(scene, into, kept)
        return save_scenario(into, scenario, replace=replace)

    def saved(into: Path, scenario: Scenario, copied: bool) -> str:
        trial = trial_of(scenario) if copied else None
        if trial is not None:  # the opened copy begins without a trial
            show_on_coverage(trial, study, scenario.name)
        session[_KEPT] = session[_NAME] = scenario.name
        word = "kept.saved_in_copy" if copied else "kept.saved"
        return words(word, name=scenario.name, study=into.name)

    form = KeepForm(
        title=words("kept.save_title"),
        button=words("kept.save"),
        name_key=_NAME,
        button_key="trial_save",
        name=str(session.get(_KEPT) or default_name(folder, words)),
        layer=scene.layer.key,
        save=save,
        saved=saved,
        attempt=lambda work: _do(words, work),
    )
    show_keep_form(form, study, words)


def _is_same(scene: Scene, folder: Path, kept: str) -> bool:
    """Whether a kept trial is one of the layer shown; of another layer it is not replaced."""
    if kept not in list_scenarios(folder):
        return False
    try:
        trial = trial_of(load_scenario(folder, kept))
    except StudyError:
        return False
    return trial is not None and trial.layer == scene.view.layer


def _scenario(scene: Scene, folder: Path, name: str, kept: str, words: Words) -> Scenario:
    """The trial of the page as a scenario; what was kept before stays where the page has none."""
    same = name == kept and _is_same(scene, folder, kept)
    before = load_scenario(folder, kept) if same else Scenario("")
    view, sites = scene.view, scene.base.sites
    changes = trial_changes(
        Trial(view.layer, view.limit, view.put, view.closed, view.moves),
        taken=sites.loc[sites["layer"] == view.layer, "site_id"].tolist(),
        named=lambda number: words("put.name", number=number),
        known=before.changes,
    )
    return Scenario(name, before.note, changes)


def _export(scene: Scene, folder: Path, words: Words) -> None:
    """The trial as a zip of its tables and its scenario, and as a workbook."""
    name = str(st.session_state.get(_NAME) or words("put.title"))
    kept = str(st.session_state.get(_KEPT) or "")

    def packed() -> bytes:
        from layers.export.difference import change_zip

        assert scene.change is not None
        text = scenario_text(_scenario(scene, folder, name, kept, words))
        return change_zip(
            scene.change,
            question=_question(scene, name, words),
            others={"scenario.toml": text.encode()},
        )

    def workbook() -> bytes:
        from layers.export.trial_workbook import trial_workbook

        assert scene.change is not None
        return trial_workbook(scene.change, scene.layer, scene.base.study, words, name=name)

    with st.container(key="trialexport", horizontal=True, gap="small"):
        for key, make, ending, mime in (
            ("zip", packed, "zip", "application/zip"),
            ("xlsx", workbook, "xlsx", _XLSX),
        ):
            # Made at the click, not at every run of the page.
            st.download_button(
                words(f"kept.export_{key}"),
                make,
                file_name=file_name(f"{name}.{ending}"),
                mime=mime,
                key=f"trial_{key}",
                on_click=on_download(),
            )


def _question(scene: Scene, name: str, words: Words) -> dict[str, Any]:
    """What change.json says of the question, as `what-if` does."""
    view, limit = scene.view, scene.layer.limit
    return {
        "study": words.text(scene.base.study.study.name),
        "scenario": name,
        "layer": view.layer,
        f"{limit.unit}_before": limit.value,
        f"{limit.unit}_after": limit.value,
        "added": list(view.put),
        "closed": list(view.closed),
        "moved": [list(move) for move in view.moved],
    }


# -- the list -------------------------------------------------------------------------------------


def _list(folder: Path, names: list[str], scene: Scene, words: Words) -> None:
    st.html(head(words("kept.list", count=words.number(len(names)))))
    kept = st.session_state.get(_KEPT)
    if st.session_state.get("kept_chosen") not in names:
        st.session_state["kept_chosen"] = kept if kept in names else names[0]
    name = st.selectbox(
        words("kept.choose"), names, key="kept_chosen", label_visibility="collapsed"
    )
    with st.container(key="keptbuttons", horizontal=True, gap="small"):
        st.button(
            words("kept.open"), key="kept_open", on_click=_open, args=(folder, name, scene, words)
        )
        manage_buttons(folder, name, words, prefix="kept", changed=lambda to: _follow(name, to))
        st.page_link("app_pages/scenarios.py", label=words("kept.to_scenarios"))


def _follow(name: str, to: str | None) -> None:
    """Keep the chosen scenario and the trial's name where a scenario gets another name or goes."""
    stop_moving()
    session = st.session_state
    if session.get(_KEPT) == name and to is None:
        session[_KEPT] = None
    elif session.get(_KEPT) == name and name not in list_scenarios(state.study_folder()):
        session[_KEPT] = session[_NAME] = to
    if to is not None:
        session["kept_chosen"] = to


def _open(folder: Path, name: str, scene: Scene, words: Words) -> None:
    _do(words, lambda: _opened(folder, name, scene, words))


def _opened(folder: Path, name: str, scene: Scene, words: Words) -> str:
    """Show a scenario as the page's trial."""
    scenario = load_scenario(folder, name)
    study = scene.base.study
    _check(scenario, scene)
    trial = trial_of(scenario) if scenario.changes else None
    if trial is None or len(trial.put) > MOST_TRIALS:
        return notice(words("kept.not_on_page", name=name, folder=folder.name, most=MOST_TRIALS))
    show_on_coverage(trial, study, name)
    return words("kept.opened", name=name)


def show_on_coverage(trial: Trial, study: Study, name: str) -> None:
    """Make a trial the session's own, as the scenario of this name: the Coverage page shows it."""
    layer = study.layer(trial.layer)
    service = layer.service_key
    clear_trial()
    session = st.session_state
    session["service"], session[f"rule-{service}"] = service, layer.key
    limit = layer.limit.value if trial.limit is None else trial.limit
    session[f"limit-{layer.key}"] = f"{limit:g}"
    session["put"] = trial.put
    session["closed"] = tuple((service, site) for site in trial.closed)
    session["moved"] = tuple((service, site, *place) for site, place in trial.moved.items())
    session["click"] = "put"
    session[_KEPT] = session[_NAME] = name


def _check(scenario: Scenario, scene: Scene) -> None:
    """Refuse a scenario that does not fit the study, as the command does."""
    from geo.scenarios.apply import check_sites

    sites = scene.base.sites
    known = {
        layer.key: sites.loc[sites["layer"] == layer.key, "site_id"].tolist()
        for layer in scene.base.study.layers
    }
    check_sites(scene.base.study, scenario, known)


def _do(words: Words, work: Callable[[], str]) -> None:
    """Do something with a scenario, and end a move that waits for a click."""
    stop_moving()
    say(words, work)
