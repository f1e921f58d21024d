"""The Ledger page: list and filters, one case, edits and conflicts, recomputation, signature."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

import cli
from app_pages.ledger_page import session
from app_pages.ledger_page.levels import LEVEL
from geo.pipeline import run
from geo.study.load import load_study
from layers.export.results import result_bytes
from layers.words.catalogue import words_for
from ledger.cases import Case
from ledger.ledger import open_ledger
from ledger.office_list.kinds import KINDS
from tests.worlds.tiny_study import write_study

LANGUAGES = ("zh-CN", "en")
PAGE = "app_pages/ledger.py"
Open = Callable[..., AppTest]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BOTH = "S2,二号站,114.3195,30.5\n"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The hand-countable study with three cases: one of stations, two of parking."""
    folder = write_study(tmp_path / "tiny")
    for layer in ("station", "parking"):
        assert cli.main(["ledger", str(folder), "open", "--layer", layer, "--by", "甲"]) == 0
    return folder


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def opened(open_app: Open, study: Path, lang: str = "zh-CN", **query: str) -> AppTest:
    app = open_app(study, lang)
    # The address of a session that opens this page; AppTest opens the first page before it.
    app.session_state["address_query"] = dict(query)
    app.switch_page(PAGE).run()
    return app


def case_of(study: Path, case: str = "1") -> Case:
    with open_ledger(study) as ledger:
        return ledger.store.case(case)


def act_as(app: AppTest, name: str = "张三") -> None:
    app.text_input(key=session.ACTING).set_value(name).run()


def numbers(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["number"].str[-4:]) if app.dataframe else []


def verify(app: AppTest) -> None:
    app.button(key="cases_verify").click().run()
    until = time.monotonic() + 60
    while not any(button.key == "cases_verified" for button in app.button):
        assert time.monotonic() < until, shown(app)
        time.sleep(0.1)
        app.run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_list_and_its_filters(open_app: Open, study: Path, lang: str) -> None:
    words = words_for(lang)
    due = ["due=2020-01-01", "lead=区医保局", "contact=李四 027"]
    assert cli.main(["ledger", str(study), "set", "2", *due, "--by", "甲"]) == 0
    app = opened(open_app, study, lang)
    assert numbers(app) == ["0001", "0002", "0003"]
    assert words("cases.count", total="3") in shown(app)
    app.selectbox(key=f"ledger_service-{lang}").set_value("layer:station").run()
    assert numbers(app) == ["0001"]
    app.selectbox(key=f"ledger_service-{lang}").set_value("").run()
    app.selectbox(key=f"ledger_area-{lang}").set_value("unit:乙县").run()
    assert numbers(app) == ["0001", "0003"]
    app.selectbox(key=f"ledger_area-{lang}").set_value("").run()
    app.text_input(key="ledger_text").set_value("停车" if lang == "zh-CN" else "没有").run()
    assert numbers(app) == (["0002", "0003"] if lang == "zh-CN" else [])
    app.text_input(key="ledger_text").set_value("").run()
    for flags, left in ((["overdue"], ["0002"]), (["eligible"], []), (["mine"], ["0002"])):
        act_as(app, "李四")
        app.pills(key=f"caseflags-{lang}").set_value(flags).run()
        assert numbers(app) == left, flags
    app.pills(key=f"caseflags-{lang}").set_value([]).run()
    app.selectbox(key=f"ledger_state-{lang}").set_value("closed").run()
    assert not numbers(app)


def test_the_address_restores_the_filters_and_names_what_it_does_not_know(
    open_app: Open, study: Path
) -> None:
    query = {"area": "unit:乙县", "service": "layer:parking", "show": "corrected"}
    app = opened(open_app, study, **query)
    assert not numbers(app)
    app = opened(open_app, study, area="unit:乙县", service="layer:parking", state="nonsense")
    assert numbers(app) == ["0003"] and "nonsense" in shown(app)
    app = opened(open_app, study, case="2026-0002" if case_of(study).id == "1" else "2")
    assert any(button.key == "case_back" for button in app.button)


def test_a_case_is_edited_and_moved(open_app: Open, study: Path) -> None:
    words = words_for("en")
    app = opened(open_app, study, "en", case="1")
    # Nothing is written without a name.
    app.button(key="case_move_assigned").click().run()
    assert words("page.error.ledger_name_missing") in shown(app)
    act_as(app)
    app.button(key="case_move_assigned").click().run()
    assert case_of(study).state == "assigned"
    moves = [b.key for b in app.button if str(b.key).startswith("case_move_")]
    assert moves == ["case_move_in_progress", "case_move_deferred", "case_move_waived"]
    app.button(key="case_move_deferred").click().run()
    assert case_of(study).state == "assigned"
    (reason,) = [t for t in app.text_input if str(t.key).startswith("case-move-reason")]
    reason.set_value("等待征地").run()
    app.button(key="case_move_deferred").click().run()
    assert case_of(study).state == "deferred" and "等待征地" in shown(app)
    app.button(key="case_move_assigned").click().run()
    (lead,) = [t for t in app.text_input if str(t.key).startswith("case-lead-1")]
    (due,) = [t for t in app.text_input if str(t.key).startswith("case-due-1")]
    lead.set_value("<img src=x onerror=alert(1)>")
    due.set_value("明年")
    app.button(key="case_save").click().run()
    assert "明年" in shown(app) and not case_of(study).fields["lead"]
    (due,) = [t for t in app.text_input if str(t.key).startswith("case-due-1")]
    due.set_value("2026年12月1日")
    app.button(key="case_save").click().run()
    fields = case_of(study).fields
    assert (fields["lead"], fields["due"]) == ("<img src=x onerror=alert(1)>", "2026-12-01")
    assert "<img" not in shown(app)
    # The name goes with the session to other pages and back.
    app.switch_page("app_pages/gaps.py").run()
    app.switch_page(PAGE).run()
    assert app.text_input(key=session.ACTING).value == "张三"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_kinds_of_remedy_are_those_of_the_office(
    open_app: Open, study: Path, lang: str
) -> None:
    words = words_for(lang)
    with open_ledger(study) as ledger:
        ledger.set_fields("1", {"kind": "另定"}, by="王五")

    def offered(app: AppTest) -> list[str]:
        (kind,) = [box for box in app.selectbox if str(box.key).startswith("case-kind-1")]
        return list(kind.options)

    app = opened(open_app, study, lang, case="1")
    usual = [words(f"cases.kind.{code}") for code in KINDS["rectification"]]
    assert offered(app)[1:] == ["另定", *usual]  # what the office wrote itself stays
    app.button(key="case_back").click().run()
    act_as(app, "张三")
    app.segmented_control(key="ledger_view").set_value("files").run()
    app.selectbox(key="case-kinds").set_value("city_examination").run()
    app.button(key="cases_kinds").click().run()
    assert words("cases.kinds_done") in shown(app)
    app = opened(open_app, study, lang, case="1")
    usual = [words(f"cases.kind.{code}") for code in KINDS["city_examination"]]
    assert offered(app)[1:] == ["另定", *usual]
    act_as(app, "张三")
    (kind,) = [box for box in app.selectbox if str(box.key).startswith("case-kind-1")]
    kind.set_value(usual[0])
    app.button(key="case_save").click().run()
    assert case_of(study).fields["kind"] == usual[0]


def test_a_conflict_shows_base_theirs_and_mine_and_loses_nothing(
    open_app: Open, study: Path
) -> None:
    app = opened(open_app, study, case="1")
    act_as(app, "李四")
    with open_ledger(study) as ledger:
        ledger.set_fields("1", {"lead": "民政局", "kind": "限期"}, by="王五")
    for name, value in (("lead", "医保局"), ("support", "街道办")):
        (field,) = [t for t in app.text_input if str(t.key).startswith(f"case-{name}-1")]
        field.set_value(value)
    app.button(key="case_save").click().run()
    text = shown(app)
    assert "王五" in text and "民政局" in text and "医保局" in text and "街道办" in text
    case = case_of(study)
    assert (case.fields["lead"], case.fields["support"], case.version) == ("民政局", "", 2)
    # Only the field that both have changed is asked about.
    (side,) = app.radio
    side.set_value("mine").run()
    app.button(key="case_resolve").click().run()
    fields = case_of(study).fields
    assert (fields["lead"], fields["support"], fields["kind"]) == ("医保局", "街道办", "限期")
    app.button(key="case_back").click().run()
    app.pills(key="caseflags-zh-CN").set_value(["conflict"]).run()
    assert numbers(app) == ["0001"]


def test_recompute_and_sign(open_app: Open, study: Path) -> None:
    words = words_for("zh-CN")
    app = opened(open_app, study, case="1")
    act_as(app, "王局长")
    assert app.button(key="case_sign").disabled
    assert words("page.error.ledger_not_eligible") in shown(app)
    with (study / "stations.csv").open("a", encoding="utf-8") as stations:
        stations.write(_BOTH)
    app.run()
    verify(app)
    case = case_of(study)
    assert case.eligible and not case_of(study, "2").eligible
    assert not app.button(key="case_sign").disabled
    # Data that change after the recomputation must be computed first.
    with (study / "parking.csv").open("a", encoding="utf-8") as parking:
        parking.write("P2,西门停车场,114.305,30.5\n")
    app.button(key="case_sign").click().run()
    assert words("page.error.ledger_evidence_old") in shown(app)
    assert case_of(study).state == "open"
    app.button(key="cases_verified").click().run()
    verify(app)
    app.button(key="case_sign").click().run()
    assert case_of(study).state == "closed" and "王局长" in case_of(study).fields["approval"]
    assert not any(button.key == "case_sign" for button in app.button)
    # Streamlit removes inline SVG: the chart of the trend is an image, with its shares as text.
    app.button(key="case_back").click().run()
    app.segmented_control(key="ledger_view").set_value("trend").run()
    chart = re.search(r'alt="([^"]+)" src="data:image/svg', shown(app))
    assert chart is not None and chart[1].count("80.0%") == 2 and "<svg" not in shown(app)


def test_the_gaps_of_the_list_become_cases(open_app: Open, tmp_path: Path) -> None:
    words = words_for("zh-CN")
    study = write_study(tmp_path / "new")
    app = opened(open_app, study)
    assert words("cases.none") in shown(app)
    app.switch_page("app_pages/gaps.py").run()
    app.selectbox(key="gaps_layer").set_value("parking").run()
    app.selectbox(key="gaps_parent").set_value("乙县").run()
    app.button(key="cases_open").click().run()
    assert words("page.error.ledger_name_missing") in shown(app)
    act_as(app)
    app.button(key="cases_open").click().run()
    assert words("cases.opened", count="1", held="0", doubt="0") in shown(app)
    assert case_of(study).unit_id == "U2" and case_of(study).layer == "parking"
    app.button(key="cases_open").click().run()
    assert words("cases.opened", count="0", held="1", doubt="0") in shown(app)


def test_the_views_and_their_files(open_app: Open, study: Path) -> None:
    words = words_for("en")
    app = opened(open_app, study, "en", view="board")
    cards = [b.key for b in app.button if str(b.key).startswith("board-")]
    assert cards == ["board-1", "board-2", "board-3"]
    app.button(key="board-2").click().run()
    assert any(button.key == "case_back" for button in app.button)
    app.button(key="case_back").click().run()
    app.segmented_control(key="ledger_view").set_value("levels").run()
    assert "0 closed ÷ 3 cases" in shown(app)
    assert app.dataframe[0].value["name"].tolist() == ["乙县", "甲县"]
    app.session_state[LEVEL] = "乙县"
    app.run()
    assert "0 closed ÷ 2 cases" in shown(app)
    assert app.dataframe[0].value["name"].tolist() == ["乙街道"]
    app.segmented_control(key="ledger_view").set_value("trend").run()
    assert words("cases.no_trend") in shown(app)
    act_as(app)
    verify(app)
    assert "33.3%" in shown(app) or "40.0%" in shown(app)
    app.segmented_control(key="ledger_view").set_value("files").run()
    app.text_input(key="case-period").set_value("2026-H1").run()
    app.button(key="cases_lock").click().run()
    assert words("cli.ledger.locked", period="2026-H1") in shown(app)
    app.button(key="cases_lock").click().run()
    assert "already" in shown(app) or "张三" in shown(app)
    assert "Nobody is registered" in shown(app)
    app.text_input(key="case-signer").set_value("王局长").run()
    app.button(key="cases_signer_add").click().run()
    assert words("cases.signer_done", name="王局长") in shown(app)
    app.text_input(key="case-signer").set_value("李处长").run()
    app.button(key="cases_signer_remove").click().run()
    assert words("page.error.ledger_signer_unknown", name="李处长") in shown(app)
    app.button(key="cases_chain").click().run()
    assert "entries" in shown(app)
    with open_ledger(study) as ledger:
        assert ledger.store.period()[0] == "2026-H1"


def test_an_office_list_is_mapped_and_imported(open_app: Open, tmp_path: Path) -> None:
    study = write_study(tmp_path / "new")
    book = openpyxl.Workbook()
    for line in (
        ["某区问题台账"],
        ["编号", "存在情况", "责任科室", "状态"],
        ["A-1", "无服务站", "医保局", "基本完成"],
        ["A-2", "无停车场", "民政局", "整改中"],
    ):
        book.active.append(line)
    target = BytesIO()
    book.save(target)
    app = opened(open_app, study)
    act_as(app)
    app.file_uploader[0].set_value(("台账.xlsx", target.getvalue(), _XLSX)).run()
    fields = {box.label: box for box in app.selectbox if str(box.key).startswith("case-column")}
    assert fields["编号"].value == "number" and fields["存在情况"].value == ""
    fields["存在情况"].set_value("problem").run()
    fields = {box.label: box for box in app.selectbox if str(box.key).startswith("case-column")}
    fields["责任科室"].set_value("lead").run()
    (word,) = [box for box in app.selectbox if str(box.key).startswith("case-word")]
    word.set_value("submitted").run()
    app.button(key="cases_import").click().run()
    assert not app.exception
    first, second = case_of(study), case_of(study, "2")
    assert (first.fields["problem"], first.fields["lead"], first.state) == (
        "无服务站", "医保局", "submitted",
    )  # fmt: skip
    assert (second.fields["problem"], second.state) == ("无停车场", "in_progress")


def test_a_field_check_that_comes_back(open_app: Open, study: Path) -> None:
    analysis = run(load_study(study))
    book = openpyxl.load_workbook(BytesIO(result_bytes(analysis, "gaps.xlsx")))
    filled = 0
    for sheet in book.worksheets:
        rows = [[str(cell.value or "") for cell in line] for line in sheet.iter_rows()]
        heads = [n for n, line in enumerate(rows) if "核实结果" in " ".join(line)]
        for at in range(heads[0] + 1, len(rows)) if heads else ():
            if "五号湾" in rows[at]:
                column = next(n for n, text in enumerate(rows[heads[0]]) if "核实结果" in text)
                sheet.cell(at + 1, column + 1).value = "属实"
                filled += 1
    assert filled
    target = BytesIO()
    book.save(target)
    app = opened(open_app, study, view="files")
    act_as(app)
    box = next(one for one in app.file_uploader if str(one.key).startswith("case-check"))
    box.set_value(("gaps.xlsx", target.getvalue(), _XLSX)).run()
    app.button(key="cases_check").click().run()
    with open_ledger(study) as ledger:
        cases = [case for case in ledger.store.cases() if case.cause == "data_doubt"]
        entries = [e for e in ledger.store.study_history() if e["action"] == "field_check"]
    assert cases and {case.unit_id for case in cases} == {"U1"}, shown(app)
    assert all(entry["confirmed"] == ["E5"] for entry in entries)
