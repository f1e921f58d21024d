"""A trial of the Coverage page as a scenario, and back: sites of one layer, and its limit."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from geo.questions.question import trial_ids
from geo.scenarios.changes import AddSite, Change, CloseSite, Limit, MoveSite, Scenario

__all__ = ["Trial", "trial_changes", "trial_of"]

Lonlat = tuple[float, float]


@dataclass(frozen=True)
class Trial:
    """What the page tries on one layer.

    Attributes
    ----------
    layer : str
        Its key.
    limit : float, optional
        In the layer's own unit; None for the study's.
    put : tuple of (lon, lat)
        New sites.
    closed : tuple of str
    moved : mapping of str to (lon, lat)
    """

    layer: str
    limit: float | None = None
    put: tuple[Lonlat, ...] = ()
    closed: tuple[str, ...] = ()
    moved: Mapping[str, Lonlat] = field(default_factory=dict)


def trial_changes(
    trial: Trial,
    *,
    taken: Collection[str],
    named: Callable[[int], str],
    known: Sequence[Change] = (),
) -> tuple[Change, ...]:
    """The trial as changes of a scenario.

    Parameters
    ----------
    taken : collection of str
        Ids of the layer's sites.
    named : callable
        Gives the name of the new site with this number, from 1.
    known : sequence of Change
        The changes that the trial was loaded from. A new site at the same place keeps its id, name
        and capacity.
    """
    at = {
        (c.lon, c.lat): c
        for c in known
        if isinstance(c, AddSite) and c.layer == trial.layer and c.id is not None
    }
    kept = {place: at[place] for place in trial.put if place in at}
    used = [*taken, *(str(change.id) for change in kept.values())]
    ids = iter(trial_ids(len(trial.put), used))
    changes: list[Change] = []
    if trial.limit is not None:
        changes.append(Limit(do="limit", layer=trial.layer, value=trial.limit))
    for number, place in enumerate(trial.put, start=1):
        lon, lat = place
        new = kept.pop(place, None)
        changes.append(
            new
            or AddSite(
                do="add_site",
                layer=trial.layer,
                id=next(ids),
                name=named(number),
                lon=lon,
                lat=lat,
            )
        )
    changes += [
        # A site that is moved on trial is a plan, not a correction of its coordinates.
        MoveSite(do="move_site", layer=trial.layer, id=site, lon=lon, lat=lat, kind="real")
        for site, (lon, lat) in trial.moved.items()
    ]
    changes += [CloseSite(do="close_site", layer=trial.layer, id=site) for site in trial.closed]
    return tuple(changes)


def trial_of(scenario: Scenario) -> Trial | None:
    """The trial that a scenario holds; None where it changes more than the page can try."""
    layers = {getattr(change, "layer", "") for change in scenario.changes}
    kinds = (AddSite, MoveSite, CloseSite, Limit)
    if len(layers) != 1 or not all(isinstance(change, kinds) for change in scenario.changes):
        return None
    limit: float | None = None
    put: dict[str, Lonlat] = {}
    moved: dict[str, Lonlat] = {}
    closed: list[str] = []
    for number, change in enumerate(scenario.changes):
        if isinstance(change, Limit):
            limit = change.value
        elif isinstance(change, AddSite):
            # A name that no site can have, where the scenario gives none.
            put[change.id or f"\n{number}"] = change.lon, change.lat
        elif isinstance(change, MoveSite):
            (put if change.id in put else moved)[change.id] = change.lon, change.lat
        elif isinstance(change, CloseSite) and put.pop(change.id, None) is None:
            moved.pop(change.id, None)
            closed.append(change.id)
    return Trial(str(layers.pop()), limit, tuple(put.values()), tuple(closed), moved)
