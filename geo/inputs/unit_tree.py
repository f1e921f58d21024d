"""Tree of the units of all levels (which unit contains which), for breadcrumbs and drill-down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.inputs.areas import parent_ids

__all__ = ["Place", "Places", "build_places"]


@dataclass(frozen=True)
class Place:
    """One unit: its id as in units.csv, its name, its level, and the id of its parent unit."""

    unit_id: str
    name: str
    level: str
    parent: str = ""


@dataclass(frozen=True)
class Places:
    """All units of a study.

    Attributes
    ----------
    levels : tuple of str
        Finest first. Parent levels with only one unit are omitted.
    by_id : dict of str to Place
        The units by id. If units of several levels have the same id, the finest one.
    children_of : dict of str to list of Place
        The direct children of each unit; the key "" stands for the whole study.
    finest_of : dict of str to object (finest units)
        Ids of the finest units inside each unit of a parent level.
    """

    levels: tuple[str, ...]
    by_id: dict[str, Place]
    children_of: dict[str, list[Place]]
    finest_of: dict[str, NDArray[np.object_]] = field(repr=False, default_factory=dict)

    def get(self, unit_id: str) -> Place | None:
        """Return the unit with this id, preferring the finest level; None if there is none."""
        return self.by_id.get(unit_id)

    def chain(self, unit_id: str) -> list[Place]:
        """Return the unit and all units that contain it, largest first.

        The list is empty for the whole study.
        """
        found: list[Place] = []
        while (place := self.by_id.get(unit_id)) is not None:
            found.insert(0, place)
            unit_id = place.parent
        return found

    def children(self, unit_id: str) -> list[Place]:
        """Return the direct children of a unit, in the order of `Analysis.areas`."""
        return self.children_of.get(unit_id, [])

    def at_level(self, level: str) -> Iterator[Place]:
        """Iterate over the units of one level."""
        return (place for place in self.by_id.values() if place.level == level)

    def finest(self, unit_id: str) -> NDArray[np.object_]:
        """Return the ids of the finest units inside one unit."""
        return self.finest_of.get(unit_id, np.array([unit_id], dtype=object))


def build_places(analysis: Analysis) -> Places:
    """Build the tree of the study's units.

    A parent level with only one unit (for example one city) is omitted, because this unit would be
    the same as the whole study.
    """
    spec = analysis.study.units
    parents = list(spec.parents)
    areas = analysis.areas
    chains = [
        parent_ids(areas, spec.parents, depth).astype(object) for depth in range(len(parents))
    ]
    telling = [depth for depth, ids in enumerate(chains) if len(np.unique(ids)) > 1]
    finest = areas["unit_id"].to_numpy(dtype=object)
    by_id: dict[str, Place] = {}
    children: dict[str, list[Place]] = {}
    inside: dict[str, NDArray[np.object_]] = {}

    def add(ids: NDArray[np.object_], names: NDArray[np.object_], level: str, above: int) -> None:
        holder = chains[telling[above]] if above < len(telling) else np.full(len(ids), "", object)
        first = pd.Index(ids).duplicated()
        for unit, name, parent in zip(ids[~first], names[~first], holder[~first], strict=True):
            place = Place(str(unit), str(name), level, str(parent))
            by_id.setdefault(place.unit_id, place)
            children.setdefault(place.parent, []).append(place)

    add(finest, areas["unit_name"].to_numpy(dtype=object), spec.level, 0)
    for number, depth in enumerate(telling):
        names = areas[parents[depth]].to_numpy(dtype=object)
        add(chains[depth], names, parents[depth], number + 1)
        for unit, rows in pd.Series(finest).groupby(chains[depth], sort=False):
            inside.setdefault(str(unit), rows.to_numpy(dtype=object))
    levels = (spec.level, *(parents[depth] for depth in telling))
    return Places(levels, by_id, children, inside)
