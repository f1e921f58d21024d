"""Datums without an exact shift are named with their error, and need the user's word."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.coordinates.datum_accuracy import inexact_datum
from tests.worlds.field import copy_of, read_field, read_folder


@pytest.mark.parametrize(
    ("crs", "error_m"),
    [
        ("EPSG:4214", 60),
        ("EPSG:2437", 60),
        ("EPSG:4555", 60),
        ("EPSG:4610", 100),
        ("EPSG:2383", 100),
    ],
)
def test_datums_of_former_surveys(crs: str, error_m: int) -> None:
    found = inexact_datum(crs)
    assert found is not None
    assert found[1] == error_m


@pytest.mark.parametrize("code", [4326, 4490, 4547, 4513, 3857, 32650, 4258, 2326, 31467])
def test_datums_with_a_shift(code: int) -> None:
    assert inexact_datum(f"EPSG:{code}") is None


@pytest.mark.parametrize(
    ("name", "key", "metres"),
    [
        ("points_xian80_crs", 'crs="EPSG:2383"', 100),
        ("shp_beijing54", 'path="units.zip"', 60),
    ],
)
def test_studies_of_the_field(tmp_path: Path, name: str, key: str, metres: int) -> None:
    with pytest.raises(StudyError) as caught:
        read_field(name)
    assert caught.value.code == "datum_inexact"
    assert caught.value.params["metres"] == metres
    folder = copy_of(name, tmp_path)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace(key, f"{key}\ninexact_datum=true", 1)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    found = read_folder(folder)
    said = [row.value for row in found.quality.rows if row.problem == "datum_inexact"]
    assert len(said) == 1
    assert said[0].endswith(f"{metres} m")
