"""Proposed sites: as a scenario, and from a scenario or the files of `quarterhour site`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.base.progress import Progress
from geo.questions.question import trial_ids
from geo.scenarios.changes import AddSite, Change, CloseSite, Limit, MoveSite, Scenario
from geo.scenarios.store import list_scenarios, load_scenario
from geo.study.model import Study

if TYPE_CHECKING:  # pages import this module, and the engine takes seconds to load
    from geo.questions.difference import Difference
    from geo.questions.explorer import Explorer
    from geo.questions.siting.proposals import Proposals

__all__ = [
    "ProposedSites",
    "proposed_in_scenario",
    "proposed_of",
    "read_proposed",
    "scenario_of",
]

_FILES = ("siting.json", "proposals.csv", "change_points.csv")
_SITE_COLUMNS = (
    "order", "candidate_id", "name", "lon", "lat", "unit_id", "newly_covered", "share_after",
    "phase",
)  # fmt: skip
_NUMBERS = ("order", "lon", "lat", "newly_covered", "share_after", "phase")


@dataclass(frozen=True)
class ProposedSites:
    """New sites of one layer, for a report and for the lists of gaps.

    Attributes
    ----------
    layer : str
        Its key.
    sites : pd.DataFrame
        In their order: order, candidate_id, name, lon, lat, unit_id, newly_covered, share_after,
        phase (1 or 2).
    served : pd.DataFrame
        The demand that is covered only with them: demand_id, unit_id, weight, order (of the new
        site that serves it).
    share_before, share_after : float
        0-1, by the layer's own rule and weight.
    summary : mapping, optional
        siting.json, where the sites come from a siting question.
    note : str
        What the scenario says of itself.
    """

    layer: str
    sites: pd.DataFrame
    served: pd.DataFrame
    share_before: float
    share_after: float
    summary: Mapping[str, Any] | None = None
    note: str = ""

    @property
    def has_phases(self) -> bool:
        """Whether there are a near and a long term."""
        return bool((self.sites["phase"] > 1).any())

    def within(self, unit_ids: Collection[str]) -> ProposedSites:
        """The sites in some units, or that serve them; orders stay."""
        served = self.served[self.served["unit_id"].isin(list(unit_ids))]
        here = self.sites["unit_id"].isin(list(unit_ids))
        here |= self.sites["order"].isin(served["order"])
        return replace(self, sites=self.sites[here].reset_index(drop=True), served=served)


# -- as a scenario --------------------------------------------------------------------------------


def scenario_of(
    found: Proposals, name: str, *, note: str = "", named: Callable[[int], str]
) -> Scenario:
    """The proposals as a scenario: sites that close, then the new ones in their order.

    Parameters
    ----------
    named : callable
        Gives the name of the proposal with this order, where its candidate has none.
    """
    changes: list[Change] = []
    order = 0
    for change in found.changes:
        if change["do"] != "add_site":
            changes.append(CloseSite.model_validate(change))
            continue
        order += 1
        changes.append(AddSite.model_validate({**change, "name": change["name"] or named(order)}))
    return Scenario(name, note, tuple(changes))


# -- from a result, a scenario or a folder --------------------------------------------------------


def proposed_of(found: Proposals) -> ProposedSites:
    """The sites of a siting question."""
    change = found.change
    return ProposedSites(
        layer=str(found.summary["layer"]),
        sites=found.table[list(_SITE_COLUMNS)],
        served=_served(change.gained, found.table),
        share_before=change.share_before,
        share_after=change.share_after,
        summary=found.summary,
    )


def _served(gained: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """The demand gained that a new site serves, with its order."""
    order = dict(zip(sites["candidate_id"].astype(str), sites["order"], strict=True))
    found = gained.assign(order=gained["site_after"].map(order))
    found = found[found["order"].notna()]
    return found[["demand_id", "unit_id", "weight", "order"]].reset_index(drop=True)


def proposed_in_scenario(
    explorer: Explorer, scenario: Scenario, progress: Progress | None = None
) -> list[ProposedSites]:
    """The new sites of a scenario, layer by layer; empty where it adds none.

    Each row says what the site covers beyond those before it. Roads, speeds and demand are those
    of the study.

    Raises
    ------
    StudyError, QuestionError
        The scenario names a layer or a site that the study does not have.
    """
    added = [change for change in scenario.changes if isinstance(change, AddSite)]
    return [
        _in_layer(explorer, scenario, key, progress or Progress())
        for key in dict.fromkeys(change.layer for change in added)
    ]


def _in_layer(
    explorer: Explorer, scenario: Scenario, key: str, progress: Progress
) -> ProposedSites:
    new: list[AddSite] = []
    closed: list[str] = []
    moved: dict[str, tuple[float, float]] = {}
    limit = None
    for change in scenario.changes:
        if getattr(change, "layer", None) != key:
            continue
        if isinstance(change, AddSite):
            new.append(change)
        elif isinstance(change, CloseSite):
            closed.append(change.id)
        elif isinstance(change, MoveSite):
            moved[change.id] = change.lon, change.lat
        elif isinstance(change, Limit):
            limit = change.value
    new = [site for site in new if site.id is None or site.id not in closed]
    own = {site.id for site in new}
    places = [moved.get(str(site.id), (site.lon, site.lat)) for site in new]
    others = {name: place for name, place in moved.items() if name not in own}
    known = [site for site in closed if site not in {c.id for c in _added(scenario, key)}]
    before = explorer.change(key, limit=limit)
    rows = []
    covered = explorer.change(key, limit=limit, closed=known, moved=others).covered_after
    after: Difference = before
    progress.stage("siting", len(new))
    for order in range(1, len(new) + 1):
        after = explorer.change(key, limit=limit, added=places[:order], closed=known, moved=others)
        rows.append(
            {
                "newly_covered": after.covered_after - covered,
                "share_after": after.share_after,
            }
        )
        covered = after.covered_after
        progress.step()
    lon, lat = (np.array(part, float) for part in zip(*places, strict=True))
    units = np.append(explorer.inputs.areas.frame["unit_id"].to_numpy(dtype=object), "")
    taken = explorer.inputs.sites[key]["id"].tolist()
    sites = pd.DataFrame(rows).assign(
        order=np.arange(1, len(new) + 1),
        candidate_id=trial_ids(len(new), taken),
        name=[site.name for site in new],
        lon=lon,
        lat=lat,
        unit_id=units[explorer.inputs.areas.locate(lon, lat)],
        phase=[site.phase or 1 for site in new],
    )
    return ProposedSites(
        layer=key,
        sites=sites[list(_SITE_COLUMNS)],
        served=_served(after.gained, sites),
        share_before=before.share_before,
        share_after=after.share_after,
        note=scenario.note,
    )


def _added(scenario: Scenario, key: str) -> list[AddSite]:
    return [c for c in scenario.changes if isinstance(c, AddSite) and c.layer == key]


def read_proposed(
    study: Study,
    source: str,
    *,
    explorer: Callable[[], Explorer],
    progress: Progress | None = None,
) -> list[ProposedSites]:
    """The proposed sites that a user names: a folder that `site` wrote, or a scenario.

    Parameters
    ----------
    source : str
        A folder with siting.json, else the name of a scenario of the study.
    explorer : callable
        Opens the study, for a scenario only.

    Raises
    ------
    StudyError
        ``proposals_unknown`` where it is neither, ``proposals_broken`` where the files of the
        folder do not fit, ``proposals_none`` where the scenario adds no site.
    """
    folder = Path(source)
    if (folder / _FILES[0]).is_file():
        return [_in_folder(study, folder, source)]
    names = list_scenarios(study.folder)
    if source not in names:
        shown = ", ".join(names) or "-"
        raise StudyError("proposals_unknown", value=one_line(source), known=shown)
    found = proposed_in_scenario(explorer(), load_scenario(study.folder, source), progress)
    if not found:
        raise StudyError("proposals_none", value=one_line(source))
    return found


def _in_folder(study: Study, folder: Path, source: str) -> ProposedSites:
    """The files that `quarterhour site` wrote."""
    name = _FILES[0]
    try:
        summary = json.loads((folder / name).read_text("utf-8"))
        change = json.loads((folder / "change.json").read_text("utf-8"))
        layer = study.layer(str(summary["layer"])).key
        name = _FILES[1]
        ids: dict[str, Any] = dict.fromkeys(("candidate_id", "name", "unit_id"), str)
        sites = pd.read_csv(folder / name, encoding="utf-8-sig", dtype=ids)
        sites = sites.fillna(dict.fromkeys(ids, ""))[list(_SITE_COLUMNS)]
        for column in _NUMBERS:
            sites[column] = pd.to_numeric(sites[column])
        name = _FILES[2]
        texts: Any = dict.fromkeys(("demand_id", "unit_id", "site_after"), str)
        points = pd.read_csv(folder / name, encoding="utf-8-sig", dtype=texts)
        points = points.fillna(dict.fromkeys(texts, ""))
        served = _served(points[points["change"] == "gained"], sites)
        before, after = float(change["share_before"]), float(change["share_after"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        if isinstance(error, StudyError):
            raise
        raise StudyError("proposals_broken", file=str(Path(source) / name)) from error
    return ProposedSites(layer, sites, served, before, after, summary)
