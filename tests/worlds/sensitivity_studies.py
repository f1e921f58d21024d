"""Studies for sensitivity: one whose range is known by hand, and random ones with every road rule.

At 30° N along one road, with the station at its west end and 15 minutes at 4 km/h (1,000 m):

====  =======  =======  ==================================================================
id    along    beside   what changes it
====  =======  =======  ==================================================================
E1    500 m    0 m      nothing
E2    950 m    0 m      lost at 0.9 of the speed (900 m)
E3    1,050 m  0 m      gained at 1.1 of the speed (1,100 m) and at 5 km/h (1,250 m)
E4    700 m    240 m    lost at 0.9 of the speed; lost with legs × 1.3 (1,012 m)
E5    100 m    400 m    lost where only 300 m to the road are allowed
E6    100 m    700 m    off network; gained where 800 m are allowed
E7    1,000 m  0 m      exactly at the limit; lost at 0.9 of the speed; 1,000.4 m as the crow flies
====  =======  =======  ==================================================================

So 5 of 7 are within the limit; 2 of 7 at the least and 6 of 7 at the most.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from geo.coordinates.local_metres import metres_per_degree
from tests.worlds.streets import write_geojson

__all__ = ["write_known_study", "write_one_road", "write_random_study"]

_KNOWN = """
[study]
name = { "zh-CN" = "一条路", en = "One road" }
[units]
path = "units.geojson"
level = "township"
[demand]
path = "estates.csv"
weight_unit = "个"
[network]
path = "roads.geojson"
[[layers]]
key = "station"
title = { "zh-CN" = "服务站", en = "Stations" }
path = "stations.csv"
minutes = 15
"""
_PLACES = (
    ("E1", 500, 0),
    ("E2", 950, 0),
    ("E3", 1050, 0),
    ("E4", 700, 240),
    ("E5", 100, 400),
    ("E6", 100, 700),
)
_LAT = 30.0
_END_M = 1000.4  # on the ground; 1,000 m by the road file


def write_known_study(folder: Path) -> Path:
    """Write the study with the known range into `folder` and return it."""
    (east,), _ = metres_per_degree(np.array([_LAT]))
    folder = write_one_road(folder, _PLACES)
    path = folder / "estates.csv"
    header, rest = path.read_text(encoding="utf-8").split("\n", 1)
    end = f"E7,{114 + _END_M / east},{_LAT}"
    path.write_text(f"{header}\n{end}\n{rest}", encoding="utf-8")
    return folder


def write_one_road(
    folder: Path, places: Sequence[tuple[str, float, float]], *, max_access_m: float = 500
) -> Path:
    """Write a study along one straight road from a station to the east, and return `folder`.

    Parameters
    ----------
    places : sequence of (id, along, beside)
        Metres from the station along the road, and from the road to the north.
    max_access_m : float
    """
    folder.mkdir(parents=True, exist_ok=True)
    toml = _KNOWN.replace("[network]", f"[network]\nmax_access_m = {max_access_m}")
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    (east,), (north,) = metres_per_degree(np.array([_LAT]))
    rows = [
        {"id": name, "lon": 114 + along / east, "lat": _LAT + beside / north}
        for name, along, beside in places
    ]
    _csv(folder / "estates.csv", rows)
    _csv(folder / "stations.csv", [{"id": "S1", "lon": 114.0, "lat": _LAT}])
    end = 114 + _END_M / east
    streets = [
        ({"highway": "residential", "length_m": 1000.0}, [(114.0, _LAT), (end, _LAT)]),
        ({"highway": "residential"}, [(end, _LAT), (end + 1000 / east, _LAT)]),
    ]
    write_geojson(folder / "roads.geojson", [(t, shapely.LineString(x)) for t, x in streets])
    square = shapely.box(113.9, 29.9, 114.1, 30.1)
    write_geojson(folder / "units.geojson", [({"id": "U1", "name": "东镇"}, square)])
    return folder


_RANDOM = """
[study]
name = "随机"
[units]
path = "units.geojson"
level = "township"
[demand]
path = "estates.csv"
weight = "people"
group = "estate"
unit = "unit"
[network]
path = "roads.geojson"
overrides = "overrides.csv"
alternative = "others.geojson"
[[layers]]
key = "walk"
path = "sites.csv"
minutes = 6
[[layers]]
key = "metres"
path = "sites.csv"
profile = "walk_senior"
metres = 450
[[layers]]
key = "named"
rule = "assigned"
path = "sites.csv"
minutes = 8
[[layers]]
key = "cycle"
path = "sites.csv"
profile = "cycle"
minutes = 3
[[layers]]
key = "drive"
path = "sites.csv"
profile = "drive"
direction = "from"
minutes = 2.5
"""
_CORNER = np.array([114.0, 30.0])
_CLASSES = ("residential", "secondary", "service", "footway", "unclassified")


def write_random_study(folder: Path, seed: int) -> Path:
    """Write a study on a random grid of streets, with one-ways, caps and overrides."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(_RANDOM, encoding="utf-8")
    for name in ("roads", "others"):
        write_geojson(folder / f"{name}.geojson", _streets(random))
    halves = {"U1": (113.99, 114.005), "U2": (114.005, 114.03)}
    areas = [
        ({"id": i, "name": i}, shapely.box(w, 29.99, e, 30.03)) for i, (w, e) in halves.items()
    ]
    write_geojson(folder / "units.geojson", areas)
    estates = [
        {
            "id": f"D{number:02}",
            "lon": repr(float(lon)),
            "lat": repr(float(lat)),
            "people": int(random.integers(1, 50)),
            "estate": f"园{number // 2}" if number < 8 else "",
            "unit": "U1" if lon < 114.005 else "U2",
        }
        for number, (lon, lat) in enumerate(_CORNER + random.uniform(-0.004, 0.016, (60, 2)))
    ]
    _csv(folder / "estates.csv", estates)
    sites = [
        {
            "id": f"S{n}",
            "lon": float(lon),
            "lat": float(lat),
            "serves": ("U1", "U1;U2", "U2")[n % 3],
        }
        for n, (lon, lat) in enumerate(_CORNER + random.uniform(-0.001, 0.013, (5, 2)))
    ]
    _csv(folder / "sites.csv", sites)
    overrides = [
        {"edge": "3", "profile": "", "allowed": "", "speed_kmh": 7.5, "minutes": ""},
        {"edge": "8", "profile": "", "allowed": "", "speed_kmh": "", "minutes": 1.25},
    ]
    _csv(folder / "overrides.csv", overrides)
    return folder


def _streets(random: np.random.Generator) -> list[tuple[dict[str, Any], Any]]:
    side = 7
    nodes = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1) * 0.002 + _CORNER
    nodes = nodes + random.uniform(-0.0004, 0.0004, nodes.shape)
    found = []
    for i in range(side):
        for j in range(side):
            for k, m in ((i + 1, j), (i, j + 1)):
                if k < side and m < side and random.random() < 0.9:
                    tags = {
                        "id": str(len(found) + 1),
                        "highway": str(random.choice(_CLASSES)),
                        "oneway": str(random.choice(["", "", "yes", "-1"])),
                        "maxspeed": str(random.choice(["", "10", "60"])),
                        "speed_kmh": 12.0 if random.random() < 0.1 else None,
                    }
                    found.append((tags, shapely.LineString([nodes[i, j], nodes[k, m]])))
    return found


def _csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
