"""OpenStreetMap is named where a study holds its data, and not for an office's own roads."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from geo.readers.osm.attribution import holds_osm
from geo.study.load import load_study
from tests.worlds.tiny_study import write_study


def test_the_roads_of_an_office_are_not_osm_data(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path))
    assert not holds_osm(study)


@pytest.mark.parametrize("column", ["osm_id", "osmid", "@id"])
def test_columns_that_osm_tools_write_name_it(tmp_path: Path, column: str) -> None:
    folder = write_study(tmp_path)
    roads = json.loads((folder / "roads.geojson").read_text("utf-8"))
    for feature in roads["features"]:
        feature["properties"][column] = "way/1"
    (folder / "roads.geojson").write_text(json.dumps(roads), "utf-8")
    assert holds_osm(load_study(folder))


def test_the_files_of_a_zip_are_looked_at(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    text = (folder / "study.toml").read_text("utf-8").replace("roads.geojson", "roads.zip")
    (folder / "study.toml").write_text(text, "utf-8")
    for name, expected in (("roads.shp", False), ("gis_osm_roads_free_1.shp", True)):
        with zipfile.ZipFile(folder / "roads.zip", "w") as packed:
            packed.writestr(name, b"\0\0\x27\x0a" + bytes(100))
        assert holds_osm(load_study(folder)) == expected


def test_a_missing_file_counts_as_one(tmp_path: Path) -> None:
    folder = write_study(tmp_path)
    study = load_study(folder)
    (folder / "roads.geojson").unlink()
    assert holds_osm(study)
