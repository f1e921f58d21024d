"""A study with rates that are counted by hand, on the roads and units of the hand study."""

from __future__ import annotations

from pathlib import Path

import shapely

from tests.worlds.hand_study import STUDY, write_hand_study
from tests.worlds.streets import write_geojson

__all__ = ["write_rate_study"]

# b1 and b4 are met; b2 is not; b3 says nothing of its end, b5 nothing at all. b6 is in no unit.
ESTATES = """id,name,lon,lat,homes,started,finished,kind
b1,one,114.005,30.0,100,是,是,old
b2,two,114.005,30.001,50,是,否,old
b3,three,114.02,30.0,30,是,,old
b4,four,114.025,30.02,20,是,是,new
b5,five,114.025,30.021,10,,,new
b6,six,113.9,30.3,5,否,否,old
b7,no weight,114.0,30.0,,是,是,old
b8,negative,114.0,30.0,-1,是,是,old
"""
# By code alone; one without a place and without a code.
VILLAGES = """code,id,name,persons,built
u1,v1,甲村,3,2024-06-30
u1,v2,乙村,0,2024-07-01
u2,v3,丙村,2,2024年5月1日
u9,v4,丁村,1,2020/1/1
,v5,戊村,1,2020/1/1
"""
LAYERS = """
[[layers]]
key = "walk"
path = "sites.csv"
minutes = 15

[[layers]]
key = "renewal"
title = { "zh-CN" = "老旧小区改造", en = "Renewal of estates" }
path = "renewal.csv"
rule = "rate"
condition = "started = '是' and finished != '否'"
weight = "homes"

[[layers]]
key = "old"
path = "renewal.csv"
rule = "rate"
condition = "started = '是'"
only = { kind = ["old"] }

[[layers]]
key = "persons"
path = "villages.csv"
unit = "code"
rule = "rate"
condition = "persons >= 1 and built <= 2024-06-30"

[[layers]]
key = "plots"
path = "plots.geojson"
rule = "rate"
condition = "tapped in ('yes', 'partly')"
"""


def write_rate_study(folder: Path, *, locale: str = "zh-CN") -> Path:
    """Write the study into `folder` and return it."""
    write_hand_study(folder)
    head = STUDY.partition("[[layers]]")[0]
    head = head.replace('name = "手算"', f'name = "手算"\nlocale = "{locale}"')
    (folder / "study.toml").write_text(head + LAYERS, encoding="utf-8")
    (folder / "renewal.csv").write_text(ESTATES, encoding="utf-8")
    (folder / "villages.csv").write_text(VILLAGES, encoding="utf-8")
    plots = [
        ({"id": "p1", "tapped": "yes"}, shapely.box(114.0, 29.999, 114.002, 30.001)),
        ({"id": "p2", "tapped": "no"}, shapely.box(114.02, 29.999, 114.022, 30.001)),
    ]
    write_geojson(folder / "plots.geojson", plots)
    return folder
