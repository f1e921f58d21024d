"""What users of other tools report as wrong, each as a small world whose numbers are countable."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
import shapely

from geo import Analysis, load_study, run
from tests.worlds.field_cases import causes_of, minutes_of, run_case, small_study
from tests.worlds.streets import GEOD

LON, LAT = 114.0, 30.0
Line = Sequence[tuple[float, float]]


def _place(east_m: float, north_m: float) -> tuple[float, float]:
    """Degrees of a place in metres east and north of the world's origin."""
    lat = float(GEOD.fwd(LON, LAT, 0, north_m)[1])
    return float(GEOD.fwd(LON, lat, 90, east_m)[0]), lat


def _world(
    folder: Path,
    lines: Sequence[Line],
    demand: Sequence[tuple[str, float, float]],
    sites: Sequence[tuple[str, float, float]],
    **options: object,
) -> Path:
    """A study whose roads are lines in metres; points are (id, metres east, metres north)."""
    folder.mkdir(parents=True, exist_ok=True)
    features = [
        {
            "type": "Feature",
            "properties": {"highway": "residential"},
            "geometry": {"type": "LineString", "coordinates": [_place(*xy) for xy in line]},
        }
        for line in lines
    ]
    content = {"type": "FeatureCollection", "features": features}
    (folder / "roads.geojson").write_text(json.dumps(content), encoding="utf-8")
    spots = [[(name, *_place(x, y)) for name, x, y in points] for points in (demand, sites)]
    return small_study(folder, "roads.geojson", *spots, **options)  # type: ignore[arg-type]


def _with_bands(folder: Path, bands: Sequence[float]) -> Analysis:
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(f"{text}bands = {list(bands)}\n", encoding="utf-8")
    return run(load_study(folder), cache=None)


def test_a_river_without_a_bridge(tmp_path: Path) -> None:
    """People 100 m away on the other bank are not reached, and the area leaves that bank out."""
    south = [(x, 0.0) for x in range(-600, 601, 200)]
    north = [(x, 100.0) for x in range(-600, 601, 200)]
    folder = _world(
        tmp_path,
        [south, north],
        [("here", 200, 0), ("there", 0, 100), ("there2", 400, 100)],
        [("s", 0, 0)],
        profiles=("walk",),
        minutes=15,
    )
    analysis = _with_bands(folder, [5, 15])
    assert causes_of(analysis, "walk") == {"here": "", "there": "cut_off", "there2": "cut_off"}
    area = shapely.union_all(analysis.isochrones.geometry.to_numpy())
    # The strip drawn around a street is 50 m wide, so the other bank's street stays outside.
    bank = shapely.LineString([_place(*xy) for xy in north])
    assert not area.intersects(bank)
    assert area.intersects(shapely.Point(_place(200, 0)))


def test_a_bridge_joins_the_banks(tmp_path: Path) -> None:
    """The same river with a bridge at its east end: the way over it counts."""
    folder = _world(
        tmp_path,
        [
            [(-600, 0), (0, 0), (600, 0)],
            [(-600, 100), (0, 100), (600, 100)],
            [(600, 0), (600, 100)],
        ],
        [("there", 0, 100)],
        [("s", 0, 0)],
        profiles=("walk",),
        minutes=20,
    )
    assert minutes_of(run_case(folder), "walk")["there"] == pytest.approx(
        1300 / 4000 * 60, abs=0.01
    )


def test_the_step_from_the_road_to_the_point_counts_at_both_ends(tmp_path: Path) -> None:
    """60 m to the road, 500 m along it, 90 m to the site: 650 m on foot."""
    folder = _world(
        tmp_path,
        [[(-100, 0), (800, 0)]],
        [("d", 0, 60), ("on_road", 0, 0)],
        [("s", 500, -90)],
        minutes=60,
    )
    analysis = run_case(folder)
    walk, drive = minutes_of(analysis, "walk"), minutes_of(analysis, "drive")
    assert walk["d"] == pytest.approx(650 / 4000 * 60, abs=0.002)
    assert walk["on_road"] == pytest.approx(590 / 4000 * 60, abs=0.002)
    # By car both steps are walked at 4 km/h.
    assert drive["d"] == pytest.approx(150 / 4000 * 60 + 500 / 20_000 * 60, abs=0.002)
    reverse = (folder / "study.toml").read_text(encoding="utf-8") + 'direction = "from"\n'
    (folder / "study.toml").write_text(reverse, encoding="utf-8")
    assert minutes_of(run_case(folder), "drive")["d"] == drive["d"]


@pytest.mark.parametrize("unit", ["minutes", "metres"])
def test_a_limit_is_inclusive_to_the_millisecond(tmp_path: Path, unit: str) -> None:
    folder = _world(
        tmp_path, [[(0, 0), (900, 0)]], [("d", 0, 0)], [("s", 800, 0)], profiles=("walk",)
    )
    found = run_case(folder).demand.iloc[0]
    text = (folder / "study.toml").read_text(encoding="utf-8")
    if unit == "minutes":
        exact, step = int(found["time_ms"]) / 60_000, 1 / 60_000
    else:
        exact, step = float(found["metres"]), 0.002
    for limit, covered in ((exact, True), (exact - step, False), (exact + step, True)):
        changed = text.replace("minutes=45", f"{unit}={limit!r}")
        assert changed != text
        (folder / "study.toml").write_text(changed, encoding="utf-8")
        assert bool(run_case(folder).demand.iloc[0]["covered"]) == covered


def test_covered_not_covered_and_off_network_add_up(tmp_path: Path) -> None:
    """In the tables and in the summary: every point is in exactly one of the groups."""
    points = [(f"p{n}", 150.0 * n, 400.0 * (n % 3)) for n in range(24)]
    folder = _world(
        tmp_path,
        [[(-100, 0), (4000, 0)], [(0, 3000), (4000, 3000)], [(3000, 800), (4000, 800)]],
        points,
        [("s", 0, 0)],
        profiles=("walk",),
        minutes=15,
    )
    analysis = run_case(folder)
    demand = analysis.demand
    figures = analysis.summary["layers"]["walk"]
    by_cause = figures["by_cause"]
    assert len(demand) == len(points) == figures["demand_total"]
    assert figures["demand_covered"] + sum(by_cause.values()) == figures["demand_total"]
    assert by_cause["data_doubt"] > 0 and by_cause["cut_off"] > 0 and by_cause["too_far"] > 0
    counts = demand["cause"].fillna("").value_counts().to_dict()
    assert counts.pop("") == figures["demand_covered"]
    assert counts == {cause: weight for cause, weight in by_cause.items() if weight}
    assert len(analysis.gap_points) == len(demand) - figures["demand_covered"]
    units = analysis.units
    finest = units[units["level"] == units["level"].iloc[-1]]
    assert finest["demand_total"].sum() == figures["demand_total"]
    gaps = analysis.gaps
    causes = [f"uncovered_{cause}" for cause in by_cause if f"uncovered_{cause}" in gaps]
    pd.testing.assert_series_equal(
        gaps[causes].sum(axis=1), gaps["uncovered"], check_names=False, check_dtype=False
    )
