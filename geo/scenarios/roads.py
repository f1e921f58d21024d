"""Changes of roads: new roads are added first; what opens, closes or slows down is overridden."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.inputs.road_source import RoadSource
from geo.network.build import access_and_ms
from geo.network.profiles import profile_of, travel_ms
from geo.scenarios.changes import AddRoad, OpenRoad, SlowRoad
from geo.scenarios.new_roads import add_roads
from geo.study.model import Study
from geo.study.profiles import profile_names

__all__ = ["Unknown", "changed_roads"]

# Takes a change's number, the key, the id, the known ids and the kind of thing that it names.
Unknown = Callable[[int, str, str, Sequence[str], str], None]


def changed_roads(
    study: Study, source: RoadSource, changes: Sequence[tuple[int, Any]], unknown: Unknown
) -> RoadSource:
    """The roads after the changes.

    Parameters
    ----------
    changes : sequence of (number, change)
    unknown : callable
        Takes a road that the study does not have.
    """
    if not changes:
        return source
    rows = source.overrides
    new = [change for _, change in changes if isinstance(change, AddRoad)]
    if new:
        found = add_roads(source.roads, new)
        rows = found.overrides(rows)
        source = source.varied(roads=found.roads, overrides=rows)
    names = source.roads.edge_id.astype(str)
    for number, change in changes:
        if isinstance(change, AddRoad):
            continue
        edges = np.flatnonzero(names == str(change.road))
        if not len(edges):
            unknown(number, "road", change.road, names.tolist(), "road")
            continue
        if isinstance(change, SlowRoad):
            rows = _slowed(study, source, rows, edges, change)
        else:
            opened = isinstance(change, OpenRoad)
            rows = _joined(rows, _rows(edges, change.profile or "", allowed=opened))
    return source if rows is None else source.varied(overrides=rows)


def _slowed(
    study: Study,
    source: RoadSource,
    rows: pd.DataFrame | None,
    edges: NDArray[np.int64],
    change: SlowRoad,
) -> pd.DataFrame | None:
    """Overrides for each profile and edge that would be quicker than the change permits."""
    slowest = travel_ms(source.roads.length_m[edges], change.kmh)
    names = (change.profile,) if change.profile else profile_names(study.profiles)
    for name in names:
        _, forward, backward = access_and_ms(
            source.roads, profile_of(str(name), study.profiles), rows
        )
        now = np.maximum(forward[edges], backward[edges])
        slower = (now >= 0) & (now < slowest)
        # Minutes, since those of an override of the study count before a speed.
        minutes = slowest[slower] / 60_000.0
        rows = _joined(rows, _rows(edges[slower], str(name), minutes=minutes))
    return rows


def _rows(
    edges: NDArray[np.int64],
    profile: str,
    *,
    allowed: bool | None = None,
    minutes: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Overrides in the format of `read_overrides`."""
    nothing = np.full(len(edges), np.nan)
    return pd.DataFrame(
        {
            "edge_index": edges.astype(np.int64),
            "profile": pd.Series([profile] * len(edges), dtype="str"),
            "allowed": pd.Series([allowed] * len(edges), dtype=object),
            "speed_kmh": nothing,
            "minutes": nothing if minutes is None else minutes,
        }
    )


def _joined(rows: pd.DataFrame | None, more: pd.DataFrame) -> pd.DataFrame | None:
    if not len(more):
        return rows
    return more if rows is None or not len(rows) else pd.concat([rows, more], ignore_index=True)
