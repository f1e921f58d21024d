"""Water from a file of the study: drawn on every map, counted, and named where it is no layer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box, mapping

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import from_wgs84
from geo.readers.inputs.areas.water import read_water, read_water_file, water_key
from geo.study.load import load_study
from layers.print_map.ground import read_ground
from layers.web_map.packed_ground import packed_ground
from layers.web_map.tiles.roads import MANIFEST
from layers.web_map.tiles.water import kept_water_tiles
from tests.worlds.tiny_study import write_study

LAKE = box(114.304, 30.502, 114.312, 30.508)


def _with_water(folder: Path, shapes: list[shapely.Geometry], more: str = "") -> Path:
    features = [{"type": "Feature", "properties": {}, "geometry": mapping(s)} for s in shapes]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "water.geojson").write_text(text, "utf-8")
    toml = (folder / "study.toml").read_text("utf-8")
    toml = toml.replace("[network]\n", f'[network]\nwater = "water.geojson"\n{more}', 1)
    (folder / "study.toml").write_text(toml, "utf-8")
    return folder


def test_every_map_draws_the_water_of_the_file(tmp_path: Path) -> None:
    study = load_study(_with_water(write_study(tmp_path / "s"), [LAKE]))
    assert "water.geojson" in study.files
    cache = tmp_path / "cache"
    assert shapely.equals(read_water(study, cache=cache), [LAKE]).all()
    ground = read_ground(study, cache=cache)
    assert ground is not None and len(ground.water) == 1
    packed = packed_ground(study, ((30.49, 114.29), (30.52, 114.33)), cache=cache)
    assert packed is not None and packed.water
    tiles = kept_water_tiles(study, cache)
    assert tiles is not None
    assert any(level["tiles"] for level in json.loads((tiles / MANIFEST).read_text())["levels"])


def test_what_is_no_area_is_set_aside_and_counted(tmp_path: Path) -> None:
    river = LineString([(114.30, 30.50), (114.31, 30.51)])
    study = load_study(_with_water(write_study(tmp_path / "s"), [LAKE, river]))
    quality = QualityLog()
    assert len(read_water_file(study, quality)) == 1
    counted = [entry for entry in quality.inputs if entry.role == "water"]
    assert [(entry.rows_in, entry.rows_used) for entry in counted] == [(2, 1)]
    assert [row.problem for row in quality.rows] == ["geometry_not_area"]


def test_a_file_without_areas_is_named(tmp_path: Path) -> None:
    river = LineString([(114.30, 30.50), (114.31, 30.51)])
    study = load_study(_with_water(write_study(tmp_path / "s"), [river]))
    with pytest.raises(StudyError) as caught:
        read_water_file(study, QualityLog())
    assert caught.value.code == "water_no_areas"
    assert caught.value.params["file"] == "water.geojson"


def test_its_datum_is_its_own(tmp_path: Path) -> None:
    shifted = shapely.transform(
        LAKE, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], "gcj02"))
    )
    folder = _with_water(write_study(tmp_path / "s"), [shifted], 'water_datum = "gcj02"\n')
    study = load_study(folder)
    found = read_water(study, cache=None)
    assert shapely.hausdorff_distance(found[0], LAKE) < 1e-6
    key = water_key(study)
    text = (folder / "study.toml").read_text("utf-8").replace('water_datum = "gcj02"\n', "")
    (folder / "study.toml").write_text(text, "utf-8")
    assert water_key(load_study(folder)) not in (key, None)
