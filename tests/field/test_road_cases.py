"""Road files as users met them: the shared field cases, and further cases of the same kinds."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo import load_study
from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.inputs.road_source import RoadSource
from geo.roads.roads import Roads
from tests.worlds.field import copy_of, field_study
from tests.worlds.field_cases import (
    causes_of,
    minutes_of,
    problems_of,
    run_case,
    small_study,
)
from tests.worlds.streets import GEOD

LON, LAT = 114.0, 30.0
_LETTER = {0: "0", 1: "1", 2: "p"}


def _east(metres: float) -> float:
    return float(GEOD.fwd(LON, LAT, 90, metres)[0])


def _north(metres: float) -> float:
    return float(GEOD.fwd(LON, LAT, 0, metres)[1])


def _roads(folder: Path) -> Roads:
    return RoadSource(load_study(folder), QualityLog(), cache=None).roads


# -- values of tags -----------------------------------------------------------------------------


def test_access_values_cell_by_cell() -> None:
    folder = field_study("osm_access_values")
    roads = _roads(folder)
    with (folder / "expected.csv").open(encoding="utf-8-sig") as lines:
        expected = [row["foot_cycle_drive"] for row in csv.DictReader(lines)]
    ways = np.unique(roads.edge_id)
    found = {}
    for way in ways.tolist():
        edge = int(np.flatnonzero(roads.edge_id == way)[0])
        modes = (roads.foot[edge], roads.cycle[edge], roads.drive[edge])
        found[way] = "".join(_LETTER[int(mode)] for mode in modes)
    # Ways are numbered from 1000 in the order of expected.csv. A way that is no road at all
    # (disused:highway) is not read, which is closed to everybody as well.
    assert [found.get(1000 + at, "000") for at in range(len(expected))] == expected
    assert len(found) >= len(expected) - 1


def test_oneway_values() -> None:
    folder = field_study("osm_oneway_values")
    analysis = run_case(folder)
    free_cycles = {
        "cyc_opposite", "cyc_opposite_lane", "cyc_left_opp", "cyc_left_oneway",
        "ow_bicycle_no", "bicycle_backward", "mv_oneway", "mv_backward_no", "oneway_foot",
    }  # fmt: skip
    cycle, drive = _both_ways(analysis, "cycle"), _both_ways(analysis, "drive")
    for case in free_cycles - {"oneway_foot"}:
        assert cycle[case] == (True, True), case
    for case in ("plain_oneway", "oneway_YES", "vehicle_oneway", "mv_oneway", "cyc_opposite"):
        assert drive[case] == (True, False), case
    for case in ("minus1", "oneway_minus_en"):
        assert drive[case] == cycle[case] == (False, True), case
    for case in ("motorway_plain", "vehicle_backward_no", "mv_backward_no"):
        assert _roads_oneway(folder, case) == 1, case
    assert _roads_oneway(folder, "motorway_link_plain") == 0
    for case in ("reversible", "alternating"):
        assert drive[case] == (False, False), case
        assert cycle[case] == (True, True), case
    foot = _both_ways(analysis, "foot")
    assert foot["plain_oneway"] == foot["footway_oneway"] == (True, True)
    assert foot["oneway_foot"] == (True, False)


def _both_ways(analysis: object, layer: str) -> dict[str, tuple[bool, bool]]:
    """Whether each case is covered along its way (>) and against it (<)."""
    minutes = minutes_of(analysis, layer)  # type: ignore[arg-type]
    cases = {name[:-1] for name in minutes}
    reached = {name: not math.isnan(value) for name, value in minutes.items()}
    return {case: (reached[f"{case}>"], reached[f"{case}<"]) for case in cases}


def _roads_oneway(folder: Path, case: str) -> int:
    roads = _roads(folder)
    with (folder / "demand.csv").open(encoding="utf-8-sig") as lines:
        names = [row["id"] for row in csv.DictReader(lines)]
    edge = np.flatnonzero(roads.edge_id == 1000 + names.index(f"{case}>"))[0]
    return int(roads.oneway_drive[edge])


# -- columns of edge tables ---------------------------------------------------------------------


def test_upper_case_columns() -> None:
    analysis = run_case(field_study("edge_uppercase_tags"))
    assert minutes_of(analysis, "walk")["d"] == pytest.approx(30.05, abs=0.01)
    assert minutes_of(analysis, "drive")["d"] == pytest.approx(6.01, abs=0.01)


# A direct street of 500 m that is a motorway one-way against the trip, and a detour of 1,500 m.
_DIRECT = [[LON, LAT], [_east(500), LAT]]
_DETOUR = [[LON, LAT], [LON, _north(500)], [_east(500), _north(500)], [_east(500), LAT]]
_POINTS = ([("d", LON, LAT)], [("s", _east(500), LAT)])


@pytest.mark.parametrize(
    ("columns", "walk_m", "drive_m"),
    [
        # motorway on the direct line: walkers take the detour
        ({"highway": ("motorway", "residential"), "oneway": ("no", "no")}, 1500, 500),
        ({"Highway": ("motorway", "residential"), "OneWay": ("-1", "no")}, 1500, 1500),
        ({"fclass": ("motorway", "residential"), "oneway": ("T", "B")}, 1500, 1500),
        ({"FCLASS": ("residential", "residential"), "ONEWAY": ("T", "B")}, 500, 1500),
        ({"fclass": ("residential", "residential"), "oneway": ("F", "B")}, 500, 500),
        ({"highway": ("service", "service"), "motor_vehicle": ("agricultural", "")}, 500, 1500),
        ({"highway": ("service", "service"), "motor_vehi": ("no", "")}, 500, 1500),
        ({"HIGHWAY": ("path", "service"), "MOTORCAR": ("yes", "")}, 500, 1500),
        ({"highway": ("primary", "service"), "other_tags": ('"motorroad"=>"yes"', "")}, 1500, 500),
        ({"highway": ("razed", "service")}, 1500, 1500),
        ({"highway": ("", "service"), "railway": ("rail", "")}, 1500, 1500),
    ],
)
@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "zip", "parquet"])
def test_columns_in_every_format(
    tmp_path: Path,
    columns: dict[str, tuple[str, str]],
    walk_m: float,
    drive_m: float,
    suffix: str,
) -> None:
    if suffix == "zip" and any(len(name) > 10 for name in columns):
        pytest.skip("a DBF holds ten letters")
    lines = gpd.GeoDataFrame(
        columns,
        geometry=[shapely.LineString(_DIRECT), shapely.LineString(_DETOUR)],
        crs="EPSG:4326",
    )
    name = _written(lines, tmp_path, suffix)
    folder = small_study(tmp_path, name, *_POINTS)
    roads = _roads(folder)
    # Direction `to`: from d at the west end to s at the east end.
    for mode, metres in (("walk", walk_m), ("drive", drive_m)):
        assert _shortest_m(roads, mode) == pytest.approx(metres, abs=1), mode


def _written(lines: gpd.GeoDataFrame, folder: Path, suffix: str) -> str:
    name = f"roads.{suffix}"
    if suffix == "parquet":
        lines.to_parquet(folder / name)
    elif suffix == "zip":
        inner = folder / "shp"
        inner.mkdir()
        lines.to_file(inner / "roads.shp", encoding="utf-8")
        import shutil

        shutil.make_archive(str(folder / "roads"), "zip", inner)
    else:
        lines.to_file(folder / name)
    return name


def _shortest_m(roads: Roads, mode: str) -> float:
    """The shorter of the edges that lead from the west end to the east end, metres."""
    access = roads.foot if mode == "walk" else roads.drive
    oneway = roads.oneway_foot if mode == "walk" else roads.oneway_drive
    west = np.argmin(np.abs(roads.node_lonlat - [LON, LAT]).sum(axis=1))
    found = []
    for edge in np.flatnonzero(access != 0):
        along = roads.u[edge] == west
        if oneway[edge] == 0 or (oneway[edge] == 1) == along:
            found.append(float(roads.length_m[edge]))
    return min(found)


def test_a_speed_column_that_is_not_read_is_reported(tmp_path: Path) -> None:
    lines = gpd.GeoDataFrame(
        {"highway": ["residential"], "speed": [60]},
        geometry=[shapely.LineString(_DIRECT)],
        crs="EPSG:4326",
    )
    lines.to_file(tmp_path / "roads.geojson")
    analysis = run_case(small_study(tmp_path, "roads.geojson", *_POINTS))
    quality = analysis.quality
    row = quality[quality["problem"] == "road_column_unread"].iloc[0]
    assert (row["severity"], row["file"], row["field"]) == ("warning", "roads.geojson", "speed")
    assert "road_column_unread" in analysis.summary["layers"]["walk"]["warnings"]


def test_a_table_without_classes_is_said_beside_the_shares(tmp_path: Path) -> None:
    lines = gpd.GeoDataFrame(geometry=[shapely.LineString(_DIRECT)], crs="EPSG:4326")
    lines.to_file(tmp_path / "roads.geojson")
    analysis = run_case(small_study(tmp_path, "roads.geojson", *_POINTS))
    assert analysis.summary["layers"]["drive"]["warnings"].count("road_class_missing") == 1


# -- joining of lines ---------------------------------------------------------------------------


def test_geofabrik_shapefile() -> None:
    analysis = run_case(field_study("edge_geofabrik_shp"))
    walk, drive = minutes_of(analysis, "walk"), minutes_of(analysis, "drive")
    assert walk["d_side"] == pytest.approx(13.55, abs=0.01)
    assert walk["d_east_end"] == pytest.approx(21.06, abs=0.01)
    # The point lies on the side street, which crosses under the motorway.
    assert walk["d_mway"] == pytest.approx(8.45, abs=0.01)
    # One-way F: along the line only, for cars; walkers are free.
    assert walk["d_ow_fwd"] == pytest.approx(12.03, abs=0.01)
    assert drive["d_ow_fwd"] == pytest.approx(2.41, abs=0.01)


def test_overpass_turbo_geojson(tmp_path: Path) -> None:
    folder = copy_of("edge_overpass_turbo_geojson", tmp_path)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(
        text.replace("roads.json", "roads.geojson"), encoding="utf-8"
    )
    analysis = run_case(folder)
    assert minutes_of(analysis, "walk")["side_end"] == pytest.approx(13.52, abs=0.01)
    assert causes_of(analysis, "walk")["by_rail"] == ""
    assert problems_of(analysis)["road_without_class"] == "1"


@pytest.mark.parametrize(
    ("main", "side", "joined"),
    [
        # T on an inner vertex of the main line
        ([(0, 0), (300, 0), (600, 0)], [(300, 0), (300, 400)], True),
        # the side line passes through: a crossing with a common vertex
        ([(0, 0), (300, 0), (600, 0)], [(300, -100), (300, 0), (300, 400)], True),
        # end to end
        ([(0, 0), (300, 0)], [(300, 0), (300, 400)], True),
        # a hair apart, less than 1e-7 degrees
        ([(0, 0), (300, 0), (600, 0)], [(300.005, 0.005), (300, 400)], True),
        # a crossing without a vertex is a flyover
        ([(0, 0), (600, 0)], [(300, -100), (300, 400)], False),
        # touches without a vertex
        ([(0, 0), (600, 0)], [(300, 0), (300, 400)], False),
    ],
)
def test_lines_join_where_they_share_a_vertex(
    tmp_path: Path,
    main: list[tuple[float, float]],
    side: list[tuple[float, float]],
    joined: bool,
) -> None:
    lines = [[[_east(x), _north(y)] for x, y in line] for line in (main, side)]
    features = [
        {
            "type": "Feature",
            "properties": {"highway": "residential"},
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for line in lines
    ]
    content = {"type": "FeatureCollection", "features": features}
    (tmp_path / "roads.geojson").write_text(json.dumps(content), encoding="utf-8")
    demand, sites = [("d", LON, LAT)], [("s", _east(300), _north(400))]
    folder = small_study(tmp_path, "roads.geojson", demand, sites, profiles=("walk",))
    minutes = minutes_of(run_case(folder), "walk")["d"]
    if joined:
        assert minutes == pytest.approx(700 / 4000 * 60, abs=0.01)
        return
    assert math.isnan(minutes)
    analysis = run_case(folder)
    touching = side[0][1] == 0
    assert ("road_ends_near" in problems_of(analysis)) == touching
    # The correction joins what touches, and leaves the flyover alone.
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("[network]\n", "[network]\njoin_within_m = 1\n")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    corrected = run_case(folder)
    minutes = minutes_of(corrected, "walk")["d"]
    if touching:
        assert minutes == pytest.approx(700 / 4000 * 60, abs=0.01)
        assert problems_of(corrected)["road_ends_joined"] == "1"
        assert "road_ends_near" not in problems_of(corrected)
    else:
        assert math.isnan(minutes)


# -- where points attach ------------------------------------------------------------------------


def test_a_village_beside_a_motorway() -> None:
    analysis = run_case(field_study("drive_snaps_to_motorway"))
    assert 4.2 < minutes_of(analysis, "drive")["village"] <= 4.3
    assert (
        causes_of(analysis, "drive")["hill"] == causes_of(analysis, "walk")["hill"] == "data_doubt"
    )


def test_nobody_boards_a_ferry_in_the_river() -> None:
    analysis = run_case(field_study("ferry_boarded_midstream"))
    causes = causes_of(analysis, "walk")
    assert causes["boat_mid"] == causes["island_s"] == "cut_off"
    # The ferry itself is open: the west bank reaches the east bank.
    assert minutes_of(analysis, "walk")["west"] == pytest.approx(32.01, abs=0.01)
    # This point is 400 m from the landing and reaches it on its straight line, not the ferry.
    rows = analysis.demand.set_index("demand_id")
    assert rows.loc["mid_river", "access_m"] == pytest.approx(400.5, abs=0.1)


@pytest.mark.parametrize(
    ("tags", "on_network"),
    [
        ({"highway": "primary", "motorroad": "yes"}, False),
        ({"highway": "residential", "bridge": "viaduct"}, False),
        ({"highway": "residential", "tunnel": "yes"}, False),
        ({"highway": "trunk_link"}, True),
        ({"highway": "service", "tunnel": "building_passage"}, True),
        ({"highway": "path", "bridge": "boardwalk"}, True),
        ({"highway": "motorway_link"}, False),
    ],
)
def test_points_attach_where_one_could_step_onto_the_road(
    tmp_path: Path, tags: dict[str, str], on_network: bool
) -> None:
    other = {"highway": "residential"}
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "LineString", "coordinates": line},
        }
        for properties, line in (
            (tags, [[_east(0), LAT], [_east(4000), LAT]]),
            (other, [[_east(4000), LAT], [_east(4400), LAT]]),
        )
    ]
    content = {"type": "FeatureCollection", "features": features}
    (tmp_path / "roads.geojson").write_text(json.dumps(content), encoding="utf-8")
    demand, sites = [("d", _east(1000), _north(20))], [("s", _east(4400), LAT)]
    folder = small_study(tmp_path, "roads.geojson", demand, sites, minutes=120)
    mode = "walk" if tags["highway"] == "path" else "drive"
    causes = causes_of(run_case(folder), mode)
    assert (causes["d"] != "data_doubt") == on_network


# -- nodes at one place -------------------------------------------------------------------------


def test_coincident_nodes_are_named_and_joined_on_request(tmp_path: Path) -> None:
    folder = copy_of("osm_coincident_nodes", tmp_path)
    before = run_case(folder)
    assert int(problems_of(before)["road_nodes_coincident"]) == 1
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("[network]\n", "[network]\njoin_within_m = 0.1\n")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    after = run_case(folder)
    assert "road_nodes_coincident" not in problems_of(after)
    layer = str(after.demand["layer"].iloc[0])
    assert "cut_off" in causes_of(before, layer).values()
    assert "cut_off" not in causes_of(after, layer).values()


@pytest.mark.parametrize(("code", "refused"), [(4214, True), (4610, True), (4490, False)])
def test_roads_of_a_former_survey_need_a_word(tmp_path: Path, code: int, refused: bool) -> None:
    lines = gpd.GeoDataFrame(
        {"highway": ["residential"]},
        geometry=[shapely.LineString(_DIRECT)],
        crs=f"EPSG:{code}",
    )
    lines.to_file(tmp_path / "roads.gpkg")
    folder = small_study(tmp_path, "roads.gpkg", *_POINTS)
    if not refused:
        assert len(_roads(folder)) == 1
        return
    with pytest.raises(StudyError) as caught:
        _roads(folder)
    assert caught.value.code == "datum_inexact"
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("[network]\n", "[network]\ninexact_datum = true\n")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    assert len(_roads(folder)) == 1
