"""Compares two states of a study, or of two studies: who gains and who loses, and of what kind.

Between the states A and B stands a middle state: A's set of sites, under A's limits and speeds, on
B's demand, units, roads and coordinates. What differs from A to the middle is a correction of data;
what differs from the middle to B is a real change. The two are never mixed. A change of a scenario
that states its `kind` counts as that.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.base.progress import Progress
from geo.inputs.read import Inputs
from geo.pipeline import open_explorer
from geo.questions.explorer import Explorer
from geo.scenarios.apply import apply_scenario
from geo.scenarios.changes import (
    AddSite,
    Change,
    CloseSite,
    Limit,
    MoveSite,
    Scenario,
    Speed,
)
from geo.scenarios.compared_tables import (
    group_table,
    point_table,
    share_figures,
    site_table,
    unit_table,
)
from geo.scenarios.road_changes import RoadChange, road_changes
from geo.scenarios.store import load_scenario
from geo.study.load import load_study
from geo.study.model import Layer, Study

__all__ = [
    "KINDS", "Comparison", "State", "compare", "middle_sites", "open_state", "split_state",
    "state_of",
]  # fmt: skip

KINDS = ("correction", "real")
# Changes that are real unless they say otherwise; others concern demand, roads and coordinates.
_REAL = (AddSite, CloseSite, Limit, Speed)


@dataclass(frozen=True)
class State:
    """A study, with a scenario or without.

    Attributes
    ----------
    base : Study
        Without the scenario.
    scenario : Scenario
        Without changes where there is none.
    study, inputs
        With the scenario.
    """

    base: Study
    scenario: Scenario
    study: Study
    inputs: Inputs


@dataclass(frozen=True)
class Comparison:
    """What differs between two states, by layer and kind.

    Attributes
    ----------
    before, after : State
        What was compared.
    layers : tuple of str
        The layers that both have.
    only_before, only_after : tuple of str
        Layers of one state only, which are not compared.
    figures : dict
        By layer and kind: demand_total_before, demand_total_after, covered_before, covered_after,
        share_before, share_after, points_gained, points_lost.
    units : pd.DataFrame
        layer, then unit_id, unit_name, level, demand_total, covered_before, covered_after,
        share_before, share_after, kind, demand_total_before; every unit of every level twice.
    points : pd.DataFrame
        layer, then change (gained, lost), demand_id, name, unit_id, unit_name, weight,
        minutes_before, minutes_after, metres_before, metres_after, site_before, site_after, lon,
        lat, kind; the heaviest first.
    sites : pd.DataFrame
        layer, then site_id, name, lon, lat, unit_id, used, access_m, demand_owned, change (added,
        moved, closed), kind.
    groups : pd.DataFrame
        layer, then band, class, demand_total_before, demand_total_after, covered_before,
        covered_after, share_before, share_after, kind (`compared_tables.group_table`).
    states : dict
        By layer: the analyses of the two states, with this layer only and without isochrones; one
        analysis twice where the layer is known to be the same.
    roads : tuple of RoadChange
        What one scenario changes of the roads and the other does not.
    """

    before: State
    after: State
    layers: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    figures: dict[str, dict[str, dict[str, float]]]
    units: pd.DataFrame
    points: pd.DataFrame
    sites: pd.DataFrame
    groups: pd.DataFrame
    states: dict[str, tuple[Analysis, Analysis]]
    roads: tuple[RoadChange, ...]


def split_state(text: str) -> tuple[Path, str]:
    """``DIR`` or ``DIR#SCENARIO`` as folder and scenario; "" for none."""
    folder = Path(text)
    if "#" not in text or (folder / "study.toml").is_file():
        return folder, ""
    name, _, scenario = text.rpartition("#")
    return Path(name), scenario


def open_state(text: str, *, cache: Path | None = None) -> State:
    """Read ``DIR`` or ``DIR#SCENARIO``.

    Raises
    ------
    StudyError
        The study or the scenario is wrong.
    """
    folder, name = split_state(text)
    base = load_study(folder)
    scenario = load_scenario(folder, name) if name else Scenario("")
    return State(base, scenario, *apply_scenario(base, scenario, cache=cache))


def state_of(explorer: Explorer, scenario: Scenario) -> State:
    """The study of an explorer with a scenario; its files are not read again.

    Raises
    ------
    StudyError
        The scenario does not fit the study.
    """
    base = explorer.study
    return State(base, scenario, *apply_scenario(base, scenario, inputs=explorer.inputs))


def _opener(explorer: Explorer | None) -> Callable[[Study, Inputs], Explorer]:
    if explorer is not None:
        return explorer.varied
    return lambda study, inputs: open_explorer(study, inputs=inputs)


def compare(
    before: State,
    after: State,
    *,
    layers: list[str] | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
    explorer: Explorer | None = None,
) -> Comparison:
    """Compare two states; layers match by key, demand by id.

    Parameters
    ----------
    layers : list of str, optional
        Keys of the layers to compare; by default all that both states have.
    explorer : Explorer, optional
        Of the study of both states, from whose inputs they were made (`state_of`). What does not
        change is then not computed again.

    Raises
    ------
    StudyError
        The states have no layer in common (``compare_no_layer``), or a layer is in none.
    """
    progress = progress or Progress()
    old, new = ([layer.key for layer in state.study.layers] for state in (before, after))
    keys = [key for key in old if key in new and (layers is None or key in layers)]
    for key in layers or ():
        before.study.layer(key), after.study.layer(key)
    if not keys:
        raise StudyError("compare_no_layer", before=", ".join(old), after=", ".join(new))
    opened = _opener(explorer)
    first, last = opened(before.study, before.inputs), opened(after.study, after.inputs)
    between = first
    if not _same_data(before, after):
        study, inputs = _middle(before, after, keys, cache=cache, explorer=explorer)
        between = opened(study, inputs)
    progress.stage("travel", len(keys))
    figures: dict[str, dict[str, dict[str, float]]] = {}
    states: dict[str, tuple[Analysis, Analysis]] = {}
    parts: dict[str, list[pd.DataFrame]] = {
        "units": [], "points": [], "sites": [], "groups": [],
    }  # fmt: skip
    for key in keys:
        start = first.analysis_with(key, catchments=False)
        same = first.shares(last, key) and between is first
        middle, end = (
            start if same else state.analysis_with(key, catchments=False)
            for state in (between, last)
        )
        states[key] = start, end
        figures[key] = {}
        for kind, one, other in (("correction", start, middle), ("real", middle, end)):
            points = point_table(one, other)
            figures[key][kind] = share_figures(one, other, key, points)
            for name, table in (
                ("units", unit_table(one, other)),
                ("points", points),
                ("sites", site_table(one, other)),
                ("groups", group_table(one, other)),
            ):
                table.insert(0, "layer", key)
                place = "demand_total_before" if name == "units" else None
                at = len(table.columns) if place is None else table.columns.get_loc(place)
                table.insert(int(at), "kind", kind)  # type: ignore[arg-type]
                parts[name].append(table)
        progress.step()
    return Comparison(
        before=before,
        after=after,
        layers=tuple(keys),
        only_before=tuple(key for key in old if key not in new),
        only_after=tuple(key for key in new if key not in old),
        figures=figures,
        states=states,
        roads=road_changes(
            before.scenario, after.scenario, before.inputs.roads, after.inputs.roads
        ),
        **{name: pd.concat(tables, ignore_index=True) for name, tables in parts.items()},
    )


# -- the middle state -----------------------------------------------------------------------------


def _is_real(change: Change) -> bool:
    return change.kind == "real" or (change.kind is None and isinstance(change, _REAL))


def _same_data(before: State, after: State) -> bool:
    """Whether the middle state is A: one study, and no correction in either scenario."""
    if before.base.folder.resolve() != after.base.folder.resolve():
        return False
    return all(map(_is_real, (*before.scenario.changes, *after.scenario.changes)))


def _middle(
    before: State,
    after: State,
    keys: list[str],
    *,
    cache: Path | None,
    explorer: Explorer | None,
) -> tuple[Study, Inputs]:
    """A's set of sites, limits and speeds on the data of B."""
    corrections = [change for change in after.scenario.changes if not _is_real(change)]
    same = before.base.folder.resolve() == after.base.folder.resolve()
    # What A has really changed of roads and demand stays until B; ids of another study's roads
    # mean nothing.
    kept = [
        change
        for change in before.scenario.changes
        if same and _is_real(change) and not isinstance(change, (*_REAL, MoveSite))
    ]
    sites_only = [c for c in corrections if isinstance(c, AddSite | CloseSite | MoveSite)]
    rules = [c for c in corrections if isinstance(c, Limit | Speed)]
    named = replace(after.scenario, changes=(*corrections, *kept))
    study, inputs = apply_scenario(
        after.base, named, cache=cache, inputs=None if explorer is None else explorer.inputs
    )
    study = _with_rules(study, before.study, keys, rules)
    if study.profiles != after.base.profiles:
        inputs = replace(inputs, roads=inputs.roads.varied(profiles=dict(study.profiles)))
    sites = dict(inputs.sites)
    for key in keys:
        sites[key] = _middle_sites(before, key, inputs.sites[key], sites_only)
    return study, replace(inputs, sites=sites)


def _with_rules(study: Study, before: Study, keys: list[str], corrected: list[Any]) -> Study:
    """The study with A's limits, profiles, directions and speeds, but those that are corrected."""
    limits = {change.layer for change in corrected if isinstance(change, Limit)}
    layers: list[Layer] = []
    for layer in study.layers:
        if layer.key in keys:
            old = before.layer(layer.key)
            names = ["profile", "direction"]
            names += [] if layer.key in limits else ["minutes", "metres", "bands"]
            layer = layer.model_copy(update={name: getattr(old, name) for name in names})
        layers.append(layer)
    speeds = any(isinstance(change, Speed) for change in corrected)
    profiles = study.profiles if speeds else before.profiles
    return study.model_copy(update={"layers": tuple(layers), "profiles": profiles})


def _middle_sites(
    before: State, key: str, corrected: pd.DataFrame, changes: list[Any]
) -> pd.DataFrame:
    """A's sites at B's coordinates; a site that B lacks, or A really moved, stands as in A."""
    old = before.inputs.sites[key]
    mine = [change for change in changes if change.layer == key]
    added = {change.id for change in mine if isinstance(change, AddSite)}
    closed = {change.id for change in mine if isinstance(change, CloseSite)}
    moved = {
        change.id
        for change in before.scenario.changes
        if isinstance(change, MoveSite) and change.layer == key and _is_real(change)
    }
    return middle_sites(old, corrected, kept=set(old["id"]) - closed, moved=moved, added=added)


def middle_sites(
    old: pd.DataFrame,
    now: pd.DataFrame,
    *,
    kept: Set[str],
    moved: Set[str] = frozenset(),
    added: Set[str | None] = frozenset(),
) -> pd.DataFrame:
    """An earlier set of sites on the data of now: what stands between correction and real change.

    Parameters
    ----------
    old, now : pd.DataFrame
        Sites of a layer (`Inputs.sites`).
    kept : set of str
        Ids of `old` that stand. A site that `now` has too, stands where it has it.
    moved : set of str
        Ids of `kept` that stand where `old` has them.
    added : set of str
        Ids of `now` that stand, too.
    """
    here = now[now["id"].isin((kept - moved) | added)]
    rest = old[old["id"].isin(kept) & ~old["id"].isin(set(here["id"]))]
    found = pd.concat([here, rest.reindex(columns=now.columns)], ignore_index=True)
    for name in ("unit_id", "serves"):
        if name in found:
            found[name] = found[name].fillna("")
    return found.sort_values("id", kind="stable").reset_index(drop=True)
