"""Build `data/hubei_programmes`: one study with layers of several rules, on the Wuhan sample.

    python data/build_hubei_programmes.py [--out DIR]

Places, names, roads and areas are those of one district in `data/wuhan`. All amounts and states
(people, cars, spaces, meals, what has started or is finished, who serves whom, hours, tiers, items,
turnout, land) are invented: they follow from a hash of the id, so that every run gives the same
bytes, and each row says so in its column ``note``. The figures say nothing about the programmes of
Hubei.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

DATA = Path(__file__).parent
DISTRICT = "硚口区"
EXAMPLE = "示例数值，非真实情况 / example value, not real"
_ROADS_BEYOND_DEG = 0.012
_HOURS = (
    "Mo-Fr 08:30-12:00,14:00-17:30; PH off",
    "Mo-Sa 09:00-17:00; PH off",
    "Mo-Su 08:00-20:00",
    "",
)
_ITEMS = ("参保登记；异地就医备案", "参保登记", "参保登记；生育津贴")


def number(name: str, what: str, most: int) -> int:
    """An invented whole number from 0 to `most`, always the same for one id and purpose."""
    digest = hashlib.sha256(f"{what}:{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % (most + 1)


def build(out: Path) -> None:
    """Write the study into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    units = gpd.read_file(DATA / "wuhan" / "units.geojson")
    units = units[units["county"] == DISTRICT].sort_values("code").reset_index(drop=True)
    area = shapely.union_all(units.geometry.to_numpy())
    (out / "units.geojson").write_text(
        units[["code", "name", "county", "city", "geometry"]].to_json(drop_id=True),
        encoding="utf-8",
    )
    roads = gpd.read_parquet(DATA / "wuhan" / "roads.parquet")
    roads = roads[roads.intersects(shapely.box(*area.buffer(_ROADS_BEYOND_DEG).bounds))]
    roads.reset_index(drop=True).to_parquet(out / "roads.parquet", index=False)
    estates = _inside("estates", area)
    offices = _inside("medical_insurance", area)
    _write_demand(out, estates)
    _write_services(out, estates, offices, units)
    _write_objects(out, estates, units)
    squares = shapely.box(
        estates["lon"] - 0.0021, estates["lat"] - 0.0018,
        estates["lon"] + 0.0021, estates["lat"] + 0.0018,
    )  # fmt: skip
    land = gpd.GeoDataFrame({"note": EXAMPLE}, index=estates.index, geometry=squares, crs=4326)
    (out / "land.geojson").write_text(land.to_json(drop_id=True), encoding="utf-8")


def _inside(name: str, area: shapely.Geometry) -> pd.DataFrame:
    """The rows of a table of the sample within the district, with id, name and place."""
    table = pd.read_csv(DATA / "wuhan" / f"{name}.csv", dtype={"id": str})
    inside = shapely.contains_xy(area, table["lon"], table["lat"])
    return table.loc[inside, ["id", "name", "lon", "lat"]].sort_values("id").reset_index(drop=True)


def _write_demand(out: Path, estates: pd.DataFrame) -> None:
    people = [200 + number(i, "people", 2800) for i in estates["id"]]
    made = {
        "people": people,
        "people_60plus": [p * (10 + number(i, "old", 20)) // 100
                          for i, p in zip(estates["id"], people, strict=True)],
        "cars": [p // 6 for p in people],
        "own_spaces": [p // 6 * number(i, "own", 100) // 100
                       for i, p in zip(estates["id"], people, strict=True)],
    }  # fmt: skip
    _csv(out / "estates.csv", estates.assign(**made))


def _write_services(
    out: Path, estates: pd.DataFrame, offices: pd.DataFrame, units: gpd.GeoDataFrame
) -> None:
    codes = units["code"].astype(str).tolist()
    home = [
        next(c for c, shape in zip(codes, units.geometry, strict=True) if shape.intersects(point))
        for point in shapely.points(offices["lon"], offices["lat"])
    ]
    # Two units are served by nobody.
    serves = [code if code not in codes[:2] else "" for code in home]
    made = {
        "serves": serves,
        "hours": [_HOURS[number(i, "opening", 3)] for i in offices["id"]],
        "tier": [("区级", "街道级", "社区级")[number(i, "tier", 2)] for i in offices["id"]],
        "items": [_ITEMS[number(i, "items", 2)] for i in offices["id"]],
    }
    _csv(out / "medical_insurance.csv", offices.assign(**made))
    turnout = [1 + number(i, "turnout", 3) for i in offices["id"][::4]]
    _csv(out / "first_aid.csv", offices.iloc[::4].assign(turnout=turnout))
    canteens, parking, schools = (estates.iloc[at::12] for at in (0, 4, 8))
    meals = [20 + number(i, "meals", 60) for i in canteens["id"]]
    _csv(out / "canteens.csv", canteens.assign(meals=meals))
    spaces = [50 + number(i, "spaces", 250) for i in parking["id"]]
    _csv(out / "parking.csv", parking.assign(spaces=spaces))
    _csv(out / "schools.csv", schools)


def _write_objects(out: Path, estates: pd.DataFrame, units: gpd.GeoDataFrame) -> None:
    ids = estates["id"].tolist()
    started = [("是", "是", "否", "")[number(i, "started", 3)] for i in ids]
    finished = []
    for i, state in zip(ids, started, strict=True):
        done = state == "是" and number(i, "done", 1)
        day = f"2025-{1 + number(i, 'month', 11):02d}-15" if done else "2099-12-31"
        finished.append(day if state else "")
    made = {
        "kind": [("老旧小区", "其他小区")[number(i, "kind", 1)] for i in ids],
        "homes": [100 + number(i, "homes", 900) for i in ids],
        "started": started,
        "finished": finished,
    }
    _csv(out / "old_estates.csv", estates.assign(**made))
    rows = []
    for code in units["code"].astype(str):
        for at in (1, 2, 3):
            persons = number(f"{code}{at}", "p", 5)
            rows.append((code, f"{code}-{at}", f"示例社区{at}", persons))
    _csv(out / "communities.csv", pd.DataFrame(rows, columns=["code", "id", "name", "persons"]))


def _csv(path: Path, table: pd.DataFrame) -> None:
    text = table.assign(note=EXAMPLE).to_csv(index=False, lineterminator="\n")
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=DATA / "hubei_programmes")
    build(parser.parse_args().out)
