"""How people travel: speed of each profile on each edge.

Sources of the speeds: walk 4.0 km/h makes 15 minutes 1,000 m, the 15-minute circle of
GB 50180-2018; walk_senior 3.4 km/h is 0.943 m/s, women of 80-99 years (Bohannon & Andrews 2011);
cycle 13.5 and e-bike 17.0 km/h were measured in Hangzhou (doi 10.1177/1687814015616918); the
driving speeds are urban defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.roads.roads import Roads
from geo.study.model import ProfileInput

__all__ = ["DRIVE_KMH", "MAXSPEED_FACTOR", "MOVING_KMH", "OFF_ROAD_KMH", "Profile", "profile_of"]

MOVING_KMH = {"walk": 4.0, "walk_senior": 3.4, "cycle": 13.5, "ebike": 17.0}
DRIVE_KMH = {
    "motorway": 90.0,
    "trunk": 70.0,
    "primary": 50.0,
    "secondary": 40.0,
    "tertiary": 30.0,
    "unclassified": 30.0,
    "residential": 20.0,
    "living_street": 10.0,
    "service": 15.0,
}
# What traffic makes of a sign.
MAXSPEED_FACTOR = 0.9
# Between a point and its road everybody walks: walkers at their own speed, the others at this one.
OFF_ROAD_KMH = 4.0


@dataclass(frozen=True)
class Profile:
    """One way of travelling, speeds settled.

    Attributes
    ----------
    mode : str
        Which access rules hold: ``foot``, ``cycle`` or ``drive``.
    kmh : float
        Speed on every edge; NaN for driving, where it depends on the edge.
    off_road_kmh : float
        Speed on the straight line between a point and its road.
    class_kmh : Mapping[str, float]
        Driving speed by highway class; empty for the others.
    """

    name: str
    mode: str
    kmh: float
    off_road_kmh: float
    class_kmh: Mapping[str, float]

    def speed_kmh(self, roads: Roads) -> NDArray[np.float64]:
        """Speed on every edge, float64 (n), NaN where the profile has none."""
        if self.mode != "drive":
            return np.full(len(roads), self.kmh)
        classes, index = np.unique(roads.highway, return_inverse=True)
        speed = np.array([self._class_speed(str(name)) for name in classes])[index]
        cap = roads.maxspeed_kmh.astype(np.float64) * MAXSPEED_FACTOR
        speed = np.fmin(speed, cap)
        given = roads.speed_kmh.astype(np.float64)
        return np.where(np.isfinite(given), given, speed)

    def _class_speed(self, highway: str) -> float:
        """A link goes like its parent; an edge without a class like an unclassified road."""
        name = highway.removesuffix("_link") or "unclassified"
        return self.class_kmh.get(name, float("nan"))

    def access(self, roads: Roads) -> NDArray[np.uint8]:
        """CLOSED, OPEN or PRIVATE for this profile, uint8 (n)."""
        return {"foot": roads.foot, "cycle": roads.cycle, "drive": roads.drive}[self.mode]

    def oneway(self, roads: Roads) -> NDArray[np.int8]:
        """1 (u to v only), -1 (v to u only) or 0, int8 (n); walkers are not bound."""
        if self.mode == "foot":
            return np.zeros(len(roads), np.int8)
        return roads.oneway_cycle if self.mode == "cycle" else roads.oneway_drive


def profile_of(name: str, overrides: Mapping[Any, ProfileInput] | None = None) -> Profile:
    """The profile of this name with the study's own speeds, if it gives any.

    Parameters
    ----------
    name : str
        walk, walk_senior, cycle, ebike or drive.
    overrides : Mapping[str, ProfileInput], optional
        ``study.profiles``.
    """
    own = (overrides or {}).get(name)
    if name == "drive":
        speeds = {**DRIVE_KMH, **(own.speeds if own else {})}
        return Profile(name, "drive", float("nan"), OFF_ROAD_KMH, speeds)
    kmh = own.kmh if own and own.kmh else MOVING_KMH[name]
    walks = name in ("walk", "walk_senior")
    return Profile(name, "foot" if walks else "cycle", kmh, kmh if walks else OFF_ROAD_KMH, {})
