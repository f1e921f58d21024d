"""Where two scenarios differ in their roads, as lines for a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.inputs.road_source import RoadSource
from geo.roads.roads import Roads
from geo.scenarios.changes import AddRoad, Change, CloseRoad, OpenRoad, Scenario, SlowRoad

__all__ = ["RoadChange", "road_changes", "road_lines"]

_KINDS = (AddRoad, OpenRoad, CloseRoad, SlowRoad)


@dataclass(frozen=True)
class RoadChange:
    """One change of the roads.

    Attributes
    ----------
    side : str
        before or after: the state that has it.
    change : AddRoad, OpenRoad, CloseRoad or SlowRoad
    lines : tuple of float64 (n, 2)
        Longitude and latitude of its vertices.
    """

    side: str
    change: Any
    lines: tuple[NDArray[np.float64], ...]


def road_changes(
    before: Scenario, after: Scenario, old: RoadSource, new: RoadSource
) -> tuple[RoadChange, ...]:
    """The changes of roads that only one of two scenarios has, those of `before` first."""
    both = set(before.changes) & set(after.changes)
    found: list[RoadChange] = []
    for side, scenario, source in (("before", before, old), ("after", after, new)):
        own = [c for c in scenario.changes if isinstance(c, _KINDS) and c not in both]
        lines = road_lines(source.roads, own)
        found += [RoadChange(side, c, one) for c, one in zip(own, lines, strict=True)]
    return tuple(found)


def road_lines(roads: Roads, changes: Sequence[Change]) -> list[tuple[NDArray[np.float64], ...]]:
    """The lines of changes of roads; those of the study's roads from `roads`."""
    if not changes:
        return []
    names = roads.edge_id.astype(str)
    found: list[tuple[NDArray[np.float64], ...]] = []
    for change in changes:
        if isinstance(change, AddRoad):
            found.append((np.array(change.line, np.float64),))
            continue
        edges = np.flatnonzero(names == str(getattr(change, "road", "")))
        starts, ends = roads.start[edges], roads.start[edges + 1]
        found.append(tuple(roads.lonlat[a:b] for a, b in zip(starts, ends, strict=True)))
    return found
