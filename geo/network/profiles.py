"""How people travel: the speed and the time of each profile on each edge.

Sources of the speeds: walk 4.0 km/h makes 15 minutes 1,000 m, the 15-minute circle of
GB 50180-2018; walk_senior 3.4 km/h is 0.943 m/s, women of 80-99 years (Bohannon & Andrews 2011);
cycle 13.5 and e-bike 17.0 km/h were measured in Hangzhou (doi 10.1177/1687814015616918); the
driving speeds are urban defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.roads.roads import CLOSED, Roads
from geo.study.model import ProfileInput

__all__ = [
    "DRIVE_KMH",
    "MAXSPEED_FACTOR",
    "MOVING_KMH",
    "OFF_ROAD_KMH",
    "Profile",
    "profile_of",
    "travel_ms",
]

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
    "road": 20.0,
    "track": 15.0,
}
# Driving speed as a share of the signposted maximum.
MAXSPEED_FACTOR = 0.9
# Everybody walks between a point and its road: walkers at their own speed, others at this one.
OFF_ROAD_KMH = 4.0


@dataclass(frozen=True)
class Profile:
    """One way of travelling, with its speeds.

    Attributes
    ----------
    mode : str
        Whose access rules apply: ``foot``, ``cycle`` or ``drive``.
    kmh : float
        Speed on every edge; NaN for driving, where the speed depends on the edge.
    off_road_kmh : float
        Speed on the straight line between a point and its road.
    class_kmh : Mapping[str, float]
        Driving speed by highway class; empty for the others.
    speed_factor : float
        By which every speed on an edge is multiplied, after its caps; `off_road_kmh` holds it
        already.
    avoid : tuple of str
        Classes of `highway` that the profile does not use, as they are written.
    """

    name: str
    mode: str
    kmh: float
    off_road_kmh: float
    class_kmh: Mapping[str, float]
    speed_factor: float = 1.0
    avoid: tuple[str, ...] = ()

    def with_speed_factor(self, factor: float) -> Profile:
        """The profile with every speed multiplied: on edges, and of walkers between them.

        Travellers who do not walk keep their walking speed between a point and its road.
        """
        walked = factor if self.mode == "foot" else 1.0
        return replace(
            self,
            speed_factor=self.speed_factor * factor,
            off_road_kmh=self.off_road_kmh * walked,
        )

    def speed_kmh(self, roads: Roads) -> NDArray[np.float64]:
        """Speed on every edge, float64 (n), NaN where the profile has none."""
        if self.mode != "drive":
            return np.full(len(roads), self.kmh * self.speed_factor)
        classes, index = np.unique(roads.highway, return_inverse=True)
        speed = np.array([self._class_speed(str(name)) for name in classes])[index]
        cap = roads.maxspeed_kmh.astype(np.float64) * MAXSPEED_FACTOR
        speed = np.fmin(speed, cap)
        given = roads.speed_kmh.astype(np.float64)
        return np.where(np.isfinite(given), given, speed) * self.speed_factor

    def edge_ms(self, roads: Roads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Time along every whole edge, from u to v and from v to u.

        This is where a profile whose two directions differ (slope) comes in.

        Returns
        -------
        forward, backward : int64 (n)
            Milliseconds in the direction of travel, -1 where the profile cannot travel that way.
            One array serves as both where the two are equal, so that no memory is used twice.
        """
        speed = self.speed_kmh(roads)
        known = np.isfinite(speed) & (speed > 0)
        ms = np.full(len(roads), -1, np.int64)
        ms[known] = travel_ms(roads.length_m[known], speed[known])
        return ms, ms

    def _class_speed(self, highway: str) -> float:
        """A link has the speed of its class; an edge without a class that of unclassified roads."""
        name = highway.removesuffix("_link") or "unclassified"
        return self.class_kmh.get(name, float("nan"))

    def access(self, roads: Roads) -> NDArray[np.uint8]:
        """CLOSED, OPEN or PRIVATE for this profile, uint8 (n)."""
        access = {"foot": roads.foot, "cycle": roads.cycle, "drive": roads.drive}[self.mode]
        if not self.avoid:
            return access
        return np.where(np.isin(roads.highway, self.avoid), CLOSED, access).astype(np.uint8)

    def oneway(self, roads: Roads) -> NDArray[np.int8]:
        """1 (u to v only), -1 (v to u only) or 0, int8 (n)."""
        of_mode = {
            "foot": roads.oneway_foot,
            "cycle": roads.oneway_cycle,
            "drive": roads.oneway_drive,
        }
        return of_mode[self.mode]


def travel_ms(length_m: NDArray[np.float64], kmh: NDArray[np.float64] | float) -> NDArray[np.int64]:
    """Time over a length at a speed in whole milliseconds, rounded half to even.

    Parameters
    ----------
    length_m : float64 (n)
    kmh : float64 (n) or float
        Greater than 0.

    Examples
    --------
    >>> travel_ms(np.array([1000.0]), 4.0)
    array([900000])
    """
    # m / (km/h) in ms: 3,600,000 ms an hour over 1,000 m a kilometre.
    milliseconds: NDArray[np.float64] = np.rint(length_m * 3600.0 / kmh)
    # A very slow speed must not overflow; every search stops long before.
    return np.minimum(milliseconds, 2.0**52).astype(np.int64)


def profile_of(name: str, overrides: Mapping[Any, ProfileInput] | None = None) -> Profile:
    """The profile of this name, with the study's own speeds where it gives any.

    Parameters
    ----------
    name : str
        walk, walk_senior, cycle, ebike, drive, or a profile of the study's own.
    overrides : Mapping[str, ProfileInput], optional
        ``study.profiles``.
    """
    own = (overrides or {}).get(name)
    if own is not None and own.base is not None:
        return _own_profile(name, own, profile_of(own.base, overrides))
    if name == "drive":
        speeds = {**DRIVE_KMH, **(own.speeds if own else {})}
        return Profile(name, "drive", float("nan"), OFF_ROAD_KMH, speeds)
    kmh = own.kmh if own and own.kmh else MOVING_KMH[name]
    walks = name in ("walk", "walk_senior")
    return Profile(name, "foot" if walks else "cycle", kmh, kmh if walks else OFF_ROAD_KMH, {})


def _own_profile(name: str, own: ProfileInput, base: Profile) -> Profile:
    """A profile of the study's own: its base with another speed, and classes that it avoids."""
    kmh = own.kmh or base.kmh
    return replace(
        base,
        name=name,
        kmh=kmh,
        off_road_kmh=kmh if base.mode == "foot" else base.off_road_kmh,
        class_kmh={**base.class_kmh, **own.speeds},
        avoid=tuple(own.avoid or ()),
    )
