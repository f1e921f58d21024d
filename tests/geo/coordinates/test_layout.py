"""Columns that hold no degrees: swapped, or metres of a projection, and the keys that say so."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import pytest

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.layout import detect_layout
from geo.readers.inputs.demand import read_demand
from geo.readers.inputs.sites import read_sites
from geo.study.load import load_study

NEAR = (113.98, 30.38, 114.55, 30.78)
_RNG = np.random.default_rng(0)
LON, LAT = _RNG.uniform(114.0, 114.5, 40), _RNG.uniform(30.4, 30.7, 40)


def _metres(code: int) -> tuple[np.ndarray, np.ndarray]:
    return pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(LON, LAT)


def test_degrees_and_swapped_degrees() -> None:
    assert detect_layout(LON, LAT, near=NEAR).kind == "degrees"
    assert detect_layout(LAT, LON, near=NEAR).kind == "swapped"
    assert detect_layout(LAT, LON).kind == "swapped"
    assert detect_layout(np.array([np.nan]), np.array([1.0])).kind is None
    # Degrees, but of another place.
    assert detect_layout(LON - 60, LAT, near=NEAR).kind is None


@pytest.mark.parametrize("axis", ["xy", "yx"])
@pytest.mark.parametrize("code", [4526, 4547, 4497, 3857])
def test_projections_are_told_by_the_place(code: int, axis: str) -> None:
    east, north = _metres(code)
    columns = (east, north) if axis == "xy" else (north, east)
    found = detect_layout(*columns, near=NEAR)
    assert (found.kind, found.crs, found.axis) == ("metres", (f"EPSG:{code}",), axis)


def test_without_a_place_only_a_zone_in_the_easting_decides() -> None:
    assert detect_layout(*_metres(4526)).crs == ("EPSG:4526",)
    assert len(detect_layout(*_metres(4547)).crs) > 20


def _study(folder: Path, rows: list[tuple[float, float]], *, demand: str = "") -> Path:
    table = "\n".join(f"p{n},{x!r},{y!r}" for n, (x, y) in enumerate(rows))
    (folder / "demand.csv").write_text(f"id,lon,lat\n{table}\n", encoding="utf-8")
    (folder / "care.csv").write_text("id,X,Y\ns,3373000.5,530000.25\n", encoding="utf-8")
    ring = [[113.9, 30.3], [114.6, 30.3], [114.6, 30.8], [113.9, 30.8], [113.9, 30.3]]
    unit = {
        "type": "Feature",
        "properties": {"id": "u"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    (folder / "units.geojson").write_text(json.dumps(unit), encoding="utf-8")
    (folder / "study.toml").write_text(
        '[study]\nname = "t"\n[units]\npath = "units.geojson"\n'
        f'[demand]\npath = "demand.csv"\n{demand}\n[network]\npath = "roads.osm"\n'
        '[[layers]]\nkey = "care"\npath = "care.csv"\nminutes = 15\n'
        'lon = "X"\nlat = "Y"\ncrs = "EPSG:4547"\naxis = "yx"\n',
        encoding="utf-8",
    )
    return folder


def test_crs_and_axis(tmp_path: Path) -> None:
    east, north = _metres(4526)
    rows = list(zip(north.tolist(), east.tolist(), strict=True))
    study = load_study(_study(tmp_path, rows, demand='crs = "EPSG:4526"\naxis = "yx"'))
    frame = read_demand(study, QualityLog())
    assert np.abs(frame["lon"].to_numpy() - LON).max() < 1e-8
    assert np.abs(frame["lat"].to_numpy() - LAT).max() < 1e-8
    site = read_sites(study, study.layers[0], QualityLog()).iloc[0]
    back = pyproj.Transformer.from_crs(4326, 4547, always_xy=True)
    assert back.transform(site["lon"], site["lat"]) == pytest.approx((530000.25, 3373000.5))


def test_swapped_columns_are_refused_with_the_remedy(tmp_path: Path) -> None:
    rows = list(zip(LAT.tolist(), LON.tolist(), strict=True))
    with pytest.raises(StudyError) as caught:
        read_demand(load_study(_study(tmp_path, rows)), QualityLog())
    assert caught.value.code == "coordinates_swapped"
    assert caught.value.params == {"file": "demand.csv", "field": "demand"}
    fixed = load_study(_study(tmp_path, rows, demand='lon = "lat"\nlat = "lon"'))
    assert len(read_demand(fixed, QualityLog())) == 40


def test_metres_are_refused_with_the_projection(tmp_path: Path) -> None:
    east, north = _metres(4547)
    rows = list(zip(north.tolist(), east.tolist(), strict=True))
    with pytest.raises(StudyError) as caught:
        read_demand(load_study(_study(tmp_path, rows)), QualityLog())
    assert caught.value.code == "coordinates_metres"
    assert caught.value.params["value"] == "EPSG:4547"
    assert caught.value.params["axis"] == "yx"


def test_metres_in_a_vector_file_that_names_no_crs(tmp_path: Path) -> None:
    folder = _study(tmp_path, [(114.3, 30.5)])
    east, north = _metres(4547)
    features = [
        {
            "type": "Feature",
            "properties": {"id": str(n)},
            "geometry": {"type": "Point", "coordinates": [x, y]},
        }
        for n, (x, y) in enumerate(zip(east.tolist(), north.tolist(), strict=True))
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features})
    (folder / "demand.geojson").write_text(content, encoding="utf-8")
    text = (folder / "study.toml").read_text().replace("demand.csv", "demand.geojson")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_demand(load_study(folder), QualityLog())
    assert caught.value.code == "coordinates_metres"
    text = text.replace('"demand.geojson"', '"demand.geojson"\ncrs = "EPSG:4547"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    frame = read_demand(load_study(folder), QualityLog())
    assert np.abs(frame["lon"].to_numpy() - LON).max() < 1e-8


@pytest.mark.parametrize("crs", ["4547", "EPSG:999999", "urn:x"])
def test_a_crs_that_is_none(tmp_path: Path, crs: str) -> None:
    folder = _study(tmp_path, [(1.0, 2.0)], demand=f'crs = "{crs}"')
    with pytest.raises(StudyError) as caught:
        read_demand(load_study(folder), QualityLog())
    assert caught.value.code == ("crs_unknown" if crs.startswith("EPSG") else "value_wrong")
