"""An independent oracle: the contract's section 3 once more, slowly and by other means.

`nearest_sites` runs networkx on a graph with the points spliced in as nodes; `trip` enumerates the
simple paths of tiny graphs. Neither knows the engine's graph, its kernel nor its readings; both
start from `Roads` and from places on roads.

Weights are whole Python numbers that hold time, site and length at once (milliseconds, rank,
nanometres, from the top down), so that one search finds the least time, among equals the smaller
site, and then the shortest of the quickest paths, all without rounding.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from geo.roads.roads import CLOSED, PRIVATE, Roads
from tests.worlds.streets import Place

_MOVING_KMH = {"walk": 4.0, "walk_senior": 3.4, "cycle": 13.5, "ebike": 17.0}
_DRIVE_KMH = {
    "motorway": 90,
    "trunk": 70,
    "primary": 50,
    "secondary": 40,
    "tertiary": 30,
    "unclassified": 30,
    "residential": 20,
    "living_street": 10,
    "service": 15,
    "road": 20,
    "track": 15,
    "": 30,  # an edge table without classes
}
_RANK_BIT, _TIME_BIT = 60, 90
_MASK_NM, _MASK_RANK = (1 << _RANK_BIT) - 1, (1 << (_TIME_BIT - _RANK_BIT)) - 1
_PRIVATE_OPEN_PRIVATE = re.compile("p*o*p*")


@dataclass(frozen=True)
class Rules:
    """What a profile may do on every road, in the direction of travel.

    Attributes
    ----------
    open, private : list of bool
    ms, ms_back : list of int
        Whole-edge time from u to v, and from v to u.
    length_m : list of float
    ahead, back : list of bool
        Whether one may travel from u to v, and from v to u.
    off_road_kmh : float
    """

    u: list[int]
    v: list[int]
    open: list[bool]
    private: list[bool]
    ms: list[int]
    ms_back: list[int]
    length_m: list[float]
    ahead: list[bool]
    back: list[bool]
    off_road_kmh: float

    def access_ms(self, place: Place) -> int:
        """Time between a point and its road."""
        return _time_ms(place.access_m, self.off_road_kmh)


@dataclass(frozen=True)
class Nearest:
    """For every demand point; -1 and NaN where nothing is within the horizon.

    `joined` says whether any path, however long, leads to or from a site.
    """

    time_ms: NDArray[np.int64]
    rank: NDArray[np.int64]
    metres: NDArray[np.float64]
    joined: NDArray[np.bool_]


def _time_ms(length_m: float, kmh: float) -> int:
    return round(length_m * 3600.0 / kmh)  # Python rounds half to even


def rules_of(roads: Roads, profile: str) -> Rules:
    """Section 3 for one profile: who may go where, how fast."""
    access = {"walk": roads.foot, "walk_senior": roads.foot, "drive": roads.drive}.get(
        profile, roads.cycle
    )
    oneway = {
        "walk": roads.oneway_foot,
        "walk_senior": roads.oneway_foot,
        "drive": roads.oneway_drive,
    }.get(profile, roads.oneway_cycle)
    kmh = [_speed(roads, row, profile) for row in range(len(roads))]
    length_m = roads.length_m.tolist()
    ms = [_time_ms(m, s) if s else -1 for m, s in zip(length_m, kmh, strict=True)]
    usable = [a != CLOSED and s is not None for a, s in zip(access.tolist(), kmh, strict=True)]
    return Rules(
        u=roads.u.tolist(),
        v=roads.v.tolist(),
        open=usable,
        private=(access == PRIVATE).tolist(),
        ms=ms,
        ms_back=ms,
        length_m=length_m,
        ahead=(oneway != -1).tolist(),
        back=(oneway != 1).tolist(),
        off_road_kmh=_MOVING_KMH[profile] if profile.startswith("walk") else 4.0,
    )


def _speed(roads: Roads, row: int, profile: str) -> float | None:
    if profile != "drive":
        return _MOVING_KMH[profile]
    own = float(roads.speed_kmh[row])
    if not math.isnan(own):
        return own
    highway = str(roads.highway[row])
    highway = highway[: -len("_link")] if highway.endswith("_link") else highway
    speed: float | None = _DRIVE_KMH.get(highway)
    sign = float(roads.maxspeed_kmh[row])
    return speed if speed is None or math.isnan(sign) else min(speed, 0.9 * sign)


def nearest_sites(
    roads: Roads,
    profile: str,
    direction: str,
    sites: Sequence[Place],
    demand: Sequence[Place],
    *,
    horizon_ms: int,
    rules: Rules | None = None,
) -> Nearest:
    """The nearest site of every demand point, by networkx; the sites' order is their rank.

    `rules` replaces those of the profile.
    """
    graph = _Spliced(rules or rules_of(roads, profile), turned=direction == "to")
    graph.add_streets()
    graph.add_places("site", sites, begins=direction == "from")
    graph.add_places("demand", demand, begins=direction == "to")
    for rank, site in enumerate(sites):
        if site.edge >= 0:
            # Its own arc carries the rank; `turned` is taken back, as this is no travel.
            graph.link("start", ("site", rank), graph.rules.access_ms(site), site.access_m, rank)
    graph.join_on_one_edge(sites, demand, direction)
    graph.graph.add_node("start")
    found = nx.single_source_dijkstra_path_length(graph.graph, "start")
    return _read(found, demand, graph.rules, horizon_ms)


def _read(
    found: dict[object, int], demand: Sequence[Place], rules: Rules, horizon_ms: int
) -> Nearest:
    count = len(demand)
    time_ms, rank = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    metres, joined = np.full(count, np.nan), np.zeros(count, np.bool_)
    for row, place in enumerate(demand):
        weight = found.get(("demand", row))
        if weight is None or place.edge < 0:
            continue
        joined[row] = True
        ms = (weight >> _TIME_BIT) + rules.access_ms(place)
        if ms <= horizon_ms:
            time_ms[row] = ms
            rank[row] = (weight >> _RANK_BIT) & _MASK_RANK
            metres[row] = (weight & _MASK_NM) / 1e9 + place.access_m
    return Nearest(time_ms, rank, metres, joined)


class _Spliced:
    """The graph, built in the direction of travel; `turned` lays every arc the other way round.

    A node at a private way stands three times: before the public part of a trip (0), in it (1) and
    after it (2).
    """

    def __init__(self, rules: Rules, *, turned: bool) -> None:
        self.rules = rules
        self.graph: nx.DiGraph = nx.DiGraph()
        self._turned = turned
        self._tripled = {
            node
            for row in range(len(rules.u))
            if rules.open[row] and rules.private[row]
            for node in (rules.u[row], rules.v[row])
        }

    def _key(self, node: int, part: int) -> tuple[int, int]:
        return (node, part if node in self._tripled else 1)

    def link(self, a: object, b: object, ms: int, metres: float, rank: int = 0) -> None:
        """An arc; of parallel ones the best stays."""
        weight = (ms << _TIME_BIT) | (rank << _RANK_BIT) | round(metres * 1e9)
        known = self.graph.get_edge_data(a, b)
        if known is None or weight < known["weight"]:
            self.graph.add_edge(a, b, weight=weight)

    def _travel(self, a: object, b: object, ms: int, metres: float) -> None:
        if self._turned:
            a, b = b, a
        self.link(a, b, ms, metres)

    def add_streets(self) -> None:
        """Whole edges, and the steps from one part of a trip to the next."""
        rules = self.rules
        for row in range(len(rules.u)):
            if not rules.open[row]:
                continue
            for part in (0, 2) if rules.private[row] else (1,):
                u, v = self._key(rules.u[row], part), self._key(rules.v[row], part)
                if rules.ahead[row]:
                    self._travel(u, v, rules.ms[row], rules.length_m[row])
                if rules.back[row]:
                    self._travel(v, u, rules.ms_back[row], rules.length_m[row])
        for node in self._tripled:
            self._travel((node, 0), (node, 1), 0, 0.0)
            self._travel((node, 1), (node, 2), 0, 0.0)

    def add_places(self, kind: str, places: Sequence[Place], *, begins: bool) -> None:
        """Points at which trips begin, or end."""
        for number, place in enumerate(places):
            if place.edge < 0:
                continue
            for node, share, alone, whole_ms in _ends(self.rules, place, begins=begins):
                # On a node a trip has used no way yet, so its first may still be private.
                private = alone or self.rules.private[place.edge]
                part = (0 if begins else 2) if private else 1
                ms = round(whole_ms * share)
                metres = self.rules.length_m[place.edge] * share
                pair = [(kind, number), self._key(node, part)]
                self._travel(*(pair if begins else pair[::-1]), ms, metres)

    def join_on_one_edge(
        self, sites: Sequence[Place], demand: Sequence[Place], direction: str
    ) -> None:
        """Straight along the edge from one point on it to another."""
        for rank, site in enumerate(sites):
            for row, place in enumerate(demand):
                if site.edge < 0 or site.edge != place.edge:
                    continue
                begin, end = (place, site) if direction == "to" else (site, place)
                along = _along(self.rules, begin, end)
                if along is not None:
                    self.link(("site", rank), ("demand", row), *along)


def _ends(rules: Rules, place: Place, *, begins: bool) -> list[tuple[int, float, bool, int]]:
    """Node, share of the edge, "is that node" and time of the whole edge, of the ends that a point
    can leave for (begins) or be reached from."""
    row, fraction = place.edge, place.fraction
    towards_u = rules.back[row] if begins else rules.ahead[row]
    towards_v = rules.ahead[row] if begins else rules.back[row]
    ms_u, ms_v = (rules.ms_back, rules.ms) if begins else (rules.ms, rules.ms_back)
    ends = []
    if towards_u or fraction == 0.0:
        ends.append((rules.u[row], fraction, fraction == 0.0, ms_u[row]))
    if towards_v or fraction == 1.0:
        ends.append((rules.v[row], 1.0 - fraction, fraction == 1.0, ms_v[row]))
    return ends


def _along(rules: Rules, begin: Place, end: Place) -> tuple[int, float] | None:
    """Time and length between two points on one edge, None where one may not go that way."""
    step = end.fraction - begin.fraction
    allowed = step == 0 or (rules.ahead[begin.edge] if step > 0 else rules.back[begin.edge])
    if not allowed:
        return None
    whole_ms = (rules.ms if step > 0 else rules.ms_back)[begin.edge]
    return round(whole_ms * abs(step)), rules.length_m[begin.edge] * abs(step)


def trip(rules: Rules, begin: Place, end: Place) -> tuple[int, float] | None:
    """The quickest trip by enumeration of simple paths: ms and the metres of the shortest such.

    Every path is spelt as the ways it uses, ``p`` private and ``o`` open; only ``p*o*p*`` counts.
    For graphs of a handful of edges.
    """
    if begin.edge < 0 or end.edge < 0:
        return None
    found = [
        (ms, metres)
        for ms, metres, word in _paths(rules, begin, end)
        if _PRIVATE_OPEN_PRIVATE.fullmatch(word)
    ]
    if not found:
        return None
    ms, metres = min(found)
    access_ms = rules.access_ms(begin) + rules.access_ms(end)
    return ms + access_ms, metres + begin.access_m + end.access_m


def _paths(rules: Rules, begin: Place, end: Place) -> list[tuple[int, float, str]]:
    found: list[tuple[int, float, str]] = []
    if begin.edge == end.edge and (along := _along(rules, begin, end)) is not None:
        found.append((*along, "o"))
    arrivals: dict[int, list[tuple[int, float, str]]] = {}
    for node, share, alone, whole_ms in _ends(rules, end, begins=False):
        arrivals.setdefault(node, []).append(_piece(rules, end.edge, share, alone, whole_ms))
    leaving: dict[int, list[tuple[int, int, int]]] = {}
    for row in range(len(rules.u)):
        if rules.open[row] and rules.u[row] != rules.v[row]:
            if rules.ahead[row]:
                leaving.setdefault(rules.u[row], []).append((row, rules.v[row], rules.ms[row]))
            if rules.back[row]:
                leaving.setdefault(rules.v[row], []).append((row, rules.u[row], rules.ms_back[row]))

    def walk(node: int, ms: int, metres: float, word: str, seen: frozenset[int]) -> None:
        if not _PRIVATE_OPEN_PRIVATE.fullmatch(word):
            return
        for rest_ms, rest_m, letter in arrivals.get(node, []):
            found.append((ms + rest_ms, metres + rest_m, word + letter))
        for row, target, whole_ms in leaving.get(node, []):
            if target not in seen:
                more = _piece(rules, row, 1.0, False, whole_ms)
                walk(target, ms + more[0], metres + more[1], word + more[2], seen | {target})

    for node, share, alone, whole_ms in _ends(rules, begin, begins=True):
        walk(node, *_piece(rules, begin.edge, share, alone, whole_ms), frozenset((node,)))
    return found


def _piece(
    rules: Rules, row: int, share: float, alone: bool, whole_ms: int
) -> tuple[int, float, str]:
    """Time, length and letter of a part of an edge; on a node no way is used at all."""
    letter = "" if alone else "p" if rules.private[row] else "o"
    return round(whole_ms * share), rules.length_m[row] * share, letter


def nearest_by_trips(
    roads: Roads,
    profile: str,
    direction: str,
    sites: Sequence[Place],
    demand: Sequence[Place],
    *,
    horizon_ms: int,
    rules: Rules | None = None,
) -> Nearest:
    """`nearest_sites` by enumeration."""
    rules = rules or rules_of(roads, profile)
    count = len(demand)
    time_ms, rank = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    metres, joined = np.full(count, np.nan), np.zeros(count, np.bool_)
    for row, place in enumerate(demand):
        trips = []
        for number, site in enumerate(sites):
            ends = (place, site) if direction == "to" else (site, place)
            if (best := trip(rules, *ends)) is not None:
                trips.append((best[0], number, best[1]))
        joined[row] = bool(trips)
        if trips and min(trips)[0] <= horizon_ms:
            time_ms[row], rank[row], metres[row] = min(trips)
    return Nearest(time_ms, rank, metres, joined)
