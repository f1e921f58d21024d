"""CSV, GeoJSON, GeoPackage and Parquet as raw tables; the format by its bytes."""

from __future__ import annotations

import bz2
import gzip
import json
import sqlite3
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats.csv import read_csv, regular_columns
from geo.readers.formats.detect import detect_format, read_table
from geo.readers.table.raw_table import RawTable


def _csv(tmp_path: Path, content: str | bytes) -> tuple[RawTable, QualityLog]:
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    quality = QualityLog()
    return read_csv(path, "t.csv", quality), quality


def _geojson(path: Path, features: list[dict], **members: object) -> Path:
    content = {"type": "FeatureCollection", "features": features, **members}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def _feature(geometry: object, **properties: object) -> dict:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_delimiters_and_encodings(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = delimiter.join(("编号", "名称 ", "lon")) + "\r\n"
    text += delimiter.join(("1", " 光谷,街; 道", "114.3")).replace(" 光谷,街; 道", '" 光谷,街; 道"')
    table, quality = _csv(tmp_path, text.encode(encoding))
    assert list(table.frame.columns) == ["编号", "名称", "lon"]
    assert table.frame.iloc[0].tolist() == ["1", "光谷,街; 道", "114.3"]
    assert table.rows.tolist() == [2]
    guessed = [row.problem for row in quality.rows]
    assert guessed == ([] if encoding.startswith("utf-8") else ["encoding_guessed"])


def test_csv_row_numbers_and_ragged_rows(tmp_path: Path) -> None:
    text = 'id,name\n\na,"two\nlines"\nb\nc,x,y\nd,y,\n,\ne,z\n'
    table, quality = _csv(tmp_path, text)
    # As Excel counts: the quoted break is one row, the blank one counts.
    assert dict(zip(table.frame["id"], table.rows, strict=True)) == {"a": 3, "d": 6, "e": 8}
    assert [(row.problem, row.row, row.value) for row in quality.rows] == [
        ("row_ragged", 4, "1/2"),
        ("row_ragged", 5, "3/2"),
    ]
    assert table.rows_in == 5


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\n ,\n", "file_empty"),
        (b"id,name,id\n1,2,3\n", "column_twice"),
        (b'id,name\n1,"open\n2,b\n', "csv_broken"),
        (b"id,name\n1,\x00\n", "csv_broken"),
        (b"id\n\xff\xff\xff", "text_encoding"),
        (b"id\n" + b"x" * 200_000, "csv_broken"),
    ],
)
def test_csv_errors(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(StudyError) as caught:
        _csv(tmp_path, content)
    assert caught.value.code == code


def test_csv_without_rows_and_with_empty_column_names(tmp_path: Path) -> None:
    assert len(_csv(tmp_path, "id,name\n")[0]) == 0
    table, _ = _csv(tmp_path, "id,,name,,\n1,x,2,,\n")
    assert list(table.frame.columns) == ["id", "name"]


@given(
    st.lists(
        st.lists(st.text('a1 \t\r\u3000\x1f;"é', max_size=4), min_size=1, max_size=3), max_size=6
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
@example([["id", "name"], [" a", "b "], ["c", "\u3000"]], "\n", True)
@example([["id", "name"], ["a", ""], ["", ""]], "\r\n", False)
@example([["id", ""], ["a", ""]], "\n", False)
@settings(deadline=None)  # it writes files
def test_a_regular_table_reads_as_any_other(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], end: str, last: bool
) -> None:
    text = end.join(",".join(row) for row in rows) + (end if last else "")
    folder = tmp_path_factory.mktemp("regular")

    def read() -> tuple[object, ...]:
        try:
            table, quality = _csv(folder, text)
        except StudyError as error:
            return error.code, error.params
        names = list(table.frame.columns)
        return names, table.frame.to_numpy().tolist(), table.rows.tolist(), table.rows_in, quality

    found = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.readers.formats.csv.regular_columns", lambda *_: None)
        assert found == read()


def test_regular_is_what_most_tables_are() -> None:
    assert regular_columns("id,name\na,b\n", ",", "t") is not None
    assert regular_columns('id,name\na,"b"\n', ",", "t") is None
    assert regular_columns("id,name\n\na,b\n", ",", "t") is None


def test_geojson(tmp_path: Path) -> None:
    path = _geojson(
        tmp_path / "t.geojson",
        [
            {**_feature({"type": "Point", "coordinates": [114.3, 30.5, 9]}, n=3.0), "id": 7},
            _feature(None, name="武汉", flag=True, nested={"a": [1]}),
            _feature({"type": "Point", "coordinates": ["x", 2]}),
        ],
    )
    table = read_table(path, "t.geojson", QualityLog())
    assert table.frame["id"].tolist() == ["7", "", ""]
    assert table.frame["n"].tolist() == ["3", "", ""]
    assert table.frame.loc[1, ["name", "flag", "nested"]].tolist() == [
        "武汉",
        "true",
        '{"a": [1]}',
    ]
    assert table.rows.tolist() == [1, 2, 3]
    assert table.geometry is not None
    assert table.geometry[0].equals(shapely.Point(114.3, 30.5))
    assert table.geometry[1] is None
    assert table.geometry[2] is None


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::4547", "EPSG:4547"])
def test_geojson_crs_is_undone(tmp_path: Path, name: str) -> None:
    path = _geojson(
        tmp_path / "t.geojson",
        [_feature({"type": "Point", "coordinates": [500_000, 3_375_000]})],
        crs={"type": "name", "properties": {"name": name}},
    )
    table = read_table(path, "t.geojson", QualityLog())
    assert table.geometry is not None
    assert table.geometry[0].x == pytest.approx(114.0, abs=1e-6)  # the zone's meridian
    assert 30.4 < table.geometry[0].y < 30.6


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"type": "Topology"}', "geojson_wrong"),
        ('{"type": "FeatureCollection", "features": [1]}', "geojson_wrong"),
        ('{"type": "FeatureCollection", "features"', "geojson_broken"),
        ('{"a":' * 100_000, "nested_deep"),
        (
            '{"type": "FeatureCollection", "features": [],'
            ' "crs": {"properties": {"name": "/etc/passwd"}}}',
            "crs_unknown",
        ),
    ],
)
def test_geojson_errors(tmp_path: Path, content: str, code: str) -> None:
    path = tmp_path / "t.geojson"
    path.write_text(content)
    with pytest.raises(StudyError) as caught:
        read_table(path, "t.geojson", QualityLog())
    assert caught.value.code == code


@pytest.fixture
def layer() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "code": [420100, 420200],
            "share": [0.5, np.nan],
            "name": ["江岸", None],
            "open": [True, False],
        },
        geometry=[shapely.Point(114.3, 30.5), None],
        crs="EPSG:4490",
    )


@pytest.mark.parametrize("suffix", ["gpkg", "parquet"])
@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4547", "EPSG:4326"])
def test_gpkg_and_parquet(tmp_path: Path, layer: gpd.GeoDataFrame, suffix: str, crs: str) -> None:
    path = tmp_path / f"层.{suffix}"
    layer = layer.to_crs(crs)
    if suffix == "gpkg":
        layer.to_file(path, driver="GPKG")
    else:
        layer.to_parquet(path)
    assert detect_format(path) == suffix
    table = read_table(path, path.name, QualityLog())
    assert table.frame["code"].tolist() == ["420100", "420200"]
    assert table.frame["share"].tolist() == ["0.5", ""]
    assert table.frame["name"].tolist() == ["江岸", ""]
    assert table.geometry is not None
    assert table.geometry[0].distance(shapely.Point(114.3, 30.5)) < 1e-8
    assert table.geometry[1] is None


def test_parquet_without_geometry(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    frame = pd.DataFrame({"id": [1, None], "lon": [114.123456789, 1], "tags": [["a", "b"], ["c"]]})
    frame.to_parquet(path)
    table = read_table(path, "t.parquet", QualityLog())
    assert table.geometry is None
    assert table.frame["id"].tolist() == ["1", ""]
    assert table.frame["lon"].tolist() == ["114.123456789", "1"]
    assert table.frame["tags"].tolist() == ["['a', 'b']", "['c']"]


def test_gpkg_with_two_layers_is_refused_and_with_one_of_attributes_is_not(
    tmp_path: Path, layer: gpd.GeoDataFrame
) -> None:
    path = tmp_path / "t.gpkg"
    layer.to_file(path, layer="one", driver="GPKG")
    pd_only = gpd.GeoDataFrame({"a": [1]})
    import pyogrio

    pyogrio.write_dataframe(pd.DataFrame(pd_only), path, layer="notes", driver="GPKG")
    assert len(read_table(path, "t.gpkg", QualityLog())) == 2
    layer.to_file(path, layer="two", driver="GPKG")
    with pytest.raises(StudyError) as caught:
        read_table(path, "t.gpkg", QualityLog())
    assert caught.value.code == "gpkg_layers"
    assert caught.value.params["layers"] == "one, two"


def test_sqlite_that_is_no_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE a (b)")
    with pytest.raises(StudyError) as caught:
        read_table(path, "t.gpkg", QualityLog())
    assert caught.value.code == "gpkg_broken"


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"%PDF-1.7", "pdf", "format_picture"),
        (b"\x00\x00\x27\x0a....", "shp", "format_shp"),
        (gzip.compress(b"id,lon", mtime=0), "gz", "format_archive"),
        (gzip.compress(b"<gpx/>", mtime=0), "gpx", "format_not_built"),
        (b"<OGRVRTDataSource/>", "ogrvrtdatasource", "format_not_built"),
    ],
)
def test_known_formats_that_are_not_read(
    tmp_path: Path, content: bytes, name: str, code: str
) -> None:
    path = tmp_path / "t.geojson"
    path.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        detect_format(path)
    assert caught.value.code == code
    assert caught.value.params["format"] == name


@pytest.mark.parametrize(
    ("member", "name"), [("xl/workbook.xml", "xlsx"), ("a/b.SHP", "shp.zip"), ("doc.kml", "kmz")]
)
def test_archives(tmp_path: Path, member: str, name: str) -> None:
    path = tmp_path / "t.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, "x")
    assert detect_format(path) == name


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(StudyError) as caught:
        detect_format(path)
    assert caught.value.params["format"] == "zip"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<?xml version='1.0'?><!-- x --><osm version='0.6'/>", "osm"),
        (b"\xef\xbb\xbf<graphml xmlns='http://graphml.graphdrawing.org/xmlns'/>", "graphml"),
        (b"\n {}", "geojson"),
        (b"id,lon\n", "csv"),
        (b"<kml xmlns='http://www.opengis.net/kml/2.2'/>", "kml"),
        (gzip.compress(b"<osm version='0.6'/>", mtime=0), "osm.gz"),
        (bz2.compress(b"<osm version='0.6'/>"), "osm.bz2"),
        ("编号\n".encode("gbk"), "csv"),
    ],
)
def test_formats_by_bytes(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / "t.xyz"
    path.write_bytes(content)
    assert detect_format(path) == name
