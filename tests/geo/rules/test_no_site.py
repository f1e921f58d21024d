"""A layer without a usable site has a cause of its own, and its gaps a column of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo import load_study, open_explorer, run
from geo.analysis import Analysis
from layers.export.results import write_results
from tests.worlds.field_cases import causes_of, run_case, small_study
from tests.worlds.streets import GEOD

LON, LAT = 114.0, 30.0
FURTHER = ["uncovered_no_site", "uncovered_not_assigned", "uncovered_out_of_scope"]


def _east(metres: float) -> float:
    return float(GEOD.fwd(LON, LAT, 90, metres)[0])


def _study(folder: Path, sites: list[tuple[str, float, float]], *, without_list: bool) -> Path:
    """A street of 1 km; a second layer without any usable site beside one that has one."""
    line = {"type": "LineString", "coordinates": [[LON, LAT], [_east(1000), LAT]]}
    feature = {"type": "Feature", "properties": {"highway": "path"}, "geometry": line}
    folder.mkdir(parents=True, exist_ok=True)
    content = {"type": "FeatureCollection", "features": [feature]}
    (folder / "roads.geojson").write_text(json.dumps(content), encoding="utf-8")
    demand = [("near", _east(100), LAT), ("far", _east(900), LAT + 0.5)]
    small_study(folder, "roads.geojson", demand, [("s", LON, LAT)], profiles=("walk",), minutes=15)
    lines = ["id,name,lon,lat", *(f"{i},{i},{x!r},{y!r}" for i, x, y in sites)]
    (folder / "other.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    source = 'sites = "none"' if without_list else 'path = "other.csv"'
    with (folder / "study.toml").open("a", encoding="utf-8") as text:
        text.write(f'[[layers]]\nkey="new"\n{source}\nprofile="walk"\nminutes=15\n')
    return folder


def _checked(analysis: Analysis) -> None:
    assert causes_of(analysis, "walk") == {"near": "", "far": "data_doubt"}
    assert causes_of(analysis, "new") == {"near": "no_site", "far": "data_doubt"}
    figures = analysis.summary["layers"]
    assert figures["new"]["by_cause"] == {
        "data_doubt": 1, "no_site": 1, "cut_off": 0, "too_far": 0
    }  # fmt: skip
    assert "no_site" not in figures["walk"]["by_cause"]
    assert analysis.summary["schema_version"] == 2
    gaps = analysis.gaps.set_index("layer")
    assert {*FURTHER} <= {*analysis.gaps.columns}
    assert gaps.loc["new", "uncovered_no_site"] == 1
    assert gaps["uncovered_no_site"].isna()["walk"]


def test_a_layer_without_a_list(tmp_path: Path) -> None:
    _checked(run_case(_study(tmp_path, [], without_list=True)))


def test_a_layer_whose_sites_are_all_off_the_network(tmp_path: Path) -> None:
    folder = _study(tmp_path, [("o", LON + 0.5, LAT), ("p", LON, LAT + 0.5)], without_list=False)
    analysis = run_case(folder)
    _checked(analysis)
    assert "all_sites_unused" in analysis.summary["layers"]["new"]["warnings"]


def test_the_columns_stay_blank_where_the_cause_cannot_occur(tmp_path: Path) -> None:
    analysis = run_case(_study(tmp_path, [("o", LON, LAT)], without_list=False))
    assert len(analysis.gaps)
    assert analysis.gaps[FURTHER].isna().all(axis=None)


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_files_name_it(tmp_path: Path, locale: str) -> None:
    folder = _study(tmp_path / "study", [], without_list=True)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace('"en"', f'"{locale}"'), encoding="utf-8")
    analysis = run(load_study(folder), cache=None)
    write_results(analysis, tmp_path / "out")
    gaps = (tmp_path / "out" / "gaps.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "," + ",".join(FURTHER) in gaps[0]
    page = (tmp_path / "out" / "map.html").read_text(encoding="utf-8")
    assert ("尚未设点" if locale == "zh-CN" else "no site yet") in page


def test_questions_name_it_too(tmp_path: Path) -> None:
    folder = _study(tmp_path, [], without_list=True)
    explorer = open_explorer(load_study(folder), cache=None)
    found = {item.layer: item for item in explorer.from_here(_east(300), LAT)}
    assert found["new"].cause == "no_site"
    assert found["walk"].covered
