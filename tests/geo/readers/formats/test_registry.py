"""The records of the formats: one record is all that a new format needs besides its reader."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.readers.formats import registry
from geo.readers.formats.detect import detect_format, read_table
from geo.readers.formats.registry import (
    FORMATS,
    OSM_FORMATS,
    Format,
    format_of,
    load_function,
)
from geo.readers.table.raw_table import Choice, RawTable

LINES = Format(
    "lines",
    "rows",
    "tests.geo.readers.formats.test_registry:read_lines",
    magic=(b"LINES\n",),
    suffix="lin",
)


def read_lines(path: Path, file: str, quality: QualityLog, choice: Choice) -> RawTable:
    """A reader of a made format: every line after the mark is an id."""
    ids = path.read_text(encoding="utf-8").split("\n")[1:]
    return RawTable.of_features(file, {"id": ids}, len(ids))


def _file(folder: Path, content: bytes = b"LINES\na\nb") -> Path:
    path = folder / "t.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("plain", [False, True])
def test_a_new_record_is_detected_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: bool
) -> None:
    path = _file(tmp_path)
    assert detect_format(path) == "csv"
    record = Format(LINES.key, LINES.content, LINES.reader, plain=plain, magic=LINES.magic)
    monkeypatch.setattr(registry, "FORMATS", (record, *FORMATS))
    assert detect_format(path) == "lines"
    table = read_table(path, "t.csv", QualityLog())
    assert table.frame["id"].tolist() == ["a", "b"] and table.rows.tolist() == [1, 2]


def test_a_record_without_a_reader_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FORMATS", (Format("lines", magic=LINES.magic), *FORMATS))
    with pytest.raises(StudyError) as caught:
        read_table(_file(tmp_path), "t.csv", QualityLog())
    assert caught.value.code == "format_not_built"
    assert caught.value.params == {"file": "t.csv", "format": "lines"}


def test_new_records_for_a_member_of_an_archive_and_for_xml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = Format("lines.zip", "rows", LINES.reader, within="zip", member="*.lines")
    xml = Format("gpx", "features", LINES.reader, xml_root="gpx")
    monkeypatch.setattr(registry, "FORMATS", (*FORMATS, packed, xml))
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/b.LINES", "x")
    assert detect_format(path) == "lines.zip"
    assert detect_format(_file(tmp_path, b"<gpx/>")) == "gpx"


def test_a_network_is_no_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = Format("lines", "network", LINES.reader, magic=LINES.magic)
    monkeypatch.setattr(registry, "FORMATS", (record, *FORMATS))
    with pytest.raises(StudyError) as caught:
        read_table(_file(tmp_path), "t.csv", QualityLog())
    assert caught.value.code == "format_not_table"


def test_every_record_names_a_function_and_a_mark() -> None:
    keys = [item.key for item in FORMATS]
    assert len(set(keys)) == len(keys)
    for item in FORMATS:
        assert item.magic or item.member or item.xml_root or item.json_members
        assert not item.within or not format_of(item.within).built
        if item.built:
            assert callable(load_function(item.reader))


def test_what_is_built_is_not_listed_as_unbuilt() -> None:
    assert format_of("tif").built and format_of("tif").content == "raster"
    # What is only recognised says what helps, in words of its own.
    assert all(item.refusal != "format_not_built" for item in FORMATS if not item.built)
    assert all(format_of(key).built for key in ("xls", "xlsx", "shp.zip", "csv"))
    assert not format_of("dwg").built
    assert format_of("pbf").file_suffix == "osm.pbf" and format_of("kmz").file_suffix == "kmz"


def test_the_docs_list_the_files_of_osm() -> None:
    text = (Path(__file__).parents[4] / "docs" / "study.md").read_text(encoding="utf-8")
    (row,) = [line for line in text.splitlines() if line.startswith("| networks |")]
    osm = {f"`.{item.file_suffix}`" for item in FORMATS if item.key in OSM_FORMATS}
    assert {part for part in row.replace(",", "").split() if part.startswith("`.")} == osm
