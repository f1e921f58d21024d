"""The units of all levels as a tree: who lies in whom, for breadcrumbs, levels and drill-down."""

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
    """One unit: its id as units.csv has it, its name, its level, and the unit that holds it."""

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
        Finest first, those only that tell units apart.
    of_finest : dict of str to int64 (finest units)
        Level → which of its units, in order of id, each finest unit belongs to.
    """

    levels: tuple[str, ...]
    by_id: dict[str, Place]
    children_of: dict[str, list[Place]]
    finest_of: dict[str, NDArray[np.object_]] = field(repr=False, default_factory=dict)

    def get(self, unit_id: str) -> Place | None:
        """The unit of that id, of the finest level first."""
        return self.by_id.get(unit_id)

    def chain(self, unit_id: str) -> list[Place]:
        """The unit and what holds it, the largest first; empty for the whole."""
        found: list[Place] = []
        while (place := self.by_id.get(unit_id)) is not None:
            found.insert(0, place)
            unit_id = place.parent
        return found

    def children(self, unit_id: str) -> list[Place]:
        """The units of the next level that tells them apart, by name order of their ids."""
        return self.children_of.get(unit_id, [])

    def at_level(self, level: str) -> Iterator[Place]:
        """Every unit of one level."""
        return (place for place in self.by_id.values() if place.level == level)

    def finest(self, unit_id: str) -> NDArray[np.object_]:
        """Ids of the finest units inside one unit."""
        return self.finest_of.get(unit_id, np.array([unit_id], dtype=object))


def build_places(analysis: Analysis) -> Places:
    """The tree of the study's units.

    A level above that holds all of them in one unit (one city over all) is left out: it would
    repeat the whole.
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
