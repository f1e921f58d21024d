"""Files are shown by the names that the office knows; parameters and results stay the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.pipeline import check, run
from geo.study.load import load_study
from layers.report.tables import file_table
from layers.words.catalogue import words_for
from tests.worlds.tiny_study import write_study


def _named(folder: Path) -> Path:
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    text = text.replace('path = "estates.csv"', 'path = "estates.csv"\norigin = "小区表(终).csv"')
    text = text.replace('path = "stations.csv"', 'path = "stations.csv"\norigin = "名单.xlsx"')
    text = text.replace('path = "parking.csv"', 'path = "parking.csv"\norigin = "名单.xlsx"')
    text = text.replace(
        'path = "roads.geojson"', 'path = "roads.geojson"\nsources = ["路网：某局"]'
    )
    toml.write_text(text, encoding="utf-8")
    return folder


def test_origins_change_what_is_shown_and_nothing_else(tmp_path: Path) -> None:
    plain = run(load_study(write_study(tmp_path / "a")))
    analysis = run(load_study(_named(write_study(tmp_path / "b"))))
    study = analysis.study
    assert study.shown_file("estates.csv") == "小区表(终).csv"
    # Two files of one name are told apart.
    assert study.shown_file("parking.csv") == "名单.xlsx (parking.csv)"
    assert "小区表(终).csv" in set(analysis.quality["file"])
    assert "estates.csv" not in set(analysis.quality["file"])
    words = words_for("zh-CN")
    shown = {row[1] for row in file_table(analysis, words).rows}
    assert {"小区表(终).csv", "名单.xlsx (parking.csv)", "units.geojson"} <= shown
    # Scripts still find the paths.
    assert [item["file"] for item in analysis.summary["inputs"]] == [
        item["file"] for item in plain.summary["inputs"]
    ]
    assert study.study.sources == ("手工样例 / made by hand", "路网：某局")
    before, after = plain.study.parameters(), study.parameters()
    assert "origin" not in str(after)
    assert {**after, "study": {}} == {**before, "study": {}}


def test_check_and_errors_name_the_office_s_file(tmp_path: Path) -> None:
    folder = _named(write_study(tmp_path / "b"))
    _, inputs = check(load_study(folder))
    assert "小区表(终).csv" in {item.file for item in inputs}
    (folder / "estates.csv").write_text("id,name,lon,lat\n", encoding="utf-8")
    with pytest.raises(StudyError) as error:
        run(load_study(folder))
    assert error.value.params["file"] == "小区表(终).csv"


@pytest.mark.parametrize("value", ["5", "{ a = 1 }", "[5]", '"text"'])
def test_wrong_sources_are_an_error_of_their_section(tmp_path: Path, value: str) -> None:
    folder = write_study(tmp_path / "b")
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("[network]", f"[network]\nsources = {value}"), encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(folder)
    fields = [item.params.get("field", "") for item in (error.value, *error.value.others)]
    assert all(field.startswith("network.sources") for field in fields)
