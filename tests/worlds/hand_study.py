"""A study folder that can be counted by hand; `test_pipeline` does the counting."""

from __future__ import annotations

from pathlib import Path

import shapely

from tests.worlds.streets import write_geojson

__all__ = ["write_hand_study"]

STUDY = """
[study]
name = "手算"

[units]
path = "units.geojson"
level = "township"
parents = ["county", "city"]

[demand]
path = "estates.csv"
weight = "people"
weight_unit = "人"
bands = { "60+" = "old" }
group = "estate"
class = "kind"

[network]
path = "roads.geojson"

[[layers]]
key = "walk"
service = "station"
path = "sites.csv"
minutes = 15
bands = [5, 10]
capacity = "seats"

[[layers]]
key = "car_to"
path = "sites.csv"
profile = "drive"
minutes = 2

[[layers]]
key = "car_from"
path = "sites.csv"
profile = "drive"
direction = "from"
minutes = 4.5

[[layers]]
key = "parking"
path = "sites.csv"
metres = 500

[[layers]]
key = "old_rural"
path = "sites.csv"
minutes = 15
demand = "60+"
only = { kind = ["rural"] }

[[layers]]
key = "nothing"
sites = "none"
minutes = 15
"""

# A --1000 m-- B --1000 m-- C --1000 m-- D along 30° N, a node every 0.01° of longitude; cars may
# drive from C to D only. E --1000 m-- F is an island north of C and D.
ROADS = [("AB", 0, 30.0, ""), ("BC", 1, 30.0, ""), ("CD", 2, 30.0, "yes"), ("EF", 2, 30.02, "")]

# u1 holds A and B, u2 C and D, u3 the island; north-west is nobody's.
UNITS = [
    ("u1", (113.99, 29.99, 114.015, 30.01), "市辖区", "甲市"),
    ("u2", (114.015, 29.99, 114.035, 30.01), "市辖区", "甲市"),
    ("u3", (114.015, 30.01, 114.035, 30.03), "市辖区", "乙市"),
]

ESTATES = """id,name,lon,lat,people,old,estate,kind
d1,middle of AB,114.005,30.0,100,10,,urban
d2,at C,114.02,30.0,40,4,,rural
d3,at D,114.03,30.0,60,6,,rural
d4,on the island,114.025,30.02,8,8,,rural
d5,off every road,114.005,30.02,5,5,,rural
d6a,gate at B,114.01,30.0,30,3,园,urban
d6b,gate at D,114.03,30.0,30,3,园,urban
d7,at A with nobody,114.0,30.0,0,0,,urban
d8,no weight,114.0,30.0,,1,,urban
d9,negative,114.0,30.0,-1,1,,urban
"""

# s1 at A; s2 in the middle of BC, on the border of u1 and u2; s3 in u1, 887 m from any road.
SITES = """id,name,lon,lat,seats
s2,two,114.015,30.0,20
s1,one,114.0,30.0,10
s3,three,114.0,30.008,
"""


def write_hand_study(folder: Path) -> Path:
    """Write the study into `folder` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "estates.csv").write_text(ESTATES, encoding="utf-8")
    (folder / "sites.csv").write_text(SITES, encoding="utf-8")
    streets = []
    for name, step, lat, oneway in ROADS:
        line = shapely.LineString([(114 + step / 100, lat), (114 + (step + 1) / 100, lat)])
        tags = {"id": name, "highway": "residential", "oneway": oneway, "length_m": 1000.0}
        streets.append((tags, line))
    write_geojson(folder / "roads.geojson", streets)
    write_geojson(
        folder / "units.geojson",
        [
            ({"id": i, "name": f"{i}镇", "county": county, "city": city}, shapely.box(*bounds))
            for i, bounds, county, city in UNITS
        ],
    )
    return folder
