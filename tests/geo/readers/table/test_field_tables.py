"""Tables as users of the field sent them: the right rows, and a finding for every other one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import geo
from geo.base.errors import StudyError
from tests.worlds.field import FieldInputs, copy_of, field_study, read_field, read_folder
from tests.worlds.office_sheets import OfficeSheet, as_xlsx


@pytest.mark.parametrize(
    ("name", "file", "rows", "total", "findings"),
    [
        ("csv_ragged_total", "demand.csv", 3, 600, [("row_total", 5)]),
        ("csv_title_line", "demand.csv", 3, 600, [("row_title", 1)]),
        ("csv_one_gbk_row_in_utf8", "demand.csv", 4, 1000, [("row_encoding", 5)]),
        ("csv_zero_width_space", "demand.csv", 3, 600, [("invisible_removed", None)]),
        ("xlsx_column_number_row", "demand.xlsx", 4, 1400, [("row_column_numbers", 2)]),
        ("xlsx_hidden_rows", "demand.xlsx", 4, 1400, [("rows_hidden", None)]),
        (
            "xlsx_two_cell_line_above_header",
            "demand.xlsx",
            4,
            1400,
            [("row_title", 1), ("row_title", 2)],
        ),
        ("xlsx_two_row_header_unmerged", "demand.xlsx", 4, 1400, []),
    ],
)
def test_demand(
    name: str, file: str, rows: int, total: float, findings: list[tuple[str, int | None]]
) -> None:
    found = read_field(name)
    assert len(found.demand) == rows
    assert found.demand["weight"].sum() == total
    said = [item for item in found.problems(file) if not item[0].startswith("column_recognised")]
    assert said == findings
    rows_in, used, set_aside = found.counts("demand")
    assert (used, rows_in) == (rows, rows + set_aside)
    assert set_aside == sum(1 for problem, _ in findings if problem.startswith("row_t")) + (
        name == "xlsx_column_number_row"
    )


def test_the_row_in_another_encoding_is_read(tmp_path: Path) -> None:
    assert read_field("csv_one_gbk_row_in_utf8").demand["name"].tolist()[3] == "丁小区"


def test_hidden_rows_are_named() -> None:
    found = read_field("xlsx_hidden_rows")
    assert next(r.value for r in found.quality.rows if r.problem == "rows_hidden") == "2 (3, 5)"


def test_a_list_of_units_with_a_total_and_a_note() -> None:
    found = read_field("unit_list_total_row")
    assert found.units["id"].tolist() == [f"42010200100{n}" for n in range(1, 5)]
    assert found.problems("units.xlsx") == [("row_total", 6), ("row_note", 7)]
    assert found.counts("units") == (6, 4, 2)
    summary = geo.run(geo.load_study(field_study("unit_list_total_row"))).summary
    assert summary["layers"]["site"]["share_by_presence"] == 0.5


def _doubts(found: FieldInputs) -> list[tuple[str, str]]:
    rows = found.quality.rows
    return [(row.field, row.value) for row in rows if row.problem == "weight_scaled"]


def test_a_column_that_counts_by_ten_thousands_is_doubted() -> None:
    found = read_field("weight_header_wan")
    assert _doubts(found) == [("人口（万人）", "万人")]


@pytest.mark.parametrize(
    ("header", "lines", "weight", "doubt"),
    [
        ("人口（千人）", "", "人口（千人）", [("人口（千人）", "千人")]),
        ("人口", "某表\n单位：万人\n", "人口", [("人口", "万人")]),
        ("人口（人）", "某表\n单位：万人、平方公里\n", "人口（人）", []),
        ("人口", "某表\n单位：人\n", "人口", []),
    ],
)
def test_units_of_weights(
    tmp_path: Path, header: str, lines: str, weight: str, doubt: list[tuple[str, str]]
) -> None:
    folder = copy_of("weight_header_wan", tmp_path)
    table = f"{lines}id,lon,lat,{header}\nd1,114.302,30.5518,1.2\nd2,114.3073,30.5563,3.5\n"
    (folder / "demand.csv").write_text(table, encoding="utf-8")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('weight="人口（万人）"', f'weight="{weight}"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    assert _doubts(read_folder(folder)) == doubt


def test_a_unit_in_the_second_row_of_a_workbook_s_header(tmp_path: Path) -> None:
    folder = copy_of("weight_header_wan", tmp_path)
    rows = [["编号", "坐标", None, "人口"], [None, "经度", "纬度", "（万人）"]]
    rows += [["d1", 114.302, 30.5518, 1.2]]
    as_xlsx(OfficeSheet(rows), folder / "demand.csv")
    assert _doubts(read_folder(folder)) == [("人口（万人）", "万人")]


def test_fields_of_a_dbf_that_were_cut_to_one_name_are_refused() -> None:
    with pytest.raises(StudyError) as caught:
        read_field("shp_duplicate_field")
    assert caught.value.code == "column_twice"
    assert caught.value.params == {"file": "units.zip", "field": "街道名称"}


@pytest.mark.parametrize(
    "names", [("population", "population"), ("名称", "名称 "), ("a", "a\u200b")]
)
def test_names_that_become_one(names: tuple[str, str], tmp_path: Path) -> None:
    folder = copy_of("csv_ragged_total", tmp_path)
    units = json.loads((folder / "units.geojson").read_text(encoding="utf-8"))
    if names[0] != names[1]:
        for feature in units["features"]:
            feature["properties"] |= dict.fromkeys(names, "x")
        (folder / "units.geojson").write_text(json.dumps(units), encoding="utf-8")
    else:
        (folder / "units.geojson").write_text(f"id,{','.join(names)}\n1,2,3\n", encoding="utf-8")
    with pytest.raises(StudyError, match="column_twice"):
        read_folder(folder)


LIST = "村(社区)代码,村(社区)名称,XJMC\n420102001001,一社区,江区\n420102001002,二社区,江区\n"


@pytest.mark.parametrize(
    "ending", ["", "合计,2个,\n", "合计,1个,\n420102001003,三社区,河区\n合计,1个,\n"]
)
def test_units_recognise_their_columns(tmp_path: Path, ending: str) -> None:
    folder = copy_of("unit_list_total_row", tmp_path)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('id="代码"\nname="名称"\nparents=["区县"]\n', "").replace(".xlsx", ".csv")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    (folder / "units.csv").write_text(LIST + ending, encoding="utf-8")
    found = read_folder(folder)
    assert found.units["id"].tolist()[:2] == ["420102001001", "420102001002"]
    assert found.units["name"].tolist()[:2] == ["一社区", "二社区"]
    recognised = {row.field for row in found.quality.rows if row.problem.startswith("column_rec")}
    assert recognised == {"村(社区)代码", "村(社区)名称"}


def test_areas_recognise_their_columns(tmp_path: Path) -> None:
    folder = copy_of("csv_ragged_total", tmp_path)
    text = (folder / "units.geojson").read_text(encoding="utf-8")
    text = text.replace('"id":', '"街道代码":').replace('"name":', '"街道名称":')
    (folder / "units.geojson").write_text(text, encoding="utf-8")
    assert read_folder(folder).units["id"].tolist() == ["420102001", "420102002"]


def test_repeated_totals_do_not_cost_the_ids(tmp_path: Path) -> None:
    folder = copy_of("csv_ragged_total", tmp_path)
    rows = (folder / "demand.csv").read_text(encoding="utf-8").replace("编号", "社区编码")
    (folder / "demand.csv").write_text(rows + "合计,,,,600\n", encoding="utf-8")
    found = read_folder(folder)
    assert found.demand["id"].tolist() == ["1", "2", "3"]
    assert ("id_from_row", None) not in found.problems("demand.csv")
