"""Files of the field that are no table: the refusal names the remedy."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from geo.base.errors import StudyError
from layers.words.catalogue import words_for
from layers.words.page_words import page_error
from tests.worlds.field import copy_of, read_field, read_folder


def _lines(error: StudyError) -> str:
    return page_error(error, words_for("zh-CN"))[0]


def test_one_part_of_a_shapefile() -> None:
    with pytest.raises(StudyError) as caught:
        read_field("raw_shp")
    assert caught.value.code == "format_shp"
    assert ".zip" in _lines(caught.value) and "units.dbf" in _lines(caught.value)


@pytest.mark.parametrize("part", ["units.shp", "units.shx", "units.prj"])
def test_every_other_part_of_a_shapefile(tmp_path: Path, part: str) -> None:
    folder = copy_of("raw_shp", tmp_path)
    text = (folder / "study.toml").read_text(encoding="utf-8").replace("units.dbf", part)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match="format_shp"):
        read_folder(folder)


def test_the_remedy_helps(tmp_path: Path) -> None:
    folder = copy_of("raw_shp", tmp_path)
    with zipfile.ZipFile(folder / "units.zip", "w") as archive:
        for suffix in ("shp", "shx", "dbf", "prj"):
            archive.write(folder / f"units.{suffix}", f"units.{suffix}")
    text = (folder / "study.toml").read_text(encoding="utf-8").replace("units.dbf", "units.zip")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    assert len(read_folder(folder).units)


def test_a_compressed_map_of_echarts() -> None:
    with pytest.raises(StudyError) as caught:
        read_field("echarts_encoded_geojson")
    assert caught.value.code == "geojson_encoded"
    assert "ECharts" in _lines(caught.value)


@pytest.mark.parametrize("flag", [True, False])
def test_compressed_maps_of_both_kinds(tmp_path: Path, flag: bool) -> None:
    folder = copy_of("csv_ragged_total", tmp_path)
    geometry = {"type": "Polygon", "coordinates": ["@@xA"], "encodeOffsets": [[114, 30]]}
    features = [{"type": "Feature", "properties": {"name": "甲"}, "geometry": geometry}]
    content: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if flag:
        content["UTF8Encoding"] = True
    (folder / "units.geojson").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(StudyError, match="geojson_encoded"):
        read_folder(folder)
