"""A study of six units along one street, with two estates in each and a station in the first.

A unit is 0.02 degrees long (1.9 km); its estates stand 480 m on either side of its middle. On foot
a station in the middle of a unit reaches both estates of that unit within 15 minutes (1,000 m), and
none of another one.
"""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["UNITS", "middle_of", "write_stations", "write_street"]

UNITS = ("U1", "U2", "U3", "U4", "U5", "U6")
_WEST, _LENGTH, _LAT = 114.300, 0.02, 30.5
_STUDY = """
[study]
name = { "zh-CN" = "长街", en = "Long street" }
locale = "zh-CN"

[units]
path = "units.geojson"
id = "code"
level = "township"
parents = ["county"]

[demand]
path = "estates.csv"
weight_unit = "个"

[network]
path = "roads.geojson"

[[layers]]
key = "station"
title = { "zh-CN" = "服务站", en = "Stations" }
path = "stations.csv"
profile = "walk"
minutes = 15
"""


def middle_of(unit: str) -> float:
    """Longitude of the middle of a unit."""
    return round(_WEST + _LENGTH * (UNITS.index(unit) + 0.5), 6)


def write_street(folder: Path) -> Path:
    """Write the study into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(_STUDY, encoding="utf-8")
    rows = ["id,name,lon,lat"]
    areas = []
    for unit in UNITS:
        middle = middle_of(unit)
        for side, offset in (("W", -0.005), ("E", 0.005)):
            rows.append(f"{unit}{side},{unit}{side}小区,{middle + offset:.6f},{_LAT}")
        west, east = middle - _LENGTH / 2, middle + _LENGTH / 2
        ring = [[west, 30.48], [east, 30.48], [east, 30.52], [west, 30.52], [west, 30.48]]
        county = "甲县" if unit < "U4" else "乙县"
        properties = {"code": unit, "name": f"{unit}街道", "county": county}
        areas.append((properties, {"type": "Polygon", "coordinates": [ring]}))
    (folder / "estates.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    write_stations(folder, "U1")
    end = _WEST + _LENGTH * len(UNITS)
    road = {"type": "LineString", "coordinates": [[_WEST, _LAT], [end, _LAT]]}
    _write(folder / "roads.geojson", [({"highway": "residential"}, road)])
    _write(folder / "units.geojson", areas)
    return folder


def write_stations(folder: Path, *units: str) -> None:
    """Give these units a station in their middle, and no others."""
    rows = [f"S-{unit},{unit}站,{middle_of(unit)},{_LAT}" for unit in units]
    text = "\n".join(["id,name,lon,lat", *rows]) + "\n"
    (folder / "stations.csv").write_text(text, encoding="utf-8")


def _write(path: Path, features: list[tuple[dict[str, str], dict[str, object]]]) -> None:
    rows = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    text = json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
