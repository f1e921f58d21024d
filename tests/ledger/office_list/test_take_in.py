"""An office's ledger of 200 rows: merged cells, 序号, dates as text, several states in a cell."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from geo.base.errors import StudyError
from geo.study.load import load_study
from layers.ledger_forms.three_lists import lists_workbook
from layers.words.catalogue import LOCALES, words_for
from layers.words.lines.ledger import field_name, state_name
from ledger.cases import FIELDS, TEXT_FIELDS
from ledger.errors import LedgerError
from ledger.ledger import Ledger, open_ledger
from ledger.office_list.column_map import ColumnMap, read_map
from ledger.office_list.read import Listed, read_list
from ledger.office_list.take_in import Imported, import_cases
from ledger.office_list.words import field_of, state_of
from ledger.states import STATES
from tests.worlds.tiny_study import write_study

_HEAD_1 = ("序号", "编号", "所属街道", "存在问题", "责任", "责任", "整改时限", "完成情况", "备注")
_HEAD_2 = (None, None, None, None, "牵头单位", "责任领导", None, None, None)
_STATES = (
    "未整改",
    "整改中",
    "已整改、已验收",
    "已交办/正在整改",
    "已销号",
    "暂缓",
    "不予整改",
    "",
)
_DUES = ("2026年6月30日", "2026/7/1", "2026.8.15", "20260901", "46387", "2026年12月底", "长期", "")


def _office(path: Path) -> None:
    """200 rows under a title, a line and a header of two rows, with totals and a note."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "台账"
    sheet.append(["某区公共服务问题整改台账"])
    sheet.merge_cells("A1:I1")
    sheet.append(["填报单位：某区民政局", None, None, None, None, None, "2026年3月"])
    sheet.append(_HEAD_1)
    sheet.append(_HEAD_2)
    sheet.merge_cells("E3:F3")
    for column in "ABCDGHI":
        sheet.merge_cells(f"{column}3:{column}4")
    for n in range(200):
        street = f"第{n // 10}街道" if n % 10 == 0 else None
        sheet.append(
            [n + 1, f"WT-{n + 1:03d}", street, f"第{n + 1}处问题\n=1+1", "民政局", "王局长",
             _DUES[n % len(_DUES)], _STATES[n % len(_STATES)], "-" if n % 7 else "'引号"]
        )  # fmt: skip
    for n in range(20):
        sheet.merge_cells(f"C{5 + 10 * n}:C{14 + 10 * n}")
    sheet.append(["合计", None, None, 200])
    book.create_sheet("说明").append(["本表由各街道填报"])
    book.save(path)


def _import(ledger: Ledger, listed: Listed) -> Imported:
    return import_cases(
        ledger, listed, by="张三", source="台账.xlsx", closed_note=lambda s: f"原台账状态：{s}"
    )


_MAP = ColumnMap(columns={"完成情况": "state"})


def test_two_hundred_rows_out_and_in_again(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "a")
    study, words = load_study(folder), words_for("zh-CN")
    _office(tmp_path / "台账.xlsx")
    listed = read_list(tmp_path / "台账.xlsx", _MAP)
    assert (listed.rows_in, len(listed.rows), listed.joined) == (201, 200, 0)
    assert listed.left_out == [("台账", 205, "total")]
    assert {(field, value) for _, _, field, value in listed.doubts} == {("due", "长期")}
    with open_ledger(folder) as ledger:
        assert len(_import(ledger, listed).added) == 200
        cases = ledger.store.cases()
        first = cases[0]
        assert first.fields["number"] == "WT-001" and first.fields["area"] == "第0街道"
        assert cases[9].fields["area"] == "第0街道" and cases[10].fields["area"] == "第1街道"
        assert first.fields["lead"] == "民政局" and first.fields["leader"] == "王局长"
        assert first.fields["problem"] == "第1处问题\n=1+1"
        dues = [case.fields["due"] for case in cases[:8]]
        assert dues == [
            "2026-06-30", "2026-07-01", "2026-08-15", "2026-09-01", "2026-12-31", "2026-12-31",
            "长期", "",
        ]  # fmt: skip
        states = [case.state for case in cases[:8]]
        assert states == [
            "open", "in_progress", "accepted", "in_progress", "accepted", "deferred", "waived",
            "open",
        ]  # fmt: skip
        # Nobody is closed by an import; the office's own word stays.
        assert "原台账状态：已销号" in cases[4].fields["note"]
        # The same file again changes nothing.
        again = _import(ledger, read_list(tmp_path / "台账.xlsx", _MAP))
        assert (len(again.added), len(again.changed), len(again.same)) == (0, 0, 200)
        (tmp_path / "三清单.xlsx").write_bytes(lists_workbook(cases, study, words))
        # Nor does what was exported from here.
        own = _import(ledger, read_list(tmp_path / "三清单.xlsx"))
        assert (len(own.same), own.state_kept) == (200, [])
    exported = read_list(tmp_path / "三清单.xlsx")
    assert (exported.rows_in, exported.joined, len(exported.rows)) == (600, 400, 200)
    with open_ledger(write_study(tmp_path / "b")) as other:
        _import(other, exported)
        copied = other.store.cases()
    assert len(copied) == 200
    for one, two in zip(cases, copied, strict=True):
        assert one.state == two.state
        assert {**one.fields} == {**two.fields}


def test_rows_without_a_number_come_in_once(ledger: Ledger, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("序号", "问题", "措施"), (1, "甲", "建站"), (2, "乙", "建站")):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    assert len(_import(ledger, read_list(tmp_path / "a.xlsx")).added) == 2
    assert len(_import(ledger, read_list(tmp_path / "a.xlsx")).same) == 2


def test_several_rows_of_one_number_are_one_case(ledger: Ledger, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("问题编号", "问题描述", "整改措施"), ("A1", "甲", "建站"), (None, None, "修路")):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:B3")
    book.save(tmp_path / "a.xlsx")
    listed = read_list(tmp_path / "a.xlsx")
    assert (listed.rows_in, listed.joined) == (2, 1)
    _import(ledger, listed)
    assert ledger.store.case("A1").fields["measures"] == "建站\n修路"


def test_an_edited_export_changes_fields_and_moves_nothing(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "a")
    words = words_for("en")
    with open_ledger(folder) as ledger:
        ledger.add({"lead": "old", "number": "N1"}, by="a")
        data = lists_workbook(ledger.store.cases(), load_study(folder), words)
        (tmp_path / "x.xlsx").write_bytes(data)
        book = openpyxl.load_workbook(tmp_path / "x.xlsx")
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value in ("old", "open"):
                        cell.value = {"old": "new", "open": "closed"}[str(cell.value)]
        book.save(tmp_path / "x.xlsx")
        found = _import(ledger, read_list(tmp_path / "x.xlsx"))
        case = ledger.store.case("1")
        assert (found.changed, found.state_kept) == (["1"], [("1", "accepted")])
        assert (case.fields["lead"], case.state) == ("new", "open")
        assert ledger.store.history("1")[-1]["action"] == "import"


@pytest.mark.parametrize("locale", LOCALES)
def test_our_own_headers_and_states_are_understood(locale: str) -> None:
    words = words_for(locale)
    for name in FIELDS:
        assert field_of(field_name(name, words), {}) == name
    for state in STATES:
        assert state_of(state_name(state, words), {}) == state


@pytest.mark.parametrize(
    "text, state",
    [
        ("已整改，未销号", "submitted"),
        ("暂未销号", "open"),
        ("已于3月完成整改", "submitted"),
        ("已交办，整改中", "in_progress"),
        ("已销号；反弹", "reopened"),
        ("情况复杂", ""),
    ],
)
def test_several_states_in_one_cell(text: str, state: str) -> None:
    assert state_of(text, {}) == state


def test_maps(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        'sheet = "表一"\n[columns]\nproblem = "情况"\nlead = ["甲", "乙"]\n'
        '[states]\n"好了" = "accepted"\n',
        encoding="utf-8",
    )
    found = read_map(path)
    assert found.columns == {"情况": "problem", "甲": "lead", "乙": "lead"}
    assert (found.states, found.sheet) == ({"好了": "accepted"}, "表一")
    for text, code in (
        ("[columns]\nproblems = '情况'", "ledger_map_key"),
        ("[states]\n'好' = 'done'", "ledger_map_key"),
        ("column = 1", "ledger_map_key"),
        ("columns = 1", "ledger_map_broken"),
        ("[columns", "ledger_map_broken"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(LedgerError) as caught:
            read_map(path)
        assert caught.value.code == code


def test_files_that_hold_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as missing:
        read_list(tmp_path / "none.xlsx")
    assert missing.value.code == "ledger_no_file"
    (tmp_path / "text.xlsx").write_text("编号,问题")
    with pytest.raises(StudyError):
        read_list(tmp_path / "text.xlsx")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "lon", "lat"])
    book.save(tmp_path / "sites.xlsx")
    with pytest.raises(LedgerError) as none:
        read_list(tmp_path / "sites.xlsx")
    assert none.value.code == "ledger_no_list"


def test_no_text_field_is_lost(ledger: Ledger, tmp_path: Path) -> None:
    folder = write_study(tmp_path / "a")
    values = {name: f"{name}的内容" for name in TEXT_FIELDS if name not in ("approval",)}
    values |= {"found_on": "2026-01-02", "due": "2026-03-04"}
    ledger.add(values, by="张三")
    data = lists_workbook(ledger.store.cases(), load_study(folder), words_for("zh-CN"))
    (tmp_path / "x.xlsx").write_bytes(data)
    (row,) = read_list(tmp_path / "x.xlsx").rows
    assert {name: row[name] for name in values} == values
