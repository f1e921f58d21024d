"""An empty study by the command: filled in and given roads, it is read as it stands."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

import cli
from geo.pipeline import check, run
from geo.study.load import load_study
from layers.export.empty_study import ROADS, TEMPLATES, input_template
from layers.words.catalogue import LOCALES, words_for
from tests.worlds.tiny_study import write_study

ROWS = {
    "units.xlsx": [("01", "甲街道", "某区", "某市"), ("02", "乙街道", "某区", "某市")],
    "demand.xlsx": [
        ("d1", "一号", 114.301, 30.5, 100, "01"),
        ("d2", "二号", 114.318, 30.5, 300, "02"),
    ],
    "services.xlsx": [("s1", "一号食堂", 114.3, 30.5, "01")],
}  # fmt: skip


@pytest.mark.parametrize("lang", LOCALES)
def test_a_filled_empty_study_runs(
    tmp_path: Path, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    assert cli.main(["new", str(folder), "--empty", "--lang", lang]) == 0
    assert ROADS in capsys.readouterr().out
    assert cli.main(["check", str(folder), "--lang", lang]) == 1  # nothing is filled in
    assert "units.xlsx" in capsys.readouterr().err
    for name, rows in ROWS.items():
        book = openpyxl.load_workbook(folder / name)
        for row in rows:
            book.worksheets[0].append(row)
        book.save(folder / name)
    roads = write_study(tmp_path / "tiny") / "roads.geojson"
    (folder / "roads.geojson").write_bytes(roads.read_bytes())
    toml = folder / "study.toml"
    toml.write_text(toml.read_text("utf-8").replace(ROADS, "roads.geojson"), encoding="utf-8")
    study = load_study(folder)
    quality, inputs = check(study)
    assert not (quality["severity"] == "error").any()
    assert quality["problem"].tolist().count("row_example") == 3
    assert [(item.rows_in, item.rows_used) for item in inputs[:3]] == [(3, 2), (3, 2), (2, 1)]
    entry = run(study).summary["layers"]["service"]
    assert (entry["demand_total"], entry["share_by_presence"]) == (400, 0.5)


def test_an_empty_study_replaces_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("x")
    assert cli.main(["new", str(tmp_path), "--empty"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
    assert cli.main(["new", str(tmp_path / "a"), "--empty", "--sample", "wuhan"]) == 2


@pytest.mark.parametrize("role", TEMPLATES)
def test_a_template_is_the_same_every_time_and_explains_every_column(role: str) -> None:
    words = words_for("zh-CN")
    raw = input_template(role, words)
    assert raw == input_template(role, words)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    assert book.sheetnames == [words(f"template.{role}"), "填写说明"]
    header = [cell.value for cell in book.worksheets[0][1]]
    lines = [row[0].value for row in book.worksheets[1].iter_rows()]
    assert all(any(line.startswith(f"{name}：") for line in lines) for name in header)
