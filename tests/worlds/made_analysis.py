"""A small hand-made `Analysis`, as geo/analysis.py describes it: four units, two layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.analysis import Analysis
from geo.study.model import Study

# What spreadsheets, browsers and template literals would run.
HOSTILE = (
    '=HYPERLINK("http://evil.example/","x")',
    "<img src=x onerror=alert(1)>",
    "${alert(1)}`+alert(1)+`",
    "</script><script>alert(1)</script>",
    "@SUM(1+1)",
)
NAN = float("nan")
UNITS = (("U1", "东街道"), ("U2", "西街道"), ("U3", "南街道"), ("U4", "北街道"))
# id, name, unit, weight, lon, lat, then minutes and metres to the site of each layer; off network
# where minutes is None.
POINTS: tuple[tuple[Any, ...], ...] = (
    ("D1", "一号小区", "U1", 100.0, 114.301, 30.501, 5.001, 333.4),
    ("D2", "二号小区", "U1", 40.5, 114.303, 30.503, 15.0, 1000.0),
    ("D3", "三号小区", "U2", 60.0, 114.312, 30.502, 15.001, 1000.1),
    ("D4", "", "U2", 20.0, 114.314, 30.504, 28.5, 1900.0),
    ("D5", "五号湾", "U3", 9.0, 114.302, 30.512, None, NAN),
    ("D6", "六号湾", "", 7.0, 114.330, 30.530, 40.0, 2666.7),
)
LAYERS: tuple[dict[str, Any], ...] = (
    {"key": "clinic", "title": {"zh-CN": "医保服务站", "en": "Stations"}, "minutes": 15.0},
    {"key": "parking", "title": {"zh-CN": "停车场", "en": "Parking"}, "metres": 300.0},
)


def made_analysis(
    *, hostile: bool = False, approval: str = "", weight_unit: str = "人"
) -> Analysis:
    """The analysis; with `hostile`, every name is a payload."""
    study = _study(hostile, approval, weight_unit)
    areas = _areas(hostile)
    demand = _demand(study)
    sites = _sites(hostile)
    points = _gap_points(study, demand, areas, sites, hostile)
    units = _units(study, demand, areas, sites)
    return Analysis(
        study=study,
        demand=demand,
        units=units,
        gaps=_gaps(study, demand, points, areas),
        gap_points=points,
        sites=sites,
        isochrones=_isochrones(),
        quality=_quality(hostile),
        areas=areas,
        summary=_summary(study, demand, units),
    )


def _name(text: str, number: int, hostile: bool) -> str:
    return HOSTILE[number % len(HOSTILE)] if hostile else text


def _study(hostile: bool, approval: str, weight_unit: str) -> Study:
    layers = []
    for number, layer in enumerate(LAYERS):
        title = _name("", number + 1, True) if hostile else layer["title"]
        extra = {"proxy": "代用名单"} if number == 0 else {}
        layers.append({**layer, "title": title, "path": f"{layer['key']}.csv", **extra})
    return Study.model_validate(
        {
            "study": {
                "name": _name("示例", 3, hostile) if hostile else {"zh-CN": "示例", "en": "Sample"},
                "map_approval_number": approval,
                "sources": ["© OpenStreetMap contributors", _name("统计局", 1, hostile)],
            },
            "units": {
                "path": "units.geojson",
                "level": "township",
                "parents": ("county", "city"),
                "approximate": _name("范围为近似", 1, hostile),
            },
            "demand": {"path": "estates.csv", "weight": "pop", "weight_unit": weight_unit},
            "network": {"path": "roads.parquet", "note": _name("路网为样例", 2, hostile)},
            "layers": layers,
            "folder": Path("."),
        }
    )


def _areas(hostile: bool) -> gpd.GeoDataFrame:
    names = [_name(name, n, hostile) for n, (_, name) in enumerate(UNITS)]
    boxes = [
        shapely.box(114.30, 30.50, 114.31, 30.51),
        shapely.box(114.31, 30.50, 114.32, 30.51),
        shapely.box(114.30, 30.51, 114.31, 30.52),
        shapely.box(114.31, 30.51, 114.32, 30.52),
    ]
    frame = {
        "unit_id": [unit for unit, _ in UNITS],
        "unit_name": names,
        "county": [_name("甲区", n, hostile) for n in (0, 0, 1, 1)]
        if hostile
        else ["甲区", "甲区", "乙区", "乙区"],
        "city": ["某市"] * 4,
    }
    return gpd.GeoDataFrame(frame, geometry=boxes, crs="EPSG:4326")


def _demand(study: Study) -> pd.DataFrame:
    rows = []
    for demand_id, _, unit, weight, lon, lat, minutes, metres in POINTS:
        for layer in study.layers:
            off = minutes is None
            far = off or (minutes > 15 if layer.minutes else metres > 300)
            cause = ("data_doubt" if off else "too_far") if far else ""
            rows.append(
                {
                    "demand_id": demand_id,
                    "unit_id": unit,
                    "layer": layer.key,
                    "weight": weight,
                    "minutes": NAN if off else minutes,
                    "metres": metres,
                    "site_id": "" if off else "S1",
                    "covered": not far,
                    "cause": cause,
                    "access_m": 700.0 if off else 12.0,
                    "lon": lon,
                    "lat": lat,
                    "time_ms": pd.NA if off else int(minutes * 60_000),
                    "sites_within": int(not far),
                }
            )
    return pd.DataFrame(rows).astype({"time_ms": "Int64", "sites_within": "Int64"})


def _sites(hostile: bool) -> pd.DataFrame:
    rows = [
        ("S1", _name("第一服务站", 1, hostile), "clinic", "U1", True, 8.5, 140.5, 140.5, 3.0),
        ("S2", _name("第二服务站", 2, hostile), "clinic", "U4", False, 900.0, 0.0, 0.0, NAN),
        ("S1", _name("停车场一", 0, hostile), "parking", "U1", True, 3.0, 0.0, 0.0, 120.0),
    ]
    columns = [
        "site_id", "name", "layer", "unit_id", "used", "access_m", "demand_within",
        "demand_owned", "capacity",
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    places = {"lon": [114.302, 114.315, 114.304], "lat": [30.502, 30.515, 30.505]}
    return frame.assign(**places, demand_alone=frame["demand_owned"])


def _gap_points(
    study: Study, demand: pd.DataFrame, areas: gpd.GeoDataFrame, sites: pd.DataFrame, hostile: bool
) -> pd.DataFrame:
    names = {row[0]: _name(row[1], n, hostile) for n, row in enumerate(POINTS)}
    found = demand[~demand["covered"]].merge(
        areas.drop(columns="geometry"), on="unit_id", how="left"
    )
    site_names = {(row.layer, row.site_id): row.name_ for row in _renamed(sites).itertuples()}
    frame = pd.DataFrame(
        {
            "demand_id": found["demand_id"],
            "name": found["demand_id"].map(names),
            "unit_id": found["unit_id"],
            "unit_name": found["unit_name"].fillna(""),
            "county": found["county"].fillna(""),
            "city": found["city"].fillna(""),
            "layer": found["layer"],
            "weight": found["weight"],
            "nearest_site_id": found["site_id"],
            "nearest_site_name": [
                site_names.get(pair, "")
                for pair in zip(found["layer"], found["site_id"], strict=True)
            ],
            "metres": found["metres"],
            "minutes": found["minutes"],
            "cause": found["cause"],
            "lon": found["lon"],
            "lat": found["lat"],
        }
    )
    order = {layer.key: number for number, layer in enumerate(study.layers)}
    return frame.sort_values("layer", key=lambda c: c.map(order), kind="stable", ignore_index=True)


def _renamed(sites: pd.DataFrame) -> pd.DataFrame:
    return sites.rename(columns={"name": "name_"})


def _units(
    study: Study, demand: pd.DataFrame, areas: gpd.GeoDataFrame, sites: pd.DataFrame
) -> pd.DataFrame:
    rows = []
    for layer in study.layers:
        of_layer = demand[demand["layer"] == layer.key]
        places = [(row.unit_id, row.unit_name, row.county, row.city) for row in areas.itertuples()]
        for unit, name, county, city in [("", "", "", ""), *places]:
            found = of_layer[of_layer["unit_id"] == unit]
            total, covered = found["weight"].sum(), found["weight"][found["covered"]].sum()
            here = int(((sites["layer"] == layer.key) & (sites["unit_id"] == unit)).sum())
            rows.append(
                {
                    "unit_id": unit,
                    "unit_name": name,
                    "level": "township",
                    "county": county,
                    "city": city,
                    "layer": layer.key,
                    "sites": here,
                    "has_site": here > 0,
                    "demand_total": total,
                    "demand_covered": covered,
                    "share_by_time": round(covered / total, 6) if total else NAN,
                    "minutes_p50": found["minutes"].max() if len(found) else NAN,
                    "minutes_p90": NAN,
                    "named_by": NAN,
                }
            )
    frame = pd.DataFrame(rows)
    parents = frame[frame["unit_id"] != ""].assign(
        level="county", unit_id="某市/甲区", unit_name="甲区"
    )
    return pd.concat([frame, parents.head(2)], ignore_index=True)


def _gaps(
    study: Study, demand: pd.DataFrame, points: pd.DataFrame, areas: gpd.GeoDataFrame
) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for layer in study.layers:
        of_layer = points[points["layer"] == layer.key]
        totals = demand[demand["layer"] == layer.key].groupby("unit_id")["weight"].sum()
        found = []
        for unit, group in of_layer.groupby("unit_id"):
            heaviest = group.loc[group["weight"].idxmax()]
            by_cause = group.groupby("cause")["weight"].sum()
            found.append(
                {
                    "rank": 0,
                    **{key: heaviest[key] for key in ("unit_id", "unit_name", "county", "city")},
                    "layer": layer.key,
                    "demand_total": totals[unit],
                    "uncovered": group["weight"].sum(),
                    "uncovered_share": round(group["weight"].sum() / totals[unit], 6),
                    "main_cause": by_cause.idxmax(),
                    **{
                        f"uncovered_{cause}": by_cause.get(cause, 0.0)
                        for cause in ("data_doubt", "cut_off", "too_far")
                    },
                    "nearest_site_id": heaviest["nearest_site_id"],
                    "nearest_site_name": heaviest["nearest_site_name"],
                    "nearest_minutes_p50": group["minutes"].min(),
                    "lon": heaviest["lon"],
                    "lat": heaviest["lat"],
                    "uncovered_no_site": NAN,
                    "uncovered_not_assigned": NAN,
                    "uncovered_out_of_scope": NAN,
                }
            )
        found.sort(key=lambda row: (-row["uncovered"], row["unit_id"]))
        rows += [{**row, "rank": number} for number, row in enumerate(found, start=1)]
    return pd.DataFrame(rows)


def _isochrones() -> gpd.GeoDataFrame:
    centre = shapely.Point(114.302, 30.502)
    rows = [
        ("clinic", "", 5.0, NAN, 0.35, centre.buffer(0.003)),
        ("clinic", "", 15.0, NAN, 3.1, centre.buffer(0.009)),
        ("clinic", "S1", 15.0, NAN, 3.1, centre.buffer(0.009)),
        ("parking", "", NAN, 300.0, 0.28, centre.buffer(0.0027)),
    ]
    frame = gpd.GeoDataFrame(
        rows,
        columns=["layer", "site_id", "minutes", "metres", "area_km2", "geometry"],
        geometry="geometry",
        crs="EPSG:4326",
    )
    return frame


def _quality(hostile: bool) -> pd.DataFrame:
    rows = [
        ("error", "estates.csv", 3, "lon", "coordinate_bad", "set_aside", "十二"),
        ("warning", "estates.csv", 5, "pop", "weight_negative", "set_aside", "-3"),
        ("info", _name("clinic.csv", 1, hostile), None, "clinic", "off_network", "kept", "1"),
    ]
    columns = ["severity", "file", "row", "field", "problem", "action", "value"]
    return pd.DataFrame(rows, columns=columns).astype({"row": "Int64"})


def _summary(study: Study, demand: pd.DataFrame, units: pd.DataFrame) -> dict[str, Any]:
    layers: dict[str, Any] = {}
    for layer in study.layers:
        found = demand[demand["layer"] == layer.key]
        total, covered = found["weight"].sum(), found["weight"][found["covered"]].sum()
        of_layer = units[(units["layer"] == layer.key) & (units["level"] == "township")]
        held = int(of_layer["has_site"].sum())
        limit = {"minutes": layer.minutes} if layer.minutes else {"metres": layer.metres}
        layers[layer.key] = {
            "profile": layer.profile,
            "direction": layer.direction,
            **limit,
            "sites_total": 2,
            "sites_used": 1,
            "demand_total": np.float64(total),
            "demand_covered": np.float64(covered),
            "share_by_time": round(covered / total, 6),
            "units_total": 4,
            "units_with_site": held,
            "share_by_presence": held / 4,
            "minutes_p50": 15.001,
            "minutes_p90": NAN,
            "by_cause": found.groupby("cause")["weight"].sum().drop("", errors="ignore").to_dict(),
            "warnings": ["demand_at_sites"] if layer.minutes else [],
        }
    counted = {"rows_in": 7, "rows_used": 6, "rows_set_aside": 1}
    return {
        "schema_version": 2,
        "study": study.study.name,
        "analysis_id": "ab" * 32,
        "inputs": [{"role": "demand", "file": "estates.csv", "sha256": "cd" * 32, **counted}],
        "parameters": study.parameters(),
        "layers": layers,
    }
