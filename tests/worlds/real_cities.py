"""Whole studies on real places that are not bundled: Porto Alegre and Liechtenstein.

Their data lie beside the project (``../shared/data``) and never go into it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import osmium
import pandas as pd
import shapely

from tests.worlds.streets import SHARED, write_geojson

__all__ = ["LIECHTENSTEIN", "POA", "write_liechtenstein", "write_porto_alegre"]

POA = SHARED / "poa"
LIECHTENSTEIN = SHARED / "liechtenstein" / "liechtenstein-latest.osm.pbf"

POA_STUDY = """
[study]
name = "Porto Alegre"
locale = "en"

[units]
path = "units.geojson"

[demand]
path = "poa_hexgrid.csv"
weight = "population"

[network]
path = "poa_osm.pbf"
"""

LIECHTENSTEIN_STUDY = """
[study]
name = "Liechtenstein"
locale = "en"

[units]
path = "units.geojson"

[demand]
path = "places.csv"
weight = "population"

[network]
path = "roads.osm.pbf"
"""

LAYER = """
[[layers]]
key = "{key}"
{source}
profile = "{profile}"
direction = "{direction}"
{limit}
"""


def layer(key: str, source: str, profile: str, limit: str, direction: str = "to") -> str:
    return LAYER.format(key=key, source=source, profile=profile, limit=limit, direction=direction)


def write_porto_alegre(folder: Path) -> None:
    """Walking and driving, to and from; no boundaries come with the data: four quarters."""
    for name in ("poa_osm.pbf", "poa_hexgrid.csv"):
        shutil.copy(POA / name, folder / name)
    cells = pd.read_csv(POA / "poa_hexgrid.csv")
    cells[cells["healthcare"] > 0].to_csv(folder / "healthcare.csv", index=False)
    # No boundaries come with the data: four quarters around the middle.
    west, south = cells[["lon", "lat"]].min() - 0.01
    east, north = cells[["lon", "lat"]].max() + 0.01
    x, y = (west + east) / 2, (south + north) / 2
    quarters = {
        "NE": (x, y, east, north),
        "NW": (west, y, x, north),
        "SE": (x, south, east, y),
        "SW": (west, south, x, y),
    }
    features = [({"id": key, "name": key}, shapely.box(*box)) for key, box in quarters.items()]
    write_geojson(folder / "units.geojson", features)
    source = 'path = "healthcare.csv"'
    layers = [
        layer(f"{profile}_{direction}", source, profile, "minutes = 15", direction)
        for profile in ("walk", "drive")
        for direction in ("to", "from")
    ]
    (folder / "study.toml").write_text(POA_STUDY + "".join(layers), encoding="utf-8")


def places(path: Path) -> pd.DataFrame:
    """The place nodes that carry a population."""
    found = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.KeyFilter("place")
    )
    rows = [
        {
            "id": f"n{node.id}",
            "name": node.tags.get("name", ""),
            "lon": node.lon,
            "lat": node.lat,
            "population": int(node.tags["population"]),
        }
        for node in found
        if "population" in node.tags
    ]
    return pd.DataFrame(rows)


def municipalities(path: Path) -> tuple[int, dict[str, shapely.MultiPolygon]]:
    """Number of admin_level=8 relations, and the areas of those that the extract holds whole."""
    level = osmium.filter.TagFilter(("admin_level", "8"))
    relations, areas = set(), {}
    factory = osmium.geom.WKBFactory()
    for item in osmium.FileProcessor(str(path)).with_areas(level).with_filter(level):
        if item.is_relation():
            relations.add(item.id)
        elif item.is_area() and not item.from_way():
            areas[item.tags["name"]] = shapely.from_wkb(factory.create_multipolygon(item))
    return len(relations), areas


def write_liechtenstein(folder: Path) -> None:
    """Parking from the OSM tags, for the places that carry a population."""
    shutil.copy(LIECHTENSTEIN, folder / "roads.osm.pbf")
    villages = places(LIECHTENSTEIN)
    assert len(villages) == 12
    villages.to_csv(folder / "places.csv", index=False)
    relations, areas = municipalities(LIECHTENSTEIN)
    # 22 relations, half of them neighbours abroad whose ways the extract cuts off.
    assert (relations, len(areas)) == (22, 11)
    features = [({"id": name, "name": name}, area) for name, area in areas.items()]
    write_geojson(folder / "units.geojson", features)
    tags = 'osm = { amenity = ["parking"] }'
    layers = [
        layer("near", tags, "walk", "metres = 300"),
        layer("walk", tags, "walk", "minutes = 15\nbands = [5, 10]"),
        layer("drive", tags, "drive", "minutes = 5"),
    ]
    (folder / "study.toml").write_text(LIECHTENSTEIN_STUDY + "".join(layers), encoding="utf-8")
