"""Corrections of single roads: found by a place, written, read back, and felt in the travel times.

At 30.5° N a thousandth of a degree of longitude is 95.98 m. West bank and east bank are joined by a
ferry and by a bridge of 1,920 m.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.pipeline import run
from geo.readers.roads.read import read_roads
from geo.study.load import load_study
from geo.workspace.road_overrides import EdgeFinder, override_rows, with_override, write_overrides

STUDY = """[study]
name = "river"
[units]
path = "units.geojson"
[demand]
path = "homes.csv"
[network] # the roads
path = "roads.geojson"
[[layers]]
key = "walk"
path = "sites.csv"
minutes = 15
[[layers]]
key = "ebike"
path = "sites.csv"
profile = "ebike"
minutes = 15
"""
WEST, EAST = 114.300, 114.320


@pytest.fixture
def river(tmp_path: Path) -> Path:
    """A home on the west bank, a site on the east bank."""

    def line(*xy: tuple[float, float]) -> dict[str, object]:
        return {"type": "LineString", "coordinates": xy}

    roads = [
        ({"id": "w", "highway": "residential"}, line((114.299, 30.5), (WEST, 30.5))),
        ({"id": "e", "highway": "residential"}, line((EAST, 30.5), (114.321, 30.5))),
        ({"id": "bridge", "highway": "primary"}, line((WEST, 30.5), (EAST, 30.5))),
        ({"id": "boat", "highway": "ferry"}, line((WEST, 30.5), (114.31, 30.501), (EAST, 30.5))),
    ]
    box = [[114.2, 30.4], [114.4, 30.4], [114.4, 30.6], [114.2, 30.6], [114.2, 30.4]]
    area = [({"id": "u"}, {"type": "Polygon", "coordinates": [box]})]
    for name, rows in (("roads", roads), ("units", area)):
        features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
        text = json.dumps({"type": "FeatureCollection", "features": features})
        (tmp_path / f"{name}.geojson").write_text(text)
    (tmp_path / "homes.csv").write_text(f"id,name,lon,lat\nh,H,{WEST},30.5\n")
    (tmp_path / "sites.csv").write_text(f"id,name,lon,lat\ns,S,{EAST},30.5\n")
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    return tmp_path


def minutes(folder: Path) -> dict[str, float]:
    demand = run(load_study(folder)).demand
    return dict(zip(demand["layer"], demand["minutes"], strict=True))


def row(edge: str, **cells: str) -> dict[str, str]:
    return {"edge": edge, "profile": "", "allowed": "", **cells}


def test_the_nearest_edge_is_found_even_where_nobody_may_go(river: Path) -> None:
    finder = EdgeFinder(read_roads(load_study(river), QualityLog()))
    boat = finder.at(114.31, 30.5009, within_m=50)
    assert boat is not None and (boat.edge, boat.highway) == ("boat", "ferry")
    assert boat.distance_m == pytest.approx(11.1, abs=0.1)
    assert [line.coords[1] for line in finder.lines(boat.rows)] == [(114.31, 30.501)]
    assert finder.at(114.31, 30.52, within_m=300) is None
    assert finder.named("nowhere") is None


def test_a_bridge_closed_to_walkers_a_ferry_and_an_ebike_ban(river: Path) -> None:
    # 1,919.6 m: 28.79 minutes on foot, 6.78 by e-bike.
    assert minutes(river) == {
        "walk": pytest.approx(28.79, abs=0.02),
        "ebike": pytest.approx(6.78, abs=0.01),
    }
    rows = with_override([], row("bridge", profile="walk", allowed="no"))
    write_overrides(river, rows)
    times = minutes(river)
    assert times["walk"] != times["walk"] and times["ebike"] == pytest.approx(6.78, abs=0.01)
    # Crossing 6 and wait 5, for everybody.
    rows = with_override(rows, row("boat", allowed="yes", minutes="11", note="=渡口"))
    rows = with_override(rows, row("bridge", profile="ebike", allowed="no"))
    write_overrides(river, rows)
    assert minutes(river) == {"walk": 11.0, "ebike": 11.0}
    assert override_rows(load_study(river))[1]["note"] == "渡口"
    assert "[network] # the roads" in (river / "study.toml").read_text(encoding="utf-8")


def test_the_same_edge_and_profile_is_said_once_and_can_be_taken_back(river: Path) -> None:
    rows = with_override([], row("bridge", profile="walk", speed_kmh="2"))
    rows = with_override(rows, row("bridge", profile="ebike", allowed="no"))
    rows = with_override(rows, row("bridge", profile="walk", speed_kmh="8"))
    assert [(r["profile"], r.get("speed_kmh")) for r in rows] == [("ebike", None), ("walk", "8")]
    write_overrides(river, rows)
    assert minutes(river)["walk"] == pytest.approx(28.79 / 2, abs=0.02)
    write_overrides(river, [])
    study = load_study(river)
    assert study.network.overrides is None and override_rows(study) == []
    assert minutes(river)["walk"] == pytest.approx(28.79, abs=0.02)


def test_a_row_that_says_nothing_changes_nothing(river: Path) -> None:
    before = (river / "study.toml").read_bytes()
    with pytest.raises(StudyError) as caught:
        write_overrides(river, [row("bridge", note="?")])
    assert caught.value.code == "override_says_nothing"
    assert (river / "study.toml").read_bytes() == before
    assert not (river / "overrides.csv").exists()
