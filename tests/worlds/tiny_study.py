"""A study small enough to count by hand: one straight road, two units, five estates.

At 30.5° N a thousandth of a degree of longitude is 95.98 m. On foot at 4 km/h 15 minutes are
1,000 m, by e-bike 4,250 m:

====  ======  =========  ==============================  ============
id    lon     unit       from the station (114.300)      on foot
====  ======  =========  ==============================  ============
E1    .305    U1         480 m                           within
E2    .309    U1         864 m                           within
E3    .315    U2         1,440 m                         too far
E4    .325    U2         2,400 m                         too far
E5    .306    U1         1.1 km beside the road          road in doubt
====  ======  =========  ==============================  ============

Hence 2 of 5 on foot (40 %), 4 of 5 by e-bike (80 %), 1 of 2 units with a station (50 %). The car
park stands 192 m from E4: 1 of 5 within 300 m (20 %).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ESTATES", "write_study"]

ESTATES = ("一号小区", "二号小区", "三号小区", "四号小区", "五号湾")
_PLACES = ((114.305, 30.5), (114.309, 30.5), (114.315, 30.5), (114.325, 30.5), (114.306, 30.51))

_STUDY = """
[study]
name = {{ "zh-CN" = "小镇", en = "Small town" }}
locale = "{locale}"
sources = ["手工样例 / made by hand"]

[units]
path = "units.geojson"
id = "code"
level = "township"
parents = ["county"]
approximate = {{ "zh-CN" = "界线为示意。", en = "Borders are a sketch." }}

[demand]
path = "estates.csv"
weight_unit = "个"

[network]
path = "roads.geojson"
note = {{ "zh-CN" = "只有一条路。", en = "There is one road only." }}

[[layers]]
key = "station"
service = "station"
title = {{ "zh-CN" = "服务站·步行", en = "Stations, on foot" }}
path = "stations.csv"
profile = "walk"
minutes = 15
bands = [5, 10]
proxy = {{ "zh-CN" = "以手工点代替。", en = "Points by hand stand in." }}

[[layers]]
key = "station_ebike"
service = "station"
title = {{ "zh-CN" = "服务站·电动自行车", en = "Stations, by e-bike" }}
path = "stations.csv"
profile = "ebike"
minutes = 15

[[layers]]
key = "parking"
title = {{ "zh-CN" = "停车场", en = "Parking" }}
path = "parking.csv"
metres = 300
"""


def write_study(
    folder: Path, *, locale: str = "zh-CN", names: Sequence[str] = ESTATES, unit: str = "甲街道"
) -> Path:
    """Write the study into `folder` and return it.

    Parameters
    ----------
    names : sequence of str
        Names of the five estates.
    unit : str
        Name of the unit that holds the station.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(_STUDY.format(locale=locale), encoding="utf-8")
    rows = [
        f"E{number},{_cell(name)},{lon},{lat}"
        for number, (name, (lon, lat)) in enumerate(zip(names, _PLACES, strict=True), start=1)
    ]
    _csv(folder / "estates.csv", rows)
    _csv(folder / "stations.csv", ["S1,一号站,114.300,30.5"])
    _csv(folder / "parking.csv", ["P1,东门停车场,114.327,30.5"])
    road = {"type": "LineString", "coordinates": [[114.299, 30.5], [114.331, 30.5]]}
    _geojson(folder / "roads.geojson", [({"highway": "residential"}, road)])
    areas = [
        ({"code": "U1", "name": unit, "county": "甲县"}, _box(114.298, 114.312)),
        ({"code": "U2", "name": "乙街道", "county": "乙县"}, _box(114.312, 114.332)),
    ]
    _geojson(folder / "units.geojson", areas)
    return folder


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _csv(path: Path, rows: Sequence[str]) -> None:
    path.write_text("\n".join(["id,name,lon,lat", *rows]) + "\n", encoding="utf-8")


def _box(west: float, east: float) -> dict[str, object]:
    south, north = 30.48, 30.52
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _geojson(path: Path, features: Sequence[tuple[dict[str, str], dict[str, object]]]) -> None:
    rows = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    text = json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
