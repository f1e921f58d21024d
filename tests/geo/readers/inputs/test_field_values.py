"""Values of the field that were counted wrongly: scaled rasters, missing values, long names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

import geo
from cli import main
from tests.worlds.field import FieldInputs, copy_of, field_study, read_field, read_folder


def _doubts(found: FieldInputs) -> list[str]:
    return [row.value for row in found.quality.rows if row.problem == "weight_outlier"]


def test_scale_of_a_raster_band() -> None:
    found = read_field("raster_scale_factor")
    assert found.demand["weight"].sum() == pytest.approx(136, abs=1e-9)
    assert ("raster_scaled", None) in found.problems("pop.tif")


def test_a_missing_value_that_is_not_declared_is_doubted() -> None:
    found = read_field("raster_undeclared_nodata")
    assert len(_doubts(found)) == 1
    assert _doubts(found)[0].startswith("65535 × 1")


def _raster(path: Path, values: list[list[float]], dtype: str, **profile: float) -> None:
    scale, offset = profile.pop("scale", 1.0), profile.pop("offset", 0.0)
    cells = np.array(values, dtype=dtype)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=len(values),
        width=len(values[0]),
        count=1,
        dtype=dtype,
        crs="EPSG:4326",
        transform=from_origin(114.3, 30.56, 0.001, 0.001),
        **profile,
    ) as raster:
        raster.write(cells, 1)
        raster.scales, raster.offsets = (scale,), (offset,)


@pytest.mark.parametrize(
    ("dtype", "profile", "weights"),
    [
        ("int16", {"scale": 0.01}, [0.12, 3.0]),
        ("uint8", {"scale": 2.0, "offset": 1.0, "nodata": 0}, [25.0, 89.0]),
        ("float32", {"offset": 5.0, "nodata": 0}, [17.0, 305.0]),
    ],
)
def test_scale_and_offset(
    tmp_path: Path, dtype: str, profile: dict[str, float], weights: list[float]
) -> None:
    folder = copy_of("raster_scale_factor", tmp_path)
    stored = [[12, 44 if dtype == "uint8" else 300], [0, 0]]
    _raster(folder / "pop.tif", stored, dtype, **profile)
    assert read_folder(folder).demand["weight"].tolist() == weights


@pytest.mark.parametrize(
    ("values", "doubts"),
    [
        ([3.0, 7.5, 9999.0, 9999.0], ["9999 × 2; 7.5"]),
        ([3.0, 7.5, 7499.0], []),
        ([5.0, 5.0, 0.0], []),
        ([1.0, 2.0, 1e20], ["1e+20 × 1; 2"]),
    ],
)
def test_largest_weights_of_tables(tmp_path: Path, values: list[float], doubts: list[str]) -> None:
    folder = copy_of("csv_ragged_total", tmp_path)
    rows = [f"{n},n,114.30{n},30.55,{value!r}" for n, value in enumerate(values, start=1)]
    table = "\n".join(["编号,名称,经度,纬度,人口", *rows])
    (folder / "demand.csv").write_text(table, encoding="utf-8")
    assert _doubts(read_folder(folder)) == doubts


def test_a_report_of_a_study_with_a_very_long_name(tmp_path: Path) -> None:
    target = tmp_path / "report.docx"
    assert main(["report", str(field_study("very_long_name")), "--out", str(target)]) == 0
    assert target.stat().st_size > 1000


def test_findings_are_kept_when_no_row_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = copy_of("csv_ragged_total", tmp_path)
    (folder / "demand.csv").write_text("编号,经度,纬度,人口\n1,东,西,5\n2,,,6\n", encoding="utf-8")
    with pytest.raises(geo.StudyError) as caught:
        geo.check(geo.load_study(folder))
    assert caught.value.findings["problem"].tolist().count("coordinate_bad") == 1
    out = tmp_path / "out"
    assert main(["run", str(folder), "--out", str(out)]) == 1
    assert [path.name for path in out.iterdir()] == ["quality.csv"]
    assert "coordinate_bad" in (out / "quality.csv").read_text(encoding="utf-8-sig")
    assert "quality.csv" in capsys.readouterr().err
    assert main(["check", str(folder), "--lang", "en"]) == 1
    assert "demand.csv" in capsys.readouterr().out
    # The results of an earlier run stay one set.
    (out / "summary.json").write_text("{}", encoding="utf-8")
    former = (out / "quality.csv").read_bytes()
    assert main(["run", str(folder), "--out", str(out)]) == 1
    assert (out / "quality.csv").read_bytes() == former
    assert (out / "quality.unfinished.csv").exists()
