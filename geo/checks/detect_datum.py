"""The datum of coordinates, estimated from the distances of the points to the roads.

Places have typical distances from their road: an office ten or twenty metres, an estate half a
block, nothing stands on a carriageway. Random ground has no such distances. Each hypothesis is
scored by how much better typical distances explain it than the distances of random ground nearby,
which are measured at shifted copies of the same points. So dense and sparse networks need no
constants of their own. The median distance alone is wrong nine times of ten for estates in blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.coordinates.datum import from_wgs84, to_wgs84
from geo.coordinates.local_metres import metres_per_degree
from geo.network.snapping import Snapper
from geo.roads.roads import CLOSED, Roads

__all__ = [
    "HYPOTHESES",
    "DatumFinding",
    "Distance",
    "Evidence",
    "contradicts",
    "detect_datum",
    "detect_roads_datum",
    "road_distance",
]

Floats = NDArray[np.float64]
# Degrees in WGS-84 → metres to the nearest road.
Distance = Callable[[Floats, Floats], Floats]
Shift = Callable[[Floats, Floats, str], tuple[Floats, Floats]]

# CGCS2000 differs from WGS-84 by centimetres, which no road can show.
HYPOTHESES = ("wgs84", "gcj02", "bd09")

# About the width of a street.
_NEAR_M = 10.0
# The search distance for roads; longer distances count as this one.
_FAR_M = 5_000.0
# Typical distances of places from their road, as log-normal curves over a constant: weight, metres,
# spread of the logarithm. Offices and shops beside a street; estates inside a block; addresses that
# a geocoder has put on the street itself.
_SHAPES = ((0.80, 14.0, 1.1), (0.17, 80.0, 0.9), (0.03, 2.0, 0.7))
_FLOOR = 0.25
# Ground nearby: the number of shifted copies of each point, and their least and greatest distance.
# They form a sunflower pattern (golden angle and ratio), which favours no direction or distance.
_COPIES = 96
_RING_M = (250.0, 1_500.0)
_GOLDEN_ANGLE, _GOLDEN_RATIO = 2.399963229728653, 0.6180339887498949
# More points take time, and give too much certainty, since neighbours are not independent.
_MOST_POINTS = 300
_LEAST_POINTS = 8
# A hypothesis is named when it is likelier than the two others together, and not less likely than
# random ground by more than a factor of e. It is certain when it has this share even with random
# ground as a further hypothesis.
_NAMED = 0.5
_LEAST_SCORE = -1.0
_CERTAIN = 0.99
# Two hypotheses closer than this are one (GCJ-02 outside China).
_SAME_M = 5.0


@dataclass(frozen=True)
class Evidence:
    """The evidence for one hypothesis.

    Attributes
    ----------
    hypothesis : str
        One of `HYPOTHESES`.
    median_m : float
        Median distance to the nearest road under this hypothesis.
    near_share : float
        Share of the points within 10 m of a road.
    score : float
        Log-likelihood of the distances minus that of random ground.
    probability : float
        Its share among the hypotheses.
    """

    hypothesis: str
    median_m: float
    near_share: float
    score: float
    probability: float


@dataclass(frozen=True)
class DatumFinding:
    """The finding on the datum of one input.

    Attributes
    ----------
    best : str or None
        The likeliest hypothesis, None where the roads do not decide.
    certain : bool
        Whether the evidence is strong enough to doubt the declared datum; else `best` is a
        proposal.
    points : int
        Number of distinct points that were used.
    evidence : tuple of Evidence
        By hypothesis, likeliest first.
    """

    best: str | None
    certain: bool
    points: int
    evidence: tuple[Evidence, ...]

    def of(self, hypothesis: str) -> Evidence | None:
        """The evidence for one hypothesis (cgcs2000 counts as wgs84), None where untested."""
        name = "wgs84" if hypothesis == "cgcs2000" else hypothesis
        return next((item for item in self.evidence if item.hypothesis == name), None)


def road_distance(roads: Roads) -> Distance:
    """The distance to the nearest road open to walkers, as a function of places in WGS-84.

    Motorways count only where there is no other road, since places are not beside them.

    Parameters
    ----------
    roads : Roads

    Returns
    -------
    Callable
        ``(lon, lat) -> metres``, at most 5,000.
    """
    rows = np.flatnonzero(roads.foot != CLOSED)
    edges = (rows if len(rows) else np.arange(len(roads))).astype(np.int32)
    snapper = Snapper(roads, edges)

    def distance(lon: Floats, lat: Floats) -> Floats:
        found = snapper.snap(lon, lat, max_access_m=_FAR_M).access_m
        return np.where(np.isnan(found), _FAR_M, np.minimum(found, _FAR_M))

    return distance


def detect_datum(lon: Floats, lat: Floats, distance: Distance) -> DatumFinding:
    """Estimate the datum of coordinates by their distances to the roads.

    Parameters
    ----------
    lon, lat : float64 (n)
        Degrees as in the file, unshifted. NaN and repeated points are left out.
    distance : Distance
        From places in WGS-84 to the nearest road (`road_distance`).

    Returns
    -------
    DatumFinding
        ``best`` is None with fewer than 8 points, where no hypothesis has a share over one half,
        and where random ground explains the distances better.
    """
    points = _distinct(lon, lat)
    if not len(points):
        return DatumFinding(None, False, 0, ())
    return _evaluated(*_hypotheses(points, to_wgs84), distance)


def detect_roads_datum(lon: Floats, lat: Floats, distance: Distance) -> DatumFinding:
    """Estimate the datum of roads by the distances of known places to them.

    Parameters
    ----------
    lon, lat : float64 (n)
        Places in WGS-84.
    distance : Distance
        From coordinates in the datum of the road file to its nearest road (`road_distance` of
        unshifted roads).

    Returns
    -------
    DatumFinding
        As of `detect_datum`. It is as reliable as the places.
    """
    points = _distinct(lon, lat)
    if not len(points):
        return DatumFinding(None, False, 0, ())
    return _evaluated(*_hypotheses(points, from_wgs84), distance)


def _evaluated(names: list[str], places: list[Floats], distance: Distance) -> DatumFinding:
    """The evidence for every hypothesis, and the finding."""
    near = [_distances(place, distance) for place in places]
    scores = np.array([_score(metres, ground) for metres, ground in near])
    share = _shares(scores)
    evidence = [
        Evidence(
            name,
            float(np.median(metres)),
            float((metres <= _NEAR_M).mean()),
            float(score),
            float(part),
        )
        for name, (metres, _), score, part in zip(names, near, scores, share, strict=True)
    ]
    return _finding(evidence, len(places[0]))


def contradicts(finding: DatumFinding, declared: str) -> bool:
    """Whether the finding is certain and another datum than the declared one."""
    said = "wgs84" if declared == "cgcs2000" else declared
    return finding.certain and finding.best is not None and finding.best != said


def _finding(evidence: Sequence[Evidence], points: int) -> DatumFinding:
    ordered = tuple(sorted(evidence, key=lambda item: -item.probability))
    first = ordered[0]
    enough = points >= _LEAST_POINTS and len(ordered) > 1
    if not (enough and first.probability > _NAMED and first.score > _LEAST_SCORE):
        return DatumFinding(None, False, points, ordered)
    scores = np.array([0.0, *(item.score for item in ordered)])
    against_doubt = _shares(scores)[1]
    return DatumFinding(first.hypothesis, bool(against_doubt >= _CERTAIN), points, ordered)


def _distinct(lon: Floats, lat: Floats) -> Floats:
    """Distinct finite places, at most `_MOST_POINTS`, spread evenly over the file."""
    pairs = np.column_stack([lon, lat]).astype(np.float64)
    pairs = pairs[np.isfinite(pairs).all(axis=1)]
    pairs = pairs[(np.abs(pairs) <= [180.0, 90.0]).all(axis=1)]
    if not len(pairs):
        return pairs
    _, first = np.unique(pairs, axis=0, return_index=True)
    kept = np.sort(first)
    if len(kept) > _MOST_POINTS:
        kept = kept[np.linspace(0, len(kept) - 1, _MOST_POINTS).astype(np.int64)]
    return pairs[kept]


def _hypotheses(points: Floats, shift: Shift) -> tuple[list[str], list[Floats]]:
    """The hypotheses that differ at these points, and the points under each."""
    names, places = ["wgs84"], [points]
    moved = np.column_stack(shift(points[:, 0], points[:, 1], "gcj02"))
    metres = np.abs(moved - points).max(axis=1) * 111_000.0
    if np.median(metres) < _SAME_M:
        return names, places  # outside China there are no GCJ-02 and BD-09
    for name in ("gcj02", "bd09"):
        names.append(name)
        places.append(np.column_stack(shift(points[:, 0], points[:, 1], name)))
    return names, places


def _distances(place: Floats, distance: Distance) -> tuple[Floats, Floats]:
    """Distances of the points (n) and of their shifted copies (n, copies)."""
    at = np.arange(_COPIES)
    low, high = _RING_M
    radius = low + (high - low) * ((at * _GOLDEN_RATIO) % 1.0)
    east_m, north_m = radius * np.cos(at * _GOLDEN_ANGLE), radius * np.sin(at * _GOLDEN_ANGLE)
    per_lon, per_lat = metres_per_degree(place[:, 1])
    lon = place[:, :1] + east_m / per_lon[:, None]
    lat = place[:, 1:] + north_m / per_lat[:, None]
    ground = distance(lon.ravel(), lat.ravel()).reshape(lon.shape)
    return distance(place[:, 0], place[:, 1]), ground


def _score(metres: Floats, ground: Floats) -> float:
    """Log-likelihood ratio of typical distances to the ground nearby, over all shapes."""
    logs = []
    for weight, typical_m, spread in _SHAPES:
        elsewhere = _weight(ground, typical_m, spread).mean(axis=1)
        better = np.log(_weight(metres, typical_m, spread) / elsewhere)
        logs.append(float(np.log(weight) + better.sum()))
    return float(np.logaddexp.reduce(np.array(logs)))


def _weight(metres: Floats, typical_m: float, spread: float) -> Floats:
    """The relative likelihood of a place at this distance from a road."""
    away = np.log(np.maximum(metres, 1.0) / typical_m) / spread
    weight: Floats = _FLOOR + np.exp(-0.5 * away * away)
    return weight


def _shares(logs: Floats) -> Floats:
    parts: Floats = np.exp(logs - logs.max())
    return parts / parts.sum()
