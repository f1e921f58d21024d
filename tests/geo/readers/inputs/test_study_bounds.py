"""The bounds of a study, from its units or from the areas around seats."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.readers.inputs.study_bounds import study_bounds
from geo.study.load import load_study

SQUARE = """{"type": "FeatureCollection", "features": [{"type": "Feature",
 "properties": {"id": "a"}, "geometry": {"type": "Polygon",
 "coordinates": [[[114.0, 30.0], [114.2, 30.0], [114.2, 30.1], [114.0, 30.1], [114.0, 30.0]]]}}]}
"""
TOML = """[study]
name = "a"
[units]
{units}
[demand]
path = "d.csv"
[network]
path = "r.osm"
[[layers]]
key = "a"
path = "s.csv"
minutes = 15
"""


@pytest.mark.parametrize(
    "units", ['path = "areas.geojson"', 'seats = "seats.csv"\nwithin = "areas.geojson"']
)
def test_bounds_of_the_areas(tmp_path: Path, units: str) -> None:
    (tmp_path / "study.toml").write_text(TOML.format(units=units), encoding="utf-8")
    study = load_study(tmp_path)
    assert study_bounds(study) is None  # no file
    (tmp_path / "areas.geojson").write_text(SQUARE, encoding="utf-8")
    assert study_bounds(study) == (114.0, 30.0, 114.2, 30.1)
    (tmp_path / "areas.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    assert study_bounds(study) is None
