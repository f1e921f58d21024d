"""A study folder made from fetched OpenStreetMap data: roads, units, demand, sites, study.toml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import tomlkit

from geo.base.files import output_errors, put, written_together
from geo.study.presets import presets

__all__ = ["FetchedParts", "write_study"]

# An administrative level serves as units when its areas cover this much of the place.
_COVERS = 0.8
_EMPTY = ["id", "name", "geometry"]


@dataclass(frozen=True)
class FetchedParts:
    """What was fetched of a place.

    Attributes
    ----------
    place : str
        As the user named it.
    area : shapely geometry
        Its boundary, EPSG:4326.
    graph : networkx.MultiDiGraph
        Its roads, as OSMnx holds them.
    features : gpd.GeoDataFrame or None
        Boundaries, settlements and pharmacies with their tags.
    """

    place: str
    area: Any
    graph: Any
    features: gpd.GeoDataFrame | None


def write_study(
    parts: FetchedParts, folder: Path, *, save_graph: Callable[[Any, Path], None]
) -> list[Path]:
    """Write roads, units, demand, sites and study.toml into a folder.

    Parameters
    ----------
    parts : FetchedParts
    folder : Path
    save_graph : Callable
        ``osmnx.save_graphml``; a parameter, so that this module cannot open a connection.

    Returns
    -------
    list of Path
        study.toml last.
    """
    features = _flat(parts.features)
    units = _units(features, parts)
    settlements = _points(features, {"place"}, "population")
    pharmacies = _points(features, set(presets()["pharmacy"].tags), None)
    if settlements.empty:
        # One point a unit, so that there is a study to open.
        spots = units.geometry.representative_point()
        settlements = units[["id", "name"]].assign(lon=spots.x, lat=spots.y)
    counted = pd.to_numeric(settlements.get("population", pd.Series([""])), errors="coerce")
    weighed = bool((counted >= 0).all())
    content = {
        "units.geojson": units.to_json(drop_id=True, ensure_ascii=False).encode(),
        "settlements.csv": _csv(settlements),
        **({} if pharmacies.empty else {"pharmacies.csv": _csv(pharmacies)}),
        "study.toml": _toml(parts.place, weighed, not pharmacies.empty).encode(),
    }
    with written_together(folder) as place:
        with output_errors(folder / "roads.graphml"):
            save_graph(parts.graph, place / "roads.graphml")
        for name, raw in content.items():
            put(place, folder, name, raw)
    return [folder / name for name in ("roads.graphml", *content)]


def _flat(features: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    """Features with a text column ``id`` (``n12``, ``w12``, ``r12``) and ``name``, by id."""
    if features is None or features.empty:
        return gpd.GeoDataFrame({name: [] for name in _EMPTY}, geometry="geometry", crs=4326)
    ids = [f"{kind[0]}{number}" for kind, number in features.index]
    flat = features.reset_index(drop=True).assign(id=ids)
    flat["name"] = flat["name"].fillna("") if "name" in flat else ""
    return gpd.GeoDataFrame(flat.sort_values("id", ignore_index=True))


def _units(features: gpd.GeoDataFrame, parts: FetchedParts) -> gpd.GeoDataFrame:
    """The finest administrative areas that cover the place; the place itself where none do."""
    whole = gpd.GeoDataFrame(
        {"id": ["place"], "name": [parts.place]}, geometry=[parts.area], crs=4326
    )
    if "admin_level" not in features:
        return whole
    polygonal = features.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    relations = features["id"].str.startswith("r")
    areas = features[polygonal & relations & features["admin_level"].notna()].copy()
    if areas.empty:
        return whole
    areas["_level"] = pd.to_numeric(areas["admin_level"], errors="coerce")
    # The answer also holds neighbours that only touch the border.
    inside = areas.geometry.representative_point().within(parts.area)
    for _, level in sorted(areas[inside].groupby("_level"), key=lambda item: -float(item[0])):
        # A share of areas in one place: square degrees are exact enough.
        held = shapely.area(shapely.intersection(level.geometry.to_numpy(), parts.area)).sum()
        if held >= _COVERS * parts.area.area:
            return gpd.GeoDataFrame(level[_EMPTY], crs=4326)
    return whole


def _points(features: gpd.GeoDataFrame, keys: set[str], extra: str | None) -> pd.DataFrame:
    """Features that carry one of the keys, as points; boundaries are no settlements."""
    present = [key for key in sorted(keys) if key in features]
    if not present:
        return pd.DataFrame(columns=["id", "name", "lon", "lat"])
    chosen = features[features[present].notna().any(axis=1)]
    if "place" in keys:
        chosen = chosen[chosen.geometry.geom_type == "Point"]
    spots = chosen.geometry.representative_point()
    table = pd.DataFrame(chosen[["id", "name"]]).assign(
        lon=np.round(spots.x, 7), lat=np.round(spots.y, 7)
    )
    if extra is not None and extra in chosen:
        table[extra] = chosen[extra].fillna("").astype(str)
    return table


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def _toml(place: str, weighed: bool, pharmacies: bool) -> str:
    """The text of study.toml."""
    layer: dict[str, Any] = {
        "key": "pharmacy",
        "title": {"zh-CN": "药店·步行", "en": "Pharmacies, on foot"},
        "profile": "walk",
        "minutes": 15,
        "bands": [5, 10, 15],
    }
    layer |= {"path": "pharmacies.csv"} if pharmacies else {"sites": "none"}
    demand = {"path": "settlements.csv"} | ({"weight": "population"} if weighed else {})
    content = {
        "study": {
            "name": place,
            "sources": ["© OpenStreetMap contributors (ODbL 1.0)"],
        },
        "units": {"path": "units.geojson"},
        "demand": demand,
        "network": {"path": "roads.graphml"},
        "layers": [layer],
    }
    return tomlkit.dumps(content)
