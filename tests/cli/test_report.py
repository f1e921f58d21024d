"""`quarterhour report` and `quarterhour fieldcheck`."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import openpyxl
import pytest
from docx import Document

import cli
from tests.worlds.tiny_study import write_study


@pytest.fixture
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue("study")
    return found


@pytest.mark.parametrize(
    ("lang", "title"), [("zh-CN", "小样公共服务可达性评估报告"), ("en", "小样")]
)
def test_report_writes_the_chapter(folder: Path, tmp_path: Path, lang: str, title: str) -> None:
    out = tmp_path / "r.docx"
    assert cli.main(["report", str(folder), "--out", str(out), "--lang", lang]) == 0
    text = [paragraph.text for paragraph in Document(str(out)).paragraphs]
    assert any(title in line for line in text)


def test_report_takes_sections_layers_and_other_formats(folder: Path, tmp_path: Path) -> None:
    for suffix in ("html", "pdf"):
        out = tmp_path / f"r.{suffix}"
        options = ["--sections", "summary,gaps", "--layer", "clinic"]
        assert cli.main(["report", str(folder), "--out", str(out), *options]) == 0
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "医保[red]服务站" in text and "评估结果" not in text and "parking" not in text


def test_a_folder_takes_the_whole_set(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "set"
    options = ["--sections", "summary", "--by-county"]  # no counties here: no folders for them
    assert cli.main(["report", str(folder), "--out", str(out), *options]) == 0
    names = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert names == {
        "report.docx", "report.html", "report.pdf", "gaps.xlsx", "map.html", "maps/clinic.png",
        "maps/clinic.pdf", "maps/parking.png", "maps/parking.pdf",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--out", "r.txt"], "r.txt"),
        (["--out", "r.docx", "--sections", "nonsense"], "nonsense"),
        (["--out", "r.docx", "--template", "missing.docx"], "missing.docx"),
        (["--out", "r.docx", "--logo", "missing.png"], "missing.png"),
    ],
)
def test_a_wrong_request_is_one_line_and_writes_nothing(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["report", str(folder), *options]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and said in lines[0]
    assert not list(tmp_path.glob("r.*"))


def test_results_of_a_field_check_come_back(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(folder), "--out", str(tmp_path / "out")]) == 0
    path = tmp_path / "out" / "gaps.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book["医保[red]服务站".replace("[", " ").replace("]", " ")]
    rows = list(sheet.iter_rows())
    header = next(row for row in rows if row[0].value == "序号")
    at = next(cell.column for cell in header if str(cell.value).startswith("核实结果"))
    sheet.cell(header[0].row + 2, at).value = "数据有误"
    book.save(path)
    capsys.readouterr()
    assert cli.main(["fieldcheck", str(path), "--out", str(tmp_path / "checked.csv")]) == 0
    assert "数据有误 1 项" in capsys.readouterr().out
    found = list(csv.DictReader((tmp_path / "checked.csv").open(encoding="utf-8-sig")))
    assert [(row["demand_id"], row["result"]) for row in found] == [("E2", "data_wrong")]
    assert cli.main(["fieldcheck", str(folder / "estates.csv")]) == 1


def test_units_without_areas_have_tables_and_no_maps(folder: Path, tmp_path: Path) -> None:
    (folder / "units.csv").write_text("id,name\nU1,东街道\nU2,西街道\n", encoding="utf-8")
    estates = "id,name,lon,lat,unit\nE1,一号,114.3001,30.5,U1\nE2,二号,114.3199,30.5,U2\n"
    (folder / "estates.csv").write_text(estates, encoding="utf-8")
    (folder / "clinic.csv").write_text("id,name,lon,lat,unit\nS1,站,114.3,30.5,U1\n", "utf-8")
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    toml = toml.replace("units.geojson", "units.csv")
    for name in ("estates.csv", "clinic.csv"):
        toml = toml.replace(f'path = "{name}"', f'path = "{name}"\nunit = "unit"')
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    out = tmp_path / "out"
    assert cli.main(["run", str(folder), "--out", str(out)]) == 0
    with (out / "units.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = {row["unit_id"]: row for row in csv.DictReader(handle) if row["layer"] == "clinic"}
    assert (rows["U1"]["has_site"], rows["U1"]["share_by_time"]) == ("True", "1")
    assert (rows["U2"]["has_site"], rows["U2"]["share_by_time"]) == ("False", "0")
    assert cli.main(["report", str(folder), "--out", str(tmp_path / "set")]) == 0
    assert not (tmp_path / "set" / "maps").exists()


def test_the_workbook_has_the_bands_and_the_date(folder: Path, tmp_path: Path) -> None:
    rows = "E1,一号,114.3001,30.5,9,4\nE2,二号,114.3199,30.5,7,3\n"
    (folder / "estates.csv").write_text("id,name,lon,lat,people,old\n" + rows, encoding="utf-8")
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    weights = 'weight = "people"\nbands = { "60岁及以上" = "old" }'
    toml = toml.replace('path = "estates.csv"', f'path = "estates.csv"\n{weights}')
    toml = toml.replace("[study]", '[study]\nas_of = "2026年10月"')
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    out = tmp_path / "out"
    assert cli.main(["run", str(folder), "--out", str(out)]) == 0
    sheet = openpyxl.load_workbook(out / "gaps.xlsx").worksheets[1]
    cells = [[cell for cell in row if cell is not None] for row in sheet.values]
    assert any("统计时点：2026年10月" in str(row[0]) for row in cells if row)
    header = next(list(row) for row in sheet.values if "60岁及以上（人）" in row)
    line = next(list(row) for row in sheet.values if "二号" in row)
    assert line[header.index("60岁及以上（人）")] == 3
    assert line[header.index("未覆盖人口（人）")] == 7


def test_report_prints_the_proposals_of_a_folder_or_a_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = write_study(tmp_path / "tiny"), tmp_path / "siting"
    site = ["site", str(folder), "--layer", "station", "--sites", "1", "--candidates", "demand"]
    assert cli.main([*site, "--save-scenario", "A", "--out", str(out)]) == 0
    common = ["report", str(folder), "--sections", "siting", "--layer", "station"]
    for source, bound in ((str(out), "都不可能覆盖超过"), ("A", "方案说明：布点优化")):
        page = tmp_path / "r.html"
        assert cli.main([*common, "--proposals", source, "--out", str(page)]) == 0
        text = re.sub(r"</?data[^>]*>", "", page.read_text(encoding="utf-8"))
        assert "40.0%提高到80.0%" in text and bound in text and "乙街道" in text
    capsys.readouterr()
    for options in (["--proposals", "B"], ["--proposals", "A", "--scenario", "A"]):
        assert cli.main([*common, *options, "--out", str(tmp_path / "no.html")]) == 1
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "no.html").exists()
