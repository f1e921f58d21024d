"""A site that stands away from its road lies inside the bands that are drawn around it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from tests.worlds.tiny_study import write_study

# The road is at 30.5; a thousandth of a degree is 111 m, walked in 100 s.
NEAR, FAR, BEYOND_5_MIN = 30.5003, 30.5012, 30.5040


def study_at(folder: Path, lat: float) -> Path:
    study = write_study(folder)
    sites = study / "stations.csv"
    sites.write_text(sites.read_text("utf-8").replace(",30.5", f",{lat}"), encoding="utf-8")
    text = (study / "study.toml").read_text("utf-8")
    if "max_access_m" not in text:
        text = text.replace("[network]", "[network]\nmax_access_m = 600")
    (study / "study.toml").write_text(text, encoding="utf-8")
    return study


def bands_at(folder: Path, lat: float) -> dict[float, shapely.Geometry]:
    table = run(load_study(study_at(folder, lat)), layers=["station"]).isochrones
    return dict(zip(table["minutes"], table.geometry, strict=True))


@pytest.mark.parametrize("lat", [30.5, NEAR, FAR])
def test_a_site_lies_inside_all_of_its_bands(tmp_path: Path, lat: float) -> None:
    bands = bands_at(tmp_path / "a", lat)
    assert sorted(bands) == [5.0, 10.0, 15.0]
    for band in bands.values():
        assert band.contains(shapely.Point(114.3, lat)) and band.is_valid
        assert len(band.geoms) == 1
    for inner, outer in ((5.0, 10.0), (10.0, 15.0)):
        assert shapely.difference(bands[inner], bands[outer]).area < 1e-12


def test_only_where_there_is_time_for_the_walk(tmp_path: Path) -> None:
    bands = bands_at(tmp_path / "a", BEYOND_5_MIN)  # 444 m are 6.7 minutes
    place = shapely.Point(114.3, BEYOND_5_MIN)
    assert [band.contains(place) for _, band in sorted(bands.items())] == [False, True, True]
    assert bands[5.0].is_empty


def test_near_the_road_nothing_changes(tmp_path: Path) -> None:
    """33 m are inside the buffer of 50 m: the outline is that of the streets alone."""
    near = run(load_study(study_at(tmp_path / "a", NEAR)), layers=["station"]).isochrones
    streets = 2 * (300 - 33.4 * 0.9) / 0.9 * 100 + np.pi * 50**2
    # To the west the road ends after 96 m.
    assert near["area_km2"].iat[0] * 1e6 < streets


def test_a_site_alone_lies_inside_too(tmp_path: Path) -> None:
    explorer = open_explorer(load_study(study_at(tmp_path / "a", FAR)))
    for site in ("S1", (114.305, FAR)):
        area = explorer.site_area("station", site)
        place = shapely.Point(114.3 if site == "S1" else 114.305, FAR)
        assert area.geometry.contains(place).all()
