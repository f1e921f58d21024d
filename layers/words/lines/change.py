"""The changes of a scenario as plain sentences."""

from __future__ import annotations

from collections.abc import Callable

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
    SlowRoad,
    Speed,
)
from geo.study.model import Study
from layers.words.catalogue import Words
from layers.words.phrases import layer_title

__all__ = ["change_line", "road_class_name"]


def change_line(
    change: Change, study: Study, words: Words, *, site_name: Callable[[str, str], str]
) -> str:
    """One change as a sentence.

    Parameters
    ----------
    site_name : callable
        The name of a site from the key of its layer and its id.
    """
    text = _sentence(change, study, words, site_name)
    if change.kind is None:
        return text
    return words("scenario.line.of_kind", text=text, kind=words(f"compare.{change.kind}"))


def _sentence(
    change: Change, study: Study, words: Words, site_name: Callable[[str, str], str]
) -> str:
    key = getattr(change, "layer", None)
    layer = next((layer for layer in study.layers if layer.key == key), None)
    title = layer_title(layer, words) if layer is not None else str(key)
    line = f"scenario.line.{change.do}"
    if isinstance(change, AddSite):
        return words(line, layer=title, site=change.name or change.id or "", **_place(change))
    if isinstance(change, MoveSite):
        return words(line, layer=title, site=site_name(change.layer, change.id), **_place(change))
    if isinstance(change, CloseSite):
        return words(line, layer=title, site=site_name(change.layer, change.id))
    if isinstance(change, AddRoad):
        kmh = "" if change.kmh is None else words("scenario.line.at_kmh", kmh=f"{change.kmh:g}")
        kind = road_class_name(change.highway, words)
        return words(line, kind=kind, points=len(change.line), kmh=kmh)
    if isinstance(change, SlowRoad):
        return words(line, road=change.road, who=_who(change.profile, words), kmh=f"{change.kmh:g}")
    if isinstance(change, OpenRoad | CloseRoad):
        return words(line, road=change.road, who=_who(change.profile, words))
    if isinstance(change, Limit):
        unit = layer.limit.unit if layer is not None else "minutes"
        value = words(f"scenario.line.{unit}", value=f"{change.value:g}")
        return words(line, layer=title, value=value)
    if isinstance(change, Speed):
        who = words(f"export.profile.{change.profile}") if change.profile else title
        if change.kmh is not None:
            return words("scenario.line.speed_kmh", who=who, kmh=f"{change.kmh:g}")
        return words("scenario.line.speed_factor", who=who, factor=f"{change.factor:g}")
    assert isinstance(change, Demand)
    if change.path is not None:
        return words("scenario.line.demand_file", file=change.path)
    return words("scenario.line.demand_factor", factor=f"{change.factor:g}")


def _place(change: AddSite | MoveSite) -> dict[str, str]:
    return {"lon": f"{change.lon:.5f}", "lat": f"{change.lat:.5f}"}


def _who(profile: str | None, words: Words) -> str:
    return words(f"export.profile.{profile}") if profile else words("overrides.all_profiles")


def road_class_name(highway: str, words: Words) -> str:
    """A road class in words; an unknown one as the file names it."""
    if not highway:
        return words("overrides.no_class")
    base = highway.removesuffix("_link")
    name = words.get(f"road.{base}", default=base)
    return name if base == highway else words("road.link", road=name)
