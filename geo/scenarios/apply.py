"""Applies a scenario to a study: its parameters and its inputs, changed.

The changed study gives the results of a study whose files were changed by hand. A scenario without
changes gives the study itself.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.base.errors import StudyError
from geo.base.files import file_sha256
from geo.base.messages import one_line
from geo.base.quality_log import InputCount, QualityLog
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.inputs.read import Inputs, read_inputs
from geo.network.profiles import profile_of
from geo.questions.question import trial_ids
from geo.scenarios.changes import (
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
from geo.scenarios.roads import changed_roads
from geo.scenarios.store import load_scenario
from geo.study.model import ProfileInput, Study

__all__ = ["apply_scenario", "changed_study", "check_sites", "open_scenario"]

_RoadChange = AddRoad | OpenRoad | CloseRoad | SlowRoad
_SiteChange = AddSite | MoveSite | CloseSite


@dataclass
class _Problems:
    """Problems of a scenario's changes, each with the file and the number of the change."""

    file: str
    found: list[StudyError] = field(default_factory=list)

    def add(self, code: str, number: int, key: str, **params: Any) -> None:
        where = f"changes[{number}]" + (f".{key}" if key else "")
        self.found.append(StudyError(code, file=self.file, field=where, **params))

    def unknown(self, number: int, key: str, value: str, known: Sequence[str], of: str) -> None:
        """An id that the study does not have, with the nearest that it has."""
        near = difflib.get_close_matches(value, list(known), n=1, cutoff=0.4)
        nearest = near[0] if near else next(iter(known), "-")
        params = {"value": one_line(value), "nearest": one_line(nearest)}
        self.add(f"scenario_{of}_unknown", number, key, **params)

    def check(self) -> None:
        if self.found:
            raise StudyError.of(self.found)


def open_scenario(
    study: Study, name: str, *, cache: Path | None = None, inputs: Inputs | None = None
) -> tuple[Study, Inputs]:
    """Read a scenario of a study and apply it (`load_scenario`, `apply_scenario`)."""
    return apply_scenario(study, load_scenario(study.folder, name), cache=cache, inputs=inputs)


def apply_scenario(
    study: Study, scenario: Scenario, *, cache: Path | None = None, inputs: Inputs | None = None
) -> tuple[Study, Inputs]:
    """The study and its inputs with the changes of a scenario.

    Parameters
    ----------
    study : Study
    scenario : Scenario
    cache : Path, optional
        As in `geo.pipeline.run`.
    inputs : Inputs, optional
        The inputs of `study`, which are not changed; read here by default.

    Returns
    -------
    Study, Inputs
        For `geo.pipeline.run` and `geo.pipeline.open_explorer`. Without changes they are those
        given. Otherwise the study's name holds the scenario's, and the scenario is one of the
        inputs counted.

    Raises
    ------
    StudyError
        The study is wrong, or a change does not fit it; each problem names the scenario's file and
        the number of the change.
    """
    changed = changed_study(study, scenario)
    if inputs is None or changed.demand.path != study.demand.path:
        quality = QualityLog()
        with quality.kept_on_error():
            inputs = read_inputs(changed, quality, cache=cache)
    elif changed.profiles != study.profiles:
        inputs = replace(inputs, roads=inputs.roads.varied(profiles=dict(changed.profiles)))
    if not scenario.changes:
        return changed, inputs
    problems = _Problems(scenario.file)
    changes = _named(_of(scenario, _SiteChange), _ids(inputs.sites))
    _check_ids(changes, _ids(inputs.sites), problems)
    roads = changed_roads(changed, inputs.roads, _of(scenario, _RoadChange), problems.unknown)
    problems.check()
    sites = _changed_sites(inputs, [change for _, change in changes])
    factors = [c.factor for _, c in _of(scenario, Demand) if c.factor is not None]
    points = inputs.points
    if factors:
        needs = {f"amount:{layer.need}" for layer in changed.layers if layer.need is not None}
        points = _scaled(points, math.prod(sorted(factors)), needs)
    return changed, replace(
        inputs, points=points, sites=sites, roads=roads, quality=_counted(study, scenario, inputs)
    )


def check_sites(study: Study, scenario: Scenario, sites: Mapping[str, Sequence[str]]) -> None:
    """Check what can be checked of a scenario without the inputs of its study.

    Parameters
    ----------
    sites : mapping of str to sequence of str
        The ids of every layer's sites.

    Raises
    ------
    StudyError
        As `apply_scenario`, but for roads.
    """
    changed_study(study, scenario)
    problems = _Problems(scenario.file)
    _check_ids(_named(_of(scenario, _SiteChange), sites), sites, problems)
    problems.check()


def changed_study(study: Study, scenario: Scenario) -> Study:
    """The parameters of the study with the changes of a scenario: limits, speeds, demand file.

    Raises
    ------
    StudyError
        As `apply_scenario`.
    """
    if not scenario.changes:
        return study
    problems = _Problems(scenario.file)
    known = [layer.key for layer in study.layers]
    for number, change in _numbered(scenario):
        layer = getattr(change, "layer", None)
        if layer is not None and layer not in known:
            problems.unknown(number, "layer", layer, known, "layer")
        elif layer is not None and not study.layer(layer).travels:
            rule = study.layer(layer).rule
            problems.add("scenario_without_travel", number, "layer", value=layer, rule=rule)
    _refuse_twice(scenario, problems)
    problems.check()
    layers = {layer.key: layer for layer in study.layers}
    profiles = dict(study.profiles)
    demand = study.demand
    for number, change in _numbered(scenario):
        if isinstance(change, Limit):
            layers[change.layer] = _limited(study, layers[change.layer], change, number, problems)
        elif isinstance(change, Speed):
            name = change.profile or layers[str(change.layer)].profile
            profiles[name] = _sped(name, profiles, change, number, problems)
        elif isinstance(change, Demand) and change.path is not None:
            # The file takes the place of objects of OSM; its name is not the former file's.
            update = {"path": change.path, "osm": None, "origin": ""}
            demand = demand.model_copy(update=update)
            _check_file(study, change.path, number, problems)
    problems.check()
    info = study.study
    named = _with_scenario(info.name, scenario.name)
    # Sentences name the place; the title of maps and reports says which scenario they show.
    info = info.model_copy(update={"name": named, "place": info.place or info.name})
    return study.model_copy(
        update={
            "study": info,
            "layers": tuple(layers.values()),
            "profiles": profiles,
            "demand": demand,
        }
    )


def _with_scenario(name: Any, scenario: str) -> Any:
    if isinstance(name, str):
        return f"{name}（{scenario}）"
    return {
        locale: f"{text}（{scenario}）" if locale == "zh-CN" else f"{text} ({scenario})"
        for locale, text in name.items()
    }


def _numbered(scenario: Scenario) -> list[tuple[int, Change]]:
    return list(enumerate(scenario.changes, start=1))


def _of(scenario: Scenario, kinds: Any) -> list[tuple[int, Any]]:
    """The changes of some kinds with their numbers."""
    return [(number, change) for number, change in _numbered(scenario) if isinstance(change, kinds)]


def _refuse_twice(scenario: Scenario, problems: _Problems) -> None:
    """Of two limits of a layer the order would decide; that is refused."""
    seen: dict[tuple[Any, ...], int] = {}
    for number, change in _numbered(scenario):
        name: tuple[Any, ...]
        if isinstance(change, Limit):
            name = ("limit", change.layer)
        elif isinstance(change, Speed):
            name = ("speed", change.profile, change.layer)
        elif isinstance(change, Demand) and change.path is not None:
            name = ("demand",)
        elif isinstance(change, MoveSite):
            name = ("move", change.layer, change.id)
        else:
            continue
        if name in seen:
            problems.add("scenario_change_twice", number, "", other=f"changes[{seen[name]}]")
        seen.setdefault(name, number)


def _limited(study: Study, layer: Any, change: Limit, number: int, problems: _Problems) -> Any:
    horizon = study.network.horizon_minutes
    if not layer.limit.in_metres and change.value > horizon:
        problems.add(
            "limit_over_horizon", number, "value", value=f"{change.value:g}", horizon=f"{horizon:g}"
        )
    return layer.model_copy(update={layer.limit.unit: float(change.value)})


def _sped(
    name: str,
    profiles: Mapping[Any, ProfileInput],
    change: Speed,
    number: int,
    problems: _Problems,
) -> ProfileInput:
    now, own = profile_of(name, profiles), profiles.get(name, ProfileInput())
    if now.mode == "drive":
        if change.factor is None:
            problems.add("scenario_drive_factor", number, "kmh")
            return ProfileInput()
        factor = change.factor
        speeds = {key: kmh * factor for key, kmh in now.class_kmh.items()}
        return own.model_copy(update={"speeds": speeds})
    kmh = change.kmh if change.factor is None else now.kmh * change.factor
    return own.model_copy(update={"kmh": kmh})


def _check_file(study: Study, path: str, number: int, problems: _Problems) -> None:
    try:
        study.file(path)
    except StudyError as error:
        problems.add(error.code, number, "path", value=one_line(path))


# -- sites --------------------------------------------------------------------------------------


def _ids(sites: Mapping[str, pd.DataFrame]) -> dict[str, list[str]]:
    return {key: rows["id"].tolist() for key, rows in sites.items()}


def _named(
    changes: list[tuple[int, Any]], known: Mapping[str, Sequence[str]]
) -> list[tuple[int, Any]]:
    """The changes with an id for each new site that has none: by its place, whatever the order."""
    new = [change for _, change in changes if isinstance(change, AddSite)]
    new.sort(key=lambda c: (c.lon, c.lat, c.name, -1.0 if c.capacity is None else c.capacity))
    names: dict[int, str] = {}
    for key in {change.layer for change in new}:
        mine = [change for change in new if change.layer == key]
        taken = [*known[key], *(c.id for c in mine if c.id is not None)]
        open_ = [change for change in mine if change.id is None]
        names |= zip(map(id, open_), trial_ids(len(open_), taken), strict=True)
    return [
        (n, c.model_copy(update={"id": names[id(c)]}) if id(c) in names else c) for n, c in changes
    ]


def _check_ids(
    changes: list[tuple[int, Any]], known: Mapping[str, Sequence[str]], problems: _Problems
) -> None:
    """Each change must find the site that it names, after the changes before it."""
    here = {key: dict.fromkeys(ids) for key, ids in known.items()}
    for number, change in changes:
        sites = here[change.layer]
        if isinstance(change, AddSite):
            if change.id in sites:
                problems.add("scenario_site_exists", number, "id", value=one_line(change.id))
            sites[str(change.id)] = None
        elif change.id not in sites:
            problems.unknown(number, "id", change.id, list(sites), "site")
        elif isinstance(change, CloseSite):
            del sites[change.id]


def _changed_sites(inputs: Inputs, changes: list[Any]) -> dict[str, pd.DataFrame]:
    """The sites of every layer after the changes, ordered by id."""
    sites = dict(inputs.sites)
    for key in dict.fromkeys(change.layer for change in changes):
        mine = [change for change in changes if change.layer == key]
        sites[key] = _layer_sites(sites[key], mine, inputs.areas)
    return sites


def _layer_sites(sites: pd.DataFrame, changes: list[Any], areas: Areas) -> pd.DataFrame:
    rows: dict[str, dict[str, Any]] = {
        str(row["id"]): dict(row)  # type: ignore[arg-type]
        for row in sites.to_dict("records")
    }
    for change in changes:
        if isinstance(change, AddSite):
            rows[str(change.id)] = _new_row(change, sites, areas)
        elif isinstance(change, CloseSite):
            del rows[change.id]
        else:
            moved: dict[str, Any] = {"lon": float(change.lon), "lat": float(change.lat)}
            # A site elsewhere is located by its place, not by the code of its former unit.
            moved |= {"unit_id": ""} if "unit_id" in sites else {}
            rows[change.id] = {**rows[change.id], **moved}
    ordered = [rows[name] for name in sorted(rows)]
    last = max([0, *sites["row"].tolist()])
    for row in ordered:
        if row["row"] < 0:  # as if the new rows stood below the others in the file
            last += 1
            row["row"] = last
    if not ordered:
        return sites.iloc[:0]
    return pd.DataFrame(ordered, columns=sites.columns).astype(sites.dtypes.to_dict())


def _new_row(change: AddSite, sites: pd.DataFrame, areas: Areas) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": change.id,
        "name": change.name,
        "lon": float(change.lon),
        "lat": float(change.lat),
        "row": -1,
        "capacity": math.nan if change.capacity is None else float(change.capacity),
    }
    if "unit_id" in sites:
        row["unit_id"] = ""
    if "serves" in sites:
        unit = int(areas.locate(np.array([row["lon"]]), np.array([row["lat"]]))[0])
        row["serves"] = "" if unit < 0 else str(areas.frame["unit_id"].iloc[unit])
    return row


# -- demand and counts --------------------------------------------------------------------------


def _scaled(points: DemandPoints, factor: float, needs: Collection[str]) -> DemandPoints:
    """Every weight times a factor, bands and the amounts that layers need included."""
    frame = points.frame.copy()
    for name in frame.columns:
        if name == "weight" or name.startswith("band:") or name in needs:
            frame[name] = frame[name] * factor
    return replace(points, frame=frame)


def _counted(study: Study, scenario: Scenario, inputs: Inputs) -> QualityLog:
    """The quality report with the scenario among the inputs: each change is a row."""
    count = len(scenario.changes)
    path = study.folder / scenario.file
    try:
        sha256 = file_sha256(path)
    except OSError:  # a scenario that has not been kept
        sha256 = ""
    known = inputs.quality
    row = InputCount("scenario", scenario.file, sha256, count, count, 0)
    return QualityLog(rows=list(known.rows), inputs=[*known.inputs, row])
