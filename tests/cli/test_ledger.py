"""`quarterhour ledger`: every command on a small study, and the whole round on the sample."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import pytest

import cli
from geo.pipeline import run
from geo.study.load import load_study
from ledger.ledger import open_ledger
from tests.worlds.streets import WUHAN
from tests.worlds.tiny_study import write_study

_BOTH = "S2,二号站,114.3195,30.5\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study", locale="en")


def _run(folder: Path, *command: str) -> int:
    return cli.main(["ledger", str(folder), *command])


def _json(folder: Path, capsys: pytest.CaptureFixture[str], *command: str) -> Any:
    capsys.readouterr()
    assert _run(folder, *command, "--json") == 0
    return json.loads(capsys.readouterr().out)


def _open(folder: Path) -> None:
    assert _run(folder, "open", "--layer", "station", "--by", "张三") == 0


def _add_site(folder: Path) -> None:
    with (folder / "stations.csv").open("a", encoding="utf-8") as stations:
        stations.write(_BOTH)


def _one_line(capsys: pytest.CaptureFixture[str]) -> str:
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "Traceback" not in error
    return error


def test_a_case_from_gap_to_closed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _json(folder, capsys, "list") == []
    _open(folder)
    (case,) = _json(folder, capsys, "list")
    assert list(case)[:6] == ["id", "state", "eligible", "unit_id", "layer", "version"]
    assert (case["id"], case["state"], case["eligible"]) == ("1", "open", False)
    assert (case["unit_id"], case["layer"], case["version"]) == ("U2", "station", 1)
    assert case["people"] == "2 estates" and case["area"] == "乙县 乙街道"
    assert _run(folder, "move", "1", "assigned", "--by", "张三") == 0
    assert _run(folder, "set", "1", "lead=区医保局", "due=2026/12/31", "--by", "李四") == 0
    assert _run(folder, "sign", "1", "--by", "王五") == 1
    capsys.readouterr()
    assert _run(folder, "sign", "1", "--by", "王五") == 1
    assert "not eligible" in _one_line(capsys)
    _add_site(folder)
    assert _run(folder, "verify") == 0
    assert "eligible: 1 " in capsys.readouterr().out
    assert _run(folder, "sign", "1", "--by", "王五") == 0
    shown = _json(folder, capsys, "show", "1")
    assert (shown["state"], shown["demand_ids"], shown["shares"]) == (
        "closed", ["E3", "E4"], "0.0%→100.0%",
    )  # fmt: skip
    assert (shown["due"], shown["lead"]) == ("2026-12-31", "区医保局")
    history = _json(folder, capsys, "history", "1")
    assert [e["action"] for e in history] == ["open", "move", "set", "verify", "sign"]
    for entry in history:
        assert entry["time"] and entry["author"] and len(entry["inputs"]) == 64
    assert _run(folder, "history", "1") == 0 and _run(folder, "show", "1") == 0
    assert "王五  signed" in capsys.readouterr().out
    assert _json(folder, capsys, "list", "--state", "closed", "--unit", "U2")[0]["id"] == "1"
    assert _json(folder, capsys, "list", "--state", "open") == []
    assert _json(folder, capsys, "list", "--unit", "乙县")[0]["id"] == "1"


@pytest.mark.parametrize(
    "command, code, said",
    [
        (("move", "1", "closed", "--by", "a"), 1, "only sign closes"),
        (("move", "1", "submitted", "--by", "a"), 1, "Possible: assigned"),
        (("move", "1", "waived", "--by", "a"), 1, "--reason"),
        (("move", "1", "done", "--by", "a"), 1, "Known states"),
        (("move", "7", "assigned", "--by", "a"), 1, "no case 7"),
        (("set", "1", "state=closed", "--by", "a"), 1, "command move"),
        (("set", "1", "lead", "--by", "a"), 1, "FIELD=VALUE"),
        (("set", "1", "shares=1", "--by", "a"), 1, "command verify"),
        (("set", "1", "lead=x", "--by", " "), 1, "--by"),
        (("list", "--state", "done"), 1, "Known states"),
        (("open", "--layer", "none", "--by", "a"), 1, "none"),
        (("restore", "nothing.db"), 1, "nothing.db"),
        (("verify-chain", "--head", "abc"), 1, "entries from 3"),
    ],
)
def test_refusals_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], code: int, said: str
) -> None:
    _open(folder)
    capsys.readouterr()
    assert _run(folder, *command) == code
    assert said in _one_line(capsys)


def test_usage(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(folder, "move", "1", "assigned") == 2
    assert _run(folder, "open", "--by", "a") == 2
    assert _run(folder, "nothing") == 2
    assert _run(folder / "missing", "show", "1") == 1
    assert _run(folder, "show", "1") == 1
    assert cli.main(["ledger", "--help"]) == 0


def test_conflicts_show_base_theirs_and_mine(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _open(folder)
    assert _run(folder, "set", "1", "progress=甲", "--by", "张三", "--version", "1") == 0
    capsys.readouterr()
    assert _run(folder, "set", "1", "progress=乙", "--by", "李四", "--version", "1") == 1
    error = _one_line(capsys)
    for part in ("progress", "“”", "“甲”", "“乙”", "张三", "version 2"):
        assert part in error
    assert [c["id"] for c in _json(folder, capsys, "list", "--conflicts")] == ["1"]


def test_signers_are_registered_and_struck_off(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder, "signers") == 1  # there is no ledger yet
    _open(folder)
    capsys.readouterr()
    assert _run(folder, "signers") == 0
    assert capsys.readouterr().out == "Nobody is registered: everybody may sign.\n"
    assert _run(folder, "signers", "--add", "王局长", "--add", "李处长", "--by", "张三") == 0
    assert capsys.readouterr().out.split() == ["李处长", "王局长"]
    assert _run(folder, "signers", "--remove", "赵六", "--by", "张三") == 1
    assert "赵六 is not registered" in _one_line(capsys)
    assert _run(folder, "signers", "--remove", "李处长", "--by", "张三") == 0
    assert capsys.readouterr().out.split() == ["王局长"]
    _add_site(folder)
    assert _run(folder, "verify") == 0
    capsys.readouterr()
    assert _run(folder, "sign", "1", "--by", "李处长") == 1
    assert "李处长 is not registered" in _one_line(capsys)
    assert _run(folder, "sign", "1", "--by", "王局长") == 0


def test_the_kinds_of_remedy_are_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _open(folder)
    capsys.readouterr()
    assert _run(folder, "kinds") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "* rectification: At once, By a deadline, Long-term"
    assert second.startswith("  city_examination: ")
    assert _run(folder, "kinds", "city", "--by", "张三") == 1
    error = _one_line(capsys)
    assert "city" in error and "rectification, city_examination" in error
    assert _run(folder, "kinds", "city_examination", "--by", "张三", "--lang", "zh-CN") == 0
    assert "* city_examination: 限时解决、尽力解决" in capsys.readouterr().out


def test_lock_chain_backup_and_restore(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder, "verify-chain") == 1
    _open(folder)
    assert _run(folder, "lock", "2026-H1") == 0
    assert _run(folder, "lock", "2026-H1") == 1
    capsys.readouterr()
    assert _run(folder, "verify-chain") == 0
    head = capsys.readouterr().out.split("head ")[1].strip(" .\n")
    assert _run(folder, "verify-chain", "--head", head.upper()) == 0
    copy = tmp_path / "copy.db"
    assert _run(folder, "backup", str(copy)) == 0
    assert _run(folder, "backup", str(folder / "ledger.db")) == 1
    assert _run(folder, "move", "1", "assigned", "--by", "a") == 0
    assert _run(folder, "restore", str(copy)) == 0
    assert _json(folder, capsys, "show", "1")["state"] == "open"
    assert _run(folder, "verify-chain", "--head", head) == 0
    database = sqlite3.connect(folder / "ledger.db")
    database.execute("DROP TRIGGER history_no_update")
    database.execute("UPDATE history SET entry = replace(entry, '张三', '李四') WHERE number = 2")
    database.commit()
    database.close()
    capsys.readouterr()
    assert _run(folder, "verify-chain") == 1
    assert "Entry 2 " in _one_line(capsys)
    other = write_study(tmp_path / "other", locale="en")
    shutil.copy(copy, other / "ledger.db")
    assert _run(other, "list") == 1
    assert "another study" in _one_line(capsys)


def test_a_filled_field_check_opens_the_cases_in_doubt(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import openpyxl

    out = tmp_path / "out"
    assert cli.main(["run", str(folder), "--layer", "station", "--out", str(out)]) == 0
    book = openpyxl.load_workbook(out / "gaps.xlsx")
    filled = 0
    for sheet in book.worksheets:
        rows = [[str(c.value or "") for c in row] for row in sheet.iter_rows()]
        heads = [n for n, row in enumerate(rows) if "No." in row and "Result" in " ".join(row)]
        for head in heads[:1]:
            column = next(n for n, name in enumerate(rows[head]) if name.startswith("Result"))
            for at in range(head + 1, len(rows)):
                if "五号湾" in rows[at]:
                    sheet.cell(at + 1, column + 1).value = "confirmed"
                    filled += 1
    assert filled
    book.save(tmp_path / "filled.xlsx")
    capsys.readouterr()
    command = ("open", "--layer", "station", "--by", "张三", "--field-check")
    assert _run(folder, *command, str(tmp_path / "filled.xlsx")) == 0
    cases = {case["unit_id"]: case for case in _json(folder, capsys, "list")}
    assert cases["U1"]["cause"] == "data_doubt" and cases["U1"]["points"] == 1
    with open_ledger(folder) as ledger:
        (entry,) = [e for e in ledger.store.study_history() if e["action"] == "field_check"]
    assert (entry["confirmed"], entry["rejected"]) == (["E5"], [])


def test_the_inputs_of_a_period_are_kept(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder, "lock", "2026-H1") == 0
    _add_site(folder)
    assert _run(folder, "inputs", "2026-H1", str(tmp_path / "old")) == 0
    assert "S2" not in (tmp_path / "old" / "stations.csv").read_text(encoding="utf-8")
    capsys.readouterr()
    assert _run(folder, "inputs", "2027", str(tmp_path / "other")) == 1
    assert "2026-H1" in _one_line(capsys)


def test_import_export_and_form(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import docx
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("No", "编号", "情况"), (1, "A-1", "排队久"), (2, "A-2", "=1+1")):
        sheet.append(row)
    sheet["C3"].data_type = "s"
    book.save(tmp_path / "office.xlsx")
    (tmp_path / "map.toml").write_text('[columns]\nproblem = "情况"\n', encoding="utf-8")
    command = ("import", str(tmp_path / "office.xlsx"), "--map", str(tmp_path / "map.toml"))
    assert _run(folder, *command) == 0
    assert "2 rows read: 2 cases added" in capsys.readouterr().out
    _open(folder)
    out = tmp_path / "lists.xlsx"
    assert _run(folder, "export", str(out)) == 0
    assert openpyxl.load_workbook(out).sheetnames == ["Problems", "Duties", "Tasks"]
    assert _run(folder, "import", str(out)) == 0
    assert "9 rows read: 0 cases added, 0 changed, 3 unchanged" in capsys.readouterr().out
    form = tmp_path / "form.docx"
    assert _run(folder, "form", "3", str(form)) == 0
    (table,) = docx.Document(str(form)).tables
    assert "乙县 乙街道" in {cell.text for row in table.rows for cell in row.cells}
    capsys.readouterr()
    for refused in (
        ("export", str(folder / "study.toml")),
        ("form", "1", str(folder / "estates.csv")),
        ("import", str(folder / "estates.csv")),
    ):
        assert _run(folder, *refused) == 1
        _one_line(capsys)


# -- the sample -----------------------------------------------------------------------------------

_LAYER = "medical_insurance_ebike"
_SITES = "medical_insurance.csv"


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle))


def _covered(folder: Path) -> set[str]:
    demand = run(load_study(folder), layers=[_LAYER]).demand
    return set(demand["demand_id"][demand["covered"]])


def test_the_ten_largest_gaps_of_the_sample(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "wuhan"
    shutil.copytree(WUHAN, folder, copy_function=shutil.copyfile)
    command = ("open", "--layer", _LAYER, "--top", "10", "--by", "张三", "--lang", "zh-CN")
    assert _run(folder, *command) == 0
    cases = {case["id"]: case for case in _json(folder, capsys, "list")}
    points = {id_: set(_json(folder, capsys, "show", id_)["demand_ids"]) for id_ in cases}
    gaps = run(load_study(folder), layers=[_LAYER]).gaps
    gaps = gaps[gaps["uncovered"] > gaps["uncovered_data_doubt"]]
    assert [case["unit_id"] for case in cases.values()] == gaps["unit_id"].tolist()[:10]

    # Two sites in the middle of two gaps.
    before = (folder / _SITES).read_text(encoding="utf-8-sig")
    places = pd.DataFrame(_rows(folder / "estates.csv")).set_index("id")
    columns = before.splitlines()[0].split(",")
    added = ""
    for number, id_ in enumerate(("5", "7")):
        lon, lat = (
            median(float(value) for value in places.loc[sorted(points[id_]), name])
            for name in ("lon", "lat")
        )
        row = {"id": f"new{number}", "name": "新站", "lon": f"{lon}", "lat": f"{lat}"}
        added += ",".join(row.get(column, "") for column in columns) + "\n"
    (folder / _SITES).write_text(before + added, encoding="utf-8")
    assert _run(folder, "verify") == 0
    covered = _covered(folder)
    expected = {id_ for id_ in cases if points[id_] <= covered}
    assert expected and expected != set(cases)
    marked = {case["id"] for case in _json(folder, capsys, "list", "--eligible")}
    assert marked == expected
    left = sorted(set(cases) - expected, key=int)[0]
    assert _run(folder, "sign", left, "--by", "王局长") == 1
    for id_ in expected:
        assert _run(folder, "sign", id_, "--by", "王局长") == 0
    closed = {case["id"] for case in _json(folder, capsys, "list", "--state", "closed")}
    assert closed == expected

    # Without the sites the gaps return; one moved estate is a correction of data.
    (folder / _SITES).write_text(before, encoding="utf-8")
    moved = sorted(points[left])[0]
    site = _rows(folder / _SITES)[0]
    table = places.reset_index()
    table.loc[table["id"] == moved, ["lon", "lat"]] = [site["lon"], site["lat"]]
    table.to_csv(folder / "estates.csv", index=False)
    assert _run(folder, "verify", "--lang", "zh-CN") == 0
    said = capsys.readouterr().out
    assert all(f"重新列账：{id_} " in said for id_ in expected)
    assert f"数据更正：{left} " in said
    now = {case["id"]: case for case in _json(folder, capsys, "list")}
    assert {id_ for id_ in now if now[id_]["state"] == "reopened"} == expected
    assert [id_ for id_ in now if now[id_]["corrected"]] == [left]
    assert not any(case["eligible"] for case in now.values())
