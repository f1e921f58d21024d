"""Every file of a run: names, columns, bytes, and what happens when one cannot be written."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyogrio
import pytest
import shapely

from cli.terminal import refuse_inputs
from geo.analysis import Analysis
from geo.base.errors import CancelledError, OutputError
from geo.base.progress import Progress
from geo.coverage.access_table import ACCESS_SCHEMA
from layers.export.by_county import county_zip
from layers.export.results import (
    OUTPUT_FILES,
    OutputFile,
    Source,
    county_files,
    register_output,
    result_bytes,
    result_names,
    table,
    write_results,
)
from layers.words.catalogue import words_for
from tests.worlds.made_analysis import HOSTILE

GAPS = (
    "rank unit_id unit_name county city layer demand_total uncovered uncovered_share main_cause"
    " uncovered_data_doubt uncovered_cut_off uncovered_too_far nearest_site_id nearest_site_name"
    " nearest_minutes_p50 lon lat uncovered_no_site uncovered_not_assigned uncovered_out_of_scope"
)


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False, dtype=str)


def test_writes_every_file_and_nothing_else(analysis: Analysis, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    written = write_results(analysis, out)
    assert [path.name for path in written] == result_names()
    assert sorted(path.name for path in out.iterdir()) == sorted(result_names())
    assert written[-1].name == "summary.json"


def test_columns_are_those_of_the_contract(out: Path) -> None:
    assert " ".join(_csv(out / "gaps.csv").columns) == GAPS
    assert list(_csv(out / "units.csv").columns)[:6] == [
        "unit_id", "unit_name", "level", "county", "city", "layer",
    ]  # fmt: skip
    assert list(_csv(out / "demand.csv").columns)[-4:] == [
        "lon", "lat", "time_ms", "sites_within",
    ]  # fmt: skip
    assert "severity,file,row,field,problem,action,value" in (out / "quality.csv").read_text(
        encoding="utf-8-sig"
    )


def test_tables_come_back_as_they_were(analysis: Analysis, out: Path) -> None:
    for name in ("demand", "units", "gaps", "gap_points", "sites", "equity"):
        wanted = table(analysis, name)
        found = pd.read_csv(out / f"{name}.csv", encoding="utf-8-sig")
        assert len(found) == len(wanted)
        for column in wanted.select_dtypes("number"):
            pd.testing.assert_series_equal(
                found[column].astype(float),
                wanted[column].astype(float).reset_index(drop=True),
                check_exact=True,
            )


def test_the_access_table_is_written_on_request_and_goes_with_its_run(
    analysis: Analysis, tmp_path: Path
) -> None:
    rows = pa.Table.from_pylist(
        [{"layer": "clinic", "site_id": "S1", "demand_id": "D1", "time_ms": 1, "metres": 1.5}],
        ACCESS_SCHEMA,
    )
    asked = replace(analysis, access=lambda: iter([rows, rows]))
    written = write_results(asked, tmp_path)
    assert tmp_path / "access.parquet" in written
    assert pd.read_parquet(tmp_path / "access.parquet")["site_id"].tolist() == ["S1", "S1"]
    first = (tmp_path / "access.parquet").read_bytes()
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert summary["outputs"]["access.parquet"] == hashlib.sha256(first).hexdigest()
    write_results(asked, tmp_path)
    assert (tmp_path / "access.parquet").read_bytes() == first
    write_results(analysis, tmp_path)  # a set without it
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(result_names())


def test_two_runs_give_the_same_bytes(analysis: Analysis, out: Path, tmp_path: Path) -> None:
    time.sleep(2.1)  # zip keeps two seconds; a clock in any file would show
    write_results(analysis, tmp_path)
    for name in result_names()[:-1]:
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes(), name
    first, second = (
        json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        for folder in (out, tmp_path)
    )
    first.pop("generated_at")
    second.pop("generated_at")
    assert first == second


def test_summary_holds_the_hashes_and_no_nan(analysis: Analysis, out: Path) -> None:
    text = (out / "summary.json").read_text(encoding="utf-8")
    summary = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert summary["layers"]["clinic"]["minutes_p90"] is None
    assert summary["layers"]["clinic"]["demand_total"] == 236.5
    assert summary["generated_at"].endswith("+00:00")
    assert set(summary["outputs"]) == set(result_names()) - {"summary.json"}
    for name, digest in summary["outputs"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    assert set(analysis.summary) | {"generated_at", "outputs"} == set(summary)


def test_geojson_holds_the_areas_of_the_gaps(analysis: Analysis, out: Path) -> None:
    content = json.loads((out / "gaps.geojson").read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    shapes = dict(zip(analysis.areas["unit_id"], analysis.areas.geometry, strict=True))
    for feature, row in zip(content["features"], analysis.gaps.itertuples(), strict=True):
        assert list(feature["properties"]) == GAPS.split()
        assert feature["properties"]["uncovered"] == row.uncovered
        if row.unit_id:
            assert shapely.geometry.shape(feature["geometry"]).equals(shapes[row.unit_id])
        else:
            assert feature["geometry"] is None
    assert gpd.read_file(out / "gaps.geojson").crs.to_epsg() == 4326


def test_geojson_rounds_to_a_centimetre(analysis: Analysis) -> None:
    moved = analysis.areas.translate(1 / 3, 1 / 7)
    fine = Analysis(**{**vars(analysis), "areas": analysis.areas.set_geometry(moved)})
    content = json.loads(result_bytes(fine, "gaps.geojson"))
    x, y = content["features"][0]["geometry"]["coordinates"][0][0]
    assert (x, y) == (round(x, 7), round(y, 7))


def test_isochrones_come_back(analysis: Analysis, out: Path) -> None:
    found = gpd.read_file(out / "isochrones.gpkg", layer="isochrones")
    assert list(found.columns) == [
        "layer", "site_id", "minutes", "metres", "area_km2", "geometry",
    ]  # fmt: skip
    assert found.crs.to_epsg() == 4326
    assert list(found["minutes"].dropna()) == [5.0, 15.0, 15.0]
    for shape, wanted in zip(found.geometry, analysis.isochrones.geometry, strict=True):
        assert shape.equals(wanted)


def test_no_isochrones_still_make_a_file(analysis: Analysis, tmp_path: Path) -> None:
    none = Analysis(**{**vars(analysis), "isochrones": analysis.isochrones.iloc[:0]})
    write_results(none, tmp_path)
    assert len(gpd.read_file(tmp_path / "isochrones.gpkg")) == 0


def test_nothing_uncovered_still_makes_every_file(analysis: Analysis, tmp_path: Path) -> None:
    empty = {"gaps": analysis.gaps.iloc[:0], "gap_points": analysis.gap_points.iloc[:0]}
    write_results(Analysis(**{**vars(analysis), **empty}), tmp_path)
    assert json.loads((tmp_path / "gaps.geojson").read_text())["features"] == []


def test_formulas_in_names_are_text_in_csv(hostile: Analysis, tmp_path: Path) -> None:
    write_results(hostile, tmp_path)
    for name in result_names():
        if not name.endswith(".csv"):
            continue
        text = (tmp_path / name).read_text(encoding="utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                numeric = cell.lstrip("-").replace(".", "").isdigit()
                assert numeric or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    names = set(_csv(tmp_path / "gap_points.csv")["name"])
    assert names <= {f"'{text}" if text[0] in "=@" else text for text in HOSTILE}


def test_a_folder_that_is_a_file_is_an_output_error(analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError):
        write_results(analysis, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.parametrize("name", ["gaps.xlsx", "isochrones.gpkg"])
def test_a_file_that_cannot_be_replaced_is_named(
    analysis: Analysis, tmp_path: Path, name: str
) -> None:
    # What Excel does on Windows by holding a file open, a folder of its name does everywhere.
    (tmp_path / name).mkdir()
    (tmp_path / name / "inside").touch()
    with pytest.raises(OutputError) as caught:
        write_results(analysis, tmp_path)
    assert caught.value.params["file"].endswith(name)
    assert not (tmp_path / "summary.json").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_locked_file_is_named(
    analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(source: object, target: object) -> None:
        raise PermissionError(13, "in use", str(target))

    monkeypatch.setattr("geo.base.files.os.replace", locked)
    with pytest.raises(OutputError) as caught:
        write_results(analysis, tmp_path)
    assert caught.value.code == "output_locked"
    assert Path(caught.value.params["file"]).name in result_names()


def test_a_disk_that_is_full_for_the_geopackage_is_named(
    analysis: Analysis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite says only that a transaction failed."""

    def failed(*_: object, **__: object) -> None:
        raise pyogrio.errors.DataSourceError("Failed to commit transaction")

    write_results(analysis, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("pyogrio.write_dataframe", failed)
    usage = shutil.disk_usage(tmp_path)
    for free, code in ((10_000, "disk_full"), (10**12, "output_failed")):
        found = usage._replace(free=free)
        monkeypatch.setattr("shutil.disk_usage", lambda path, found=found: found)
        with pytest.raises(OutputError) as caught:
            write_results(analysis, tmp_path)
        assert caught.value.code == code
        assert caught.value.params["file"] == str(tmp_path / "isochrones.gpkg")
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_cancel_takes_effect_between_files(analysis: Analysis, tmp_path: Path) -> None:
    seen: list[int] = []
    progress = Progress(lambda state: progress.cancel() if state.done == 2 else seen.append(1))
    with pytest.raises(CancelledError):
        write_results(analysis, tmp_path, progress=progress)
    assert not (tmp_path / "summary.json").exists()


def test_progress_counts_the_files(analysis: Analysis, tmp_path: Path) -> None:
    states = []
    write_results(analysis, tmp_path, progress=Progress(states.append))
    assert states[0].stage == "write"
    assert states[-1].done == states[-1].total == len(result_names())


def test_downloads_are_the_files(analysis: Analysis, out: Path) -> None:
    for name in ("gaps.csv", "gap_points.csv", "gaps.xlsx", "gaps.geojson"):
        assert result_bytes(analysis, name) == (out / name).read_bytes()


@pytest.fixture
def dummy() -> Iterator[OutputFile]:
    def write(source: Source, path: Path) -> None:
        path.write_text(f"{len(source.analysis.areas)} {source.locale}", encoding="utf-8")

    file = OutputFile("count.txt", write, by_county=True)
    register_output(file)
    yield file
    del OUTPUT_FILES[file.name]


def test_a_new_output_file_needs_its_record_only(
    dummy: OutputFile, analysis: Analysis, tmp_path: Path
) -> None:
    assert dummy.name in result_names() and dummy.name in county_files()
    out = tmp_path / "out"
    assert out / dummy.name in write_results(analysis, out, locale="en")
    assert (out / dummy.name).read_text() == "4 en"
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert dummy.name in summary["outputs"]
    assert result_bytes(analysis, dummy.name) == b"4 zh-CN"
    names = zipfile.ZipFile(io.BytesIO(county_zip(analysis, words_for("en")))).namelist()
    assert f"某市 甲区/{dummy.name}" in names
    # A run must not replace an input of this name.
    study = analysis.study.model_copy(update={"folder": out})
    inputs = study.model_copy(
        update={"demand": study.demand.model_copy(update={"path": dummy.name})}
    )
    with pytest.raises(OutputError):
        refuse_inputs(inputs, out, result_names())


def test_a_name_is_registered_once(dummy: OutputFile) -> None:
    with pytest.raises(ValueError, match=dummy.name):
        register_output(dummy)


def test_the_summary_is_no_download(analysis: Analysis) -> None:
    with pytest.raises(ValueError, match="summary"):
        result_bytes(analysis, "summary.json")
