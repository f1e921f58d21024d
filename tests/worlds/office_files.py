"""What an office brings to its first study: four files about one district of the sample.

Township areas as a zipped shapefile with names in GBK, estates as a spreadsheet saved by Excel as
CSV (GBK, a title above the header, a total below), service points picked on a phone map (GCJ-02),
and roads. Areas, estates and roads are the sample's; households and service points are invented.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapefile
import shapely

from geo.coordinates.datum import from_wgs84

__all__ = ["OfficeFiles", "write_office_files"]

_SAMPLE = Path(__file__).resolve().parents[2] / "data" / "wuhan"
_DISTRICT = "武昌区"
# East of it nobody has a service point, so that there are gaps.
_EAST_WITHOUT = 114.345


@dataclass(frozen=True)
class OfficeFiles:
    """The four files."""

    units: Path
    demand: Path
    sites: Path
    roads: Path


def write_office_files(folder: Path) -> OfficeFiles:
    """Write them into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    units = gpd.read_file(_SAMPLE / "units.geojson")
    units = units[units["county"] == _DISTRICT].reset_index(drop=True)
    area = units.geometry.union_all()
    return OfficeFiles(
        _units(units, folder / "街道界线.zip"),
        _estates(area, folder / "小区名单.csv"),
        _stations(area, folder / "医保服务站名单.csv"),
        _roads(area, folder / "道路.geojson"),
    )


def _inside(file: str, area: object) -> pd.DataFrame:
    rows = pd.read_csv(_SAMPLE / file)
    points = gpd.GeoSeries(gpd.points_from_xy(rows["lon"], rows["lat"]), crs="EPSG:4326")
    return rows[points.within(area)].reset_index(drop=True)


def _units(units: gpd.GeoDataFrame, path: Path) -> Path:
    """A shapefile as GIS departments hand it out: names in GBK, no .cpg."""
    parts = {suffix: io.BytesIO() for suffix in ("shp", "shx", "dbf")}
    with shapefile.Writer(**parts, shapeType=shapefile.POLYGON, encoding="gbk") as writer:
        for field, width in (("XZDM", 12), ("XZMC", 40), ("XJMC", 40)):
            writer.field(field, "C", width)
        for row in units.itertuples():
            writer.shape(row.geometry.__geo_interface__)
            writer.record(row.code, row.name, row.county)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for suffix, content in parts.items():
            target.writestr(f"街道界线.{suffix}", content.getvalue())
        target.writestr("街道界线.prj", units.crs.to_wkt("WKT1_ESRI"))
    return path


def _estates(area: object, path: Path) -> Path:
    rows = _inside("estates.csv", area)
    households = [200 + 37 * (number % 23) for number in range(len(rows))]
    lines = ["武昌区住宅小区统计表,,,,", "小区编号,小区名称,经度,纬度,户数"]
    lines += [
        f"{row.id},{row.name},{row.lon:.6f},{row.lat:.6f},{count}"
        for row, count in zip(rows.itertuples(index=False), households, strict=True)
    ]
    lines.append(f"合计,,,,{sum(households)}")
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("gbk"))
    return path


def _stations(area: object, path: Path) -> Path:
    """Every fourth estate west of the lake has one, in GCJ-02; one row has no coordinates."""
    rows = _inside("estates.csv", area)
    rows = rows[(rows["lon"] < _EAST_WITHOUT)].iloc[::4]
    rows["name"] = rows["name"] + "服务站"
    lon, lat = from_wgs84(rows["lon"], rows["lat"], "gcj02")
    lines = ["站点编号,站点名称,经度,纬度"]
    for number, (name, x, y) in enumerate(zip(rows["name"], lon, lat, strict=True), start=1):
        lines.append(f"{number:03d},{name},{x:.6f},{y:.6f}")
    lines.append(f"{len(rows) + 1:03d},待建服务站,,")
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode("gbk"))
    return path


def _roads(area: object, path: Path) -> Path:
    """The roads of the district and of 2 km around it, with their ends as they are."""
    roads = gpd.read_parquet(_SAMPLE / "roads.parquet")
    near = gpd.GeoSeries([area], crs=4326).to_crs(4547).buffer(2_000).to_crs(4326).iloc[0]
    roads = roads[roads.intersects(near)]
    features = [
        {
            "type": "Feature",
            "properties": {"highway": row.highway},
            "geometry": shapely.set_precision(row.geometry, 1e-6).__geo_interface__,
        }
        for row in roads.itertuples()
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    path.write_text(text, encoding="utf-8")
    return path
