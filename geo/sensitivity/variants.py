"""The assumptions that are changed one at a time, and a layer under each of them.

A variant shares with the study whatever its change leaves as it is: no road file is read again, and
positions are found again only where points, roads or the access limit change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from geo.coverage.layer_run import LayerRun
from geo.inputs.demand import DemandPoints
from geo.inputs.road_source import RoadSource
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import profile_of
from geo.questions.explorer import Explorer
from geo.sensitivity.moved_demand import moved_demand
from geo.study.model import Layer, ProfileInput, Study

__all__ = ["FACTORS", "REFERENCES", "Situation", "Variant", "count_variants", "variants_of"]

# In this order in the tables; of two factors that move a share equally, the first is named.
FACTORS = (
    "speed",
    "straight_legs",
    "access_limit",
    "limit_exclusive",
    "positions",
    "roads",
)
# What other tools assume; never part of the range.
REFERENCES = ("walk_5kmh", "straight_line")

_SPEEDS = (0.9, 1.1)
_STRAIGHT_LEGS = 1.3
_ACCESS_LIMITS = (0.6, 1.6)
_ROUTERS_KMH = 5.0


@dataclass(frozen=True)
class Situation:
    """What a layer is computed from.

    Attributes
    ----------
    network : Network
    sites, rows : Positions
        Of the layer's sites, ordered by id, and of the rows of `points`.
    points : DemandPoints
    """

    network: Network
    sites: Positions
    rows: Positions
    points: DemandPoints


@dataclass(frozen=True)
class Variant:
    """One changed assumption.

    Attributes
    ----------
    factor : str
        One of `FACTORS` or `REFERENCES`.
    setting : str
        The factor's value, as in sensitivity.csv.
    situation : callable, optional
        The situation of a layer, from its run and its situation without the change. None for a
        variant that needs no search (``limit_exclusive``, ``straight_line``).
    """

    factor: str
    setting: str = ""
    situation: Callable[[LayerRun, Situation], Situation] | None = None

    @property
    def in_range(self) -> bool:
        """Whether the range holds it; references are outside."""
        return self.factor in FACTORS

    def concerns(self, layer: Layer, study: Study) -> bool:
        """Whether the layer has a row for it."""
        mode = profile_of(layer.profile, study.profiles).mode
        if self.factor == "walk_5kmh":
            return mode == "foot"
        if self.factor == "straight_line" and layer.sites_needed > 1:
            return False  # a circle tells whether any site is near, and not how many are
        # A car's speed depends on the road, so its minutes are no distance in a straight line.
        return self.factor != "straight_line" or layer.limit.in_metres or mode != "drive"


def variants_of(
    explorer: Explorer, alternative: RoadSource | None, *, draws: int, seed: int
) -> Iterator[Variant]:
    """The variants of a study, in the order of the tables; each is let go before the next.

    Parameters
    ----------
    explorer : Explorer
    alternative : RoadSource, optional
        The other road file of the study.
    draws, seed : int
        How often demand is moved, and the seed of its directions.
    """
    study, roads = explorer.study, explorer.inputs.roads
    for factor in _SPEEDS:
        varied = roads.varied(speed_factor=factor, cached=False)
        yield Variant("speed", f"{factor:g}", _on_roads(varied))
    yield Variant("straight_legs", f"{_STRAIGHT_LEGS:g}", _longer_legs)
    for factor in _ACCESS_LIMITS:
        limit_m = study.network.max_access_m * factor
        yield Variant("access_limit", f"{factor:g}", _AccessLimit(roads, limit_m))
    yield Variant("limit_exclusive")
    for draw in range(1, draws + 1):
        moved = moved_demand(explorer.inputs.points, seed=seed, draw=draw)
        yield Variant("positions", f"{draw}", _MovedDemand(roads, study, moved))
    if alternative is not None:
        name = str(study.network.alternative)
        yield Variant("roads", name, _OtherRoads(alternative, study))
    walking = ProfileInput(kmh=_ROUTERS_KMH)
    profiles = {**study.profiles, "walk": walking, "walk_senior": walking}
    quicker = roads.varied(profiles=profiles, cached=False)
    yield Variant("walk_5kmh", f"{_ROUTERS_KMH:g}", _on_roads(quicker))
    yield Variant("straight_line")


def count_variants(draws: int, alternative: RoadSource | None) -> int:
    """The number of variants that `variants_of` gives."""
    return len(_SPEEDS) + len(_ACCESS_LIMITS) + 4 + draws + (alternative is not None)


def _on_roads(roads: RoadSource) -> Callable[[LayerRun, Situation], Situation]:
    """The same edges at other speeds: all positions stay."""

    def situation(run: LayerRun, known: Situation) -> Situation:
        network = roads.network(run.layer.profile, run.layer.direction)
        return replace(known, network=network)

    return situation


def _longer_legs(run: LayerRun, known: Situation) -> Situation:
    """The straight lines between points and roads, times `_STRAIGHT_LEGS`."""

    def longer(at: Positions) -> Positions:
        return replace(at, access_m=at.access_m * _STRAIGHT_LEGS)

    return replace(known, sites=longer(known.sites), rows=longer(known.rows))


@dataclass(frozen=True)
class _AccessLimit:
    """Another `max_access_m`."""

    roads: RoadSource
    limit_m: float
    _rows: dict[str, Positions] = field(default_factory=dict)

    def __call__(self, run: LayerRun, known: Situation) -> Situation:
        layer, points = run.layer, known.points
        if layer.profile not in self._rows:
            self._rows[layer.profile] = self._limited(layer, known.rows, points.lon, points.lat)
        lon, lat = run.sites["lon"].to_numpy(float), run.sites["lat"].to_numpy(float)
        sites = self._limited(layer, known.sites, lon, lat)
        return replace(known, sites=sites, rows=self._rows[layer.profile])

    def _limited(
        self, layer: Layer, at: Positions, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> Positions:
        """Positions under the limit; only points that were off network are looked for again."""
        edge, fraction, access_m = at.edge.copy(), at.fraction.copy(), at.access_m.copy()
        far = at.on_network & ~(at.access_m <= self.limit_m)
        edge[far], fraction[far] = -1, np.nan
        again = np.flatnonzero(~at.on_network & ~(at.access_m > self.limit_m))
        if len(again):
            snapper = self.roads.snapper(layer.profile, layer.direction)
            found = snapper.snap(lon[again], lat[again], max_access_m=self.limit_m)
            edge[again], fraction[again] = found.edge, found.fraction
            access_m[again] = found.access_m
        return Positions(edge, fraction, access_m)


@dataclass(frozen=True)
class _MovedDemand:
    """Demand at other places; its units stay."""

    roads: RoadSource
    study: Study
    points: DemandPoints
    _rows: dict[str, Positions] = field(default_factory=dict)

    def __call__(self, run: LayerRun, known: Situation) -> Situation:
        layer = run.layer
        if layer.profile not in self._rows:
            snapper = self.roads.snapper(layer.profile, layer.direction)
            limit_m = self.study.network.max_access_m
            found = snapper.snap(self.points.lon, self.points.lat, max_access_m=limit_m)
            self._rows[layer.profile] = found
        return replace(known, rows=self._rows[layer.profile], points=self.points)


@dataclass(frozen=True)
class _OtherRoads:
    """Another road file."""

    roads: RoadSource
    study: Study

    def __call__(self, run: LayerRun, known: Situation) -> Situation:
        layer, points = run.layer, known.points
        lon, lat = run.sites["lon"].to_numpy(float), run.sites["lat"].to_numpy(float)
        return replace(
            known,
            network=self.roads.network(layer.profile, layer.direction),
            sites=self._positions(layer, lon, lat),
            rows=self._positions(layer, points.lon, points.lat),
        )

    def _positions(
        self, layer: Layer, lon: NDArray[np.float64], lat: NDArray[np.float64]
    ) -> Positions:
        limit_m = self.study.network.max_access_m
        name, direction = layer.profile, layer.direction
        return self.roads.positions(name, direction, lon, lat, max_access_m=limit_m)
