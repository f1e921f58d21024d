"""Reports: numbers as in the summary, every figure described, names as text, files whole."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from docx import Document as open_docx
from PIL import Image
from pypdf import PdfReader

from geo.analysis import Analysis
from geo.base.errors import CancelledError, OutputError, StudyError
from geo.base.progress import Progress
from geo.coverage.county import county_folders, series_parts
from layers.export.by_county import county_zip, iframe_snippet, worded_county
from layers.export.results import county_files
from layers.report.blocks import Document, Heading, Paragraph, Picture, Table, labels
from layers.report.chapters import build_report
from layers.report.column_widths import column_widths
from layers.report.office.tasks import check_logo
from layers.report.options import DEFAULT_SECTIONS, FORMATS, SECTIONS, ReportOptions, report_options
from layers.report.tables import county_tables, unit_tables
from layers.report.write import report_files, write_report
from layers.style.typeface import text_width
from layers.words import catalogue as catalogue_module
from layers.words.catalogue import LOCALES, words_for
from tests.layers.pdf_fonts import unembedded_fonts
from tests.worlds.made_analysis import HOSTILE, made_analysis
from tests.worlds.renamed_counties import four_counties

ZH, EN = words_for("zh-CN"), words_for("en")
DAY = date(2026, 3, 1)
OPTIONS = ReportOptions(made_on=DAY, dpi=60)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def made(analysis: Analysis) -> dict[str, dict[str, bytes]]:
    return {
        locale: report_files(analysis, words_for(locale), FORMATS, OPTIONS) for locale in LOCALES
    }


def _docx_text(content: bytes) -> str:
    """All text of the body, tables included."""
    root = ElementTree.fromstring(zipfile.ZipFile(BytesIO(content)).read("word/document.xml"))
    parts = []
    for paragraph in root.iter(f"{W}p"):
        parts.append("".join(node.text or "" for node in paragraph.iter(f"{W}t")))
    return "\n".join(parts)


def _pdf_text(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)


def _spoken(content: dict[str, bytes], kind: str) -> str:
    if kind == "docx":
        return _docx_text(content["docx"])
    if kind == "pdf":
        return _pdf_text(content["pdf"])
    return re.sub(r"<[^>]+>", "", content["html"].decode())


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("locale", LOCALES)
def test_numbers_equal_the_summary(
    analysis: Analysis, made: dict[str, dict[str, bytes]], locale: str, kind: str
) -> None:
    words = words_for(locale)
    text = re.sub(r"\s+", "", _spoken(made[locale], kind))
    for entry in analysis.summary["layers"].values():
        for number in (
            words.share(entry["share_by_presence"]),
            words.share(entry["share_by_time"]),
            words.number(entry["demand_total"]),
            words.number(entry["demand_total"] - entry["demand_covered"]),
        ):
            assert number in text, number
    assert re.sub(r"\s+", "", words("export.not_comparable")) in text
    assert analysis.summary["analysis_id"][:20] in text


def test_the_model_sentence(made: dict[str, dict[str, bytes]]) -> None:
    text = _docx_text(made["zh-CN"]["docx"])
    assert (
        "医保服务站：经测算，示例4个乡镇（街道）中2个设有服务点，设点覆盖率50.0%；按步行15分钟（约1公里）"
        "测算，59.4%的人口可达，未覆盖96人，主要分布于西街道、南街道。其中路网待核实9人，单独列出。"
    ) in text


def test_the_chapters_come_in_their_order(analysis: Analysis) -> None:
    document = build_report(analysis, ZH, OPTIONS)
    titles = [block.text for block in document.blocks if isinstance(block, Heading)]
    chapters = [title for title in titles if not title.startswith("（")]
    assert chapters == [
        "摘要", "一、依据与口径", "二、现状", "三、评估结果", "四、盲区与成因",
        "五、数据质量与局限", "六、结论", "附表", "附图", "附录：数据来源与追溯",
    ]  # fmt: skip
    some = build_report(analysis, EN, ReportOptions(sections=("gaps", "summary"), dpi=50))
    titles = [block.text for block in some.blocks if isinstance(block, Heading)]
    assert titles == ["Summary", "1  Gaps and causes", "1.1  Causes", "1.2  The largest gaps"]


def test_forms_are_empty_only_where_the_user_wants_them(analysis: Analysis) -> None:
    every = build_report(analysis, ZH, ReportOptions(sections=SECTIONS, dpi=50))
    keys = [block.key for block in every.blocks if isinstance(block, Table)]
    assert {"siting", "work", "opinions"} <= set(keys)
    usual = build_report(analysis, ZH, OPTIONS)
    for table in usual.blocks:
        if isinstance(table, Table):
            assert table.rows and all(any(cell.strip() for cell in row) for row in table.rows)
    sites = Table("sites", "布点", ["位置"], [["甲"]], (1.0,))
    filled = build_report(analysis, ZH, replace(OPTIONS, proposals=(sites,)))
    titles = [block.text for block in filled.blocks if isinstance(block, Heading)]
    assert "五、布点建议" in titles and sites.key in labels(filled, ZH)


def _sentences(document: Document) -> list[str]:
    return [
        "".join(part for part in block.parts if isinstance(part, str))
        for block in document.blocks
        if isinstance(block, Paragraph)
    ]


@pytest.mark.parametrize("sections", [None, ("results", "quality"), ("summary",), ("basis",)])
@pytest.mark.parametrize("locale", LOCALES)
def test_every_note_is_written_once(
    analysis: Analysis, locale: str, sections: tuple[str, ...] | None
) -> None:
    study = analysis.study
    units = study.units.model_copy(update={"approximate": "范围近似。"})
    network = study.network.model_copy(update={"note": "Roads lack paths."})
    layer = study.layers[0].model_copy(update={"proxy": "Stand-ins of one kind."})
    changed = study.model_copy(
        update={"units": units, "network": network, "layers": (layer, *study.layers[1:])}
    )
    words = words_for(locale)
    options = ReportOptions(sections=sections, dpi=40)
    text = "\n".join(_sentences(build_report(replace(analysis, study=changed), words, options)))
    notes = [words("export.not_comparable")] if sections != ("quality",) else []
    notes += ["范围近似。", "Roads lack paths."] if sections != ("gaps",) else []
    if sections not in (("basis",),):
        notes.append("Stand-ins of one kind.")
    for note in notes:
        assert text.count(note) == 1, note
    assert "Roads: Roads" not in text


def test_place_office_and_date_stand_where_readers_look(analysis: Analysis) -> None:
    info = analysis.study.study.model_copy(
        update={"place": "江夏区", "office": "区规划局", "as_of": "2025-12-31"}
    )
    named = replace(analysis, study=analysis.study.model_copy(update={"study": info}))
    document = build_report(named, ZH, OPTIONS)
    assert document.title == "江夏区公共服务可达性评估报告"
    assert document.lines[:2] == ["编制单位：区规划局", "统计时点：2025年12月31日"]
    dated = [block for block in document.blocks if isinstance(block, Table) and block.line]
    assert {"present", "shares", "cause", "units"} <= {block.key for block in dated}
    made = report_files(named, ZH, FORMATS, OPTIONS)
    for kind in FORMATS:
        text = _spoken(made, kind)
        assert text.count("编制单位：区规划局") == 1 + len(dated), kind
        assert "江夏区4个乡镇（街道）" in re.sub(r"\s+", "", text) and "示例4个" not in text
    plain = build_report(analysis, ZH, OPTIONS)
    assert not any(isinstance(block, Table) and block.line for block in plain.blocks)


def test_the_conclusion_says_what_the_figures_say(analysis: Analysis) -> None:
    document = build_report(analysis, ZH, ReportOptions(sections=("conclusion",), dpi=40))
    text = "\n".join(_sentences(document))
    entry = analysis.summary["layers"]["clinic"]
    for figure in (entry["share_by_presence"], entry["share_by_time"]):
        assert ZH.share(figure) in text
    assert "4个乡镇（街道）中，2个范围内设有服务点" in text and "15分钟（含）以内可达" in text
    assert "未覆盖96人，主要成因是超出时限" in text and "西街道、南街道" in text
    assert "超出距离上限" in text  # parking, by metres
    assert "路网待核实的居民点" in text and "不宜直接比较" in text
    assert "。。" not in text and "。）" not in text


def test_a_limit_in_metres_is_told_in_metres(analysis: Analysis) -> None:
    document = build_report(analysis, ZH, OPTIONS)
    spread = [text for text in _sentences(document) if "中位数为" in text]
    assert "到最近服务点的时间" in spread[0] and "分钟" in spread[0].split("时间，")[1]
    told = spread[1].split("路程，")[1]
    assert "米" in told and "分钟" not in told
    tables = {block.key: block for block in document.blocks if isinstance(block, Table)}
    assert tables["largest-parking"].header[-1] == "路程中位数（米）"
    assert tables["largest-clinic"].header[-1] == "时间中位数（分钟）"
    pictures = {block.key for block in document.blocks if isinstance(block, Picture)}
    assert {"minutes", "metres"} <= pictures


def test_many_layers_are_shown_in_tables_that_fit(analysis: Analysis) -> None:
    study = analysis.study
    clinic = study.layers[0]
    keys = [f"layer{number}" for number in range(14)]
    layers = tuple(clinic.model_copy(update={"key": key, "title": f"服务{key}"}) for key in keys)
    rows = [analysis.units[analysis.units["layer"] == "clinic"].assign(layer=key) for key in keys]
    summary = {
        **analysis.summary,
        "layers": {key: analysis.summary["layers"]["clinic"] for key in keys},
    }
    many = replace(
        analysis,
        study=study.model_copy(update={"layers": layers}),
        units=pd.concat(rows),
        summary=summary,
    )
    tables = unit_tables(many, ZH)
    assert [len(table.header) for table in tables] == [3 + 5, 3 + 5, 3 + 4]
    assert [table.caption[-5:] for table in tables] == ["（1/3）", "（2/3）", "（3/3）"]
    shown = [title for table in tables for title in table.header[3:]]
    assert shown == [f"服务{key}" for key in keys]
    for table in tables:
        widths = column_widths(table, 156.0, 9.5 * 25.4 / 72)
        for number in table.numeric:
            cell = max((row[number] for row in table.rows), key=len)
            assert text_width(cell, 9.5 * 25.4 / 72) <= widths[number]


def test_tables_and_figures_are_numbered_and_referred_to(
    analysis: Analysis, made: dict[str, dict[str, bytes]]
) -> None:
    document = build_report(analysis, ZH, OPTIONS)
    found = labels(document, ZH)
    tables = [block for block in document.blocks if isinstance(block, Table)]
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    assert list(found.values()).count("表1") == 1
    assert len(found) == len(tables) + len(pictures)
    for table in tables:
        assert len(table.header) == len(table.widths)
        assert all(len(row) == len(table.header) for row in table.rows)
        assert sum(table.widths) == pytest.approx(1.0)
    xml = zipfile.ZipFile(BytesIO(made["zh-CN"]["docx"])).read("word/document.xml").decode()
    marks = set(re.findall(r'w:bookmarkStart w:id="\d+" w:name="(\w+)"', xml))
    referred = set(re.findall(r"(?:REF|PAGEREF) (\w+) ", xml))
    assert referred and referred <= marks
    html = made["zh-CN"]["html"].decode()
    assert set(re.findall(r'href="#(\w+)"', html)) <= set(re.findall(r'id="(\w+)"', html))


def test_units_of_a_county_stand_together_and_counties_by_their_codes() -> None:
    analysis = made_analysis()
    moved = {"U1": "乙区", "U2": "甲区", "U3": "乙区", "U4": "甲区"}
    county = analysis.units["unit_id"].map(moved).fillna(analysis.units["county"])
    rows = analysis.units.assign(county=county)
    areas = analysis.areas.assign(county=analysis.areas["unit_id"].map(moved))
    other = rows[rows["level"] == "county"].assign(unit_id="某市/乙区", unit_name="乙区")
    mixed = replace(analysis, units=pd.concat([rows, other]), areas=areas)
    [table] = unit_tables(mixed, ZH)
    assert [row[0] for row in table.rows] == ["乙区", "乙区", "甲区", "甲区"]
    assert [row[1] for row in table.rows] == ["东街道", "南街道", "西街道", "北街道"]
    [counties] = county_tables(mixed, ZH)
    # 乙 comes first: the code of its first unit does.
    assert [row[0] for row in counties.rows] == ["乙区", "甲区"]


def test_every_figure_has_alt_text(made: dict[str, dict[str, bytes]]) -> None:
    for content in made.values():
        xml = zipfile.ZipFile(BytesIO(content["docx"])).read("word/document.xml").decode()
        described = re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', xml)
        html = re.findall(r'<img [^>]*alt="([^"]*)"', content["html"].decode())
        pdf = content["pdf"].count(b"/Alt")
        assert len(described) == xml.count("<w:drawing>") == len(html) >= 7
        assert all(len(text) > 20 for text in [*described, *html])
        assert pdf >= len(html)


def test_headings_table_headers_and_contents(made: dict[str, dict[str, bytes]]) -> None:
    content = made["zh-CN"]
    document = open_docx(BytesIO(content["docx"]))
    styles = {paragraph.style.name for paragraph in document.paragraphs}
    assert {"Title", "Heading 1", "Heading 2", "Body Text", "Caption", "toc 1"} <= styles
    xml = zipfile.ZipFile(BytesIO(content["docx"])).read("word/document.xml").decode()
    assert xml.count("<w:tblHeader/>") == len(document.tables)
    assert ' TOC \\o "1-2"' in xml
    html = content["html"].decode()
    assert '<html lang="zh-CN">' in html and html.count("<th scope=") > 20
    reader = PdfReader(BytesIO(content["pdf"]))
    assert len(reader.outline) >= 11


def test_east_asian_fonts_are_named_with_others_for_them(
    made: dict[str, dict[str, bytes]],
) -> None:
    archive = zipfile.ZipFile(BytesIO(made["zh-CN"]["docx"]))
    styles = archive.read("word/styles.xml").decode()
    for font in ("方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312"):
        assert f'w:eastAsia="{font}"' in styles
        assert f'w:name="{font}"><w:altName' in archive.read("word/fontTable.xml").decode()


def test_fonts_are_embedded_in_the_pdf(made: dict[str, dict[str, bytes]]) -> None:
    for content in made.values():
        assert unembedded_fonts(PdfReader(BytesIO(content["pdf"]))) == []


def test_names_are_text_everywhere(hostile: Analysis) -> None:
    content = report_files(hostile, EN, FORMATS, OPTIONS)
    text = _docx_text(content["docx"])
    for name in HOSTILE[:4]:  # points, which the last one names, are in no table
        assert name in text, name
    html = content["html"].decode()
    assert "<img src=x" not in html and "<script" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "default-src &#x27;none&#x27;" in html or "default-src 'none'" in html
    assert b"/JavaScript" not in content["pdf"] and b"/URI" not in content["pdf"]
    xml = zipfile.ZipFile(BytesIO(content["docx"])).read("word/document.xml").decode()
    assert not re.search(r"instrText[^<]*<[^<]*HYPERLINK", xml)


def test_control_signs_do_not_break_the_document(analysis: Analysis) -> None:
    gaps = analysis.gaps.assign(unit_name="坏\x00名\x1f字")
    broken = Analysis(**{**vars(analysis), "gaps": gaps})
    content = report_files(broken, ZH, ("docx",), ReportOptions(sections=("gaps",), dpi=50))
    assert "坏\N{REPLACEMENT CHARACTER}名" in _docx_text(content["docx"])


def test_the_same_report_gives_the_same_bytes(analysis: Analysis) -> None:
    options = ReportOptions(sections=("summary", "results"), made_on=DAY, dpi=50)
    first, second = (report_files(analysis, ZH, FORMATS, options) for _ in "ab")
    for kind in FORMATS:
        assert first[kind] == second[kind], kind
    with zipfile.ZipFile(BytesIO(first["docx"])) as package:
        assert {entry.date_time[0] for entry in package.infolist()} == {2000}


def test_nothing_uncovered_and_nothing_found_still_make_a_report(analysis: Analysis) -> None:
    layers = {
        key: {**entry, "demand_covered": entry["demand_total"], "by_cause": {}}
        for key, entry in analysis.summary["layers"].items()
    }
    whole = Analysis(
        **{
            **vars(analysis),
            "gaps": analysis.gaps.iloc[:0],
            "gap_points": analysis.gap_points.iloc[:0],
            "quality": analysis.quality.iloc[:0],
            "summary": {**analysis.summary, "layers": layers},
        }
    )
    content = report_files(whole, ZH, FORMATS, OPTIONS)
    assert "数据检查未发现问题" in _docx_text(content["docx"])


def _png(width: int = 60, height: int = 30) -> bytes:
    target = BytesIO()
    Image.new("RGB", (width, height), "navy").save(target, "PNG")
    return target.getvalue()


def test_a_logo_stands_on_the_first_page(analysis: Analysis) -> None:
    options = ReportOptions(sections=("summary",), logo=_png(), made_on=DAY)
    content = report_files(analysis, ZH, FORMATS, options)
    xml = zipfile.ZipFile(BytesIO(content["docx"])).read("word/document.xml").decode()
    assert 'descr="单位标识"' in xml and 'class="logo"' in content["html"].decode()
    for wrong in (b"GIF89a" + bytes(40), b"no picture", _png()[:40]):
        with pytest.raises(StudyError) as caught:
            check_logo(wrong)
        assert caught.value.code == "logo_broken"


def test_a_template_keeps_its_styles_and_cover(analysis: Analysis) -> None:
    office = open_docx()
    office.styles["Heading 1"].font.name = "Office Font"
    office.add_paragraph("封面")
    office.sections[0].footer.paragraphs[0].text = "office footer"
    target = BytesIO()
    office.save(target)
    options = ReportOptions(sections=("summary",), made_on=DAY)
    content = report_files(analysis, ZH, ("docx",), options, template=target.getvalue())
    found = open_docx(BytesIO(content["docx"]))
    assert found.styles["Heading 1"].font.name == "Office Font"
    assert found.sections[0].footer.paragraphs[0].text == "office footer"
    assert found.paragraphs[0].text == "封面"
    with pytest.raises(StudyError) as caught:
        report_files(analysis, ZH, ("docx",), options, template=b"PK no document")
    assert caught.value.code == "template_broken"


def test_files_are_written_whole_or_not_at_all(analysis: Analysis, tmp_path: Path) -> None:
    options = ReportOptions(sections=("summary",), made_on=DAY)
    for kind in FORMATS:
        assert write_report(analysis, tmp_path / f"r.{kind}", options=options) == [
            tmp_path / f"r.{kind}"
        ]
    before = (tmp_path / "r.docx").read_bytes()
    with pytest.raises(StudyError):
        write_report(analysis, tmp_path / "r.docx", options=options, template=b"broken")
    assert (tmp_path / "r.docx").read_bytes() == before
    with pytest.raises(OutputError) as caught:
        write_report(analysis, tmp_path / "r.odt", options=options)
    assert caught.value.code == "report_suffix"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.docx", "r.html", "r.pdf"]


def test_the_whole_set_by_county(analysis: Analysis, tmp_path: Path) -> None:
    options = ReportOptions(sections=("summary",), made_on=DAY)
    written = write_report(analysis, tmp_path / "set", options=options, by_county=True)
    names = {path.relative_to(tmp_path / "set").as_posix() for path in written}
    assert {"report.docx", "gaps.xlsx", "maps/clinic.png", "maps/parking.pdf"} <= names
    assert {"某市 甲区/report.docx", "某市 甲区/gaps.csv", "某市 乙区/map.html"} <= names
    assert all(path.stat().st_size for path in written)


def test_progress_and_cancel(analysis: Analysis) -> None:
    states = []
    options = ReportOptions(sections=("results", "gaps"), dpi=50)
    report_files(analysis, ZH, ("html",), options, progress=Progress(states.append))
    drawn = [state for state in states if state.stage == "figures"]
    assert drawn[-1].done == drawn[-1].total == 7
    progress = Progress(lambda state: progress.cancel() if state.done == 2 else None)
    with pytest.raises(CancelledError):
        report_files(analysis, ZH, ("html",), options, progress=progress)


def test_sections_by_name() -> None:
    assert report_options(None).chosen == set(DEFAULT_SECTIONS)
    assert report_options("gaps, results").sections == ("gaps", "results")
    with pytest.raises(StudyError) as caught:
        report_options("gaps,nonsense")
    assert caught.value.code == "section_unknown"


COLLISIONS = {
    "case": (("Alpha", "ALPHA", "alpha", "Beta"), "Alpha 420101"),
    "cleaned": (("甲/乙", "甲:乙", "甲 乙", "甲?乙"), "甲 乙 420101"),
    "dots and blanks": (("甲区", "甲区.", " 甲区", "甲区 ."), "甲区 420101"),
    "devices": (("CON", "con", "NUL.x", "aux"), "_CON 420101"),
    "turned around": (("甲\u202e区", "甲区", "甲\u200b区", "甲\ufeff区"), "甲区 420101"),
    "composed": (("caf\u00e9", "cafe\u0301", "CAFÉ", "Café"), "café 420101"),
    "the set's own files": (("maps", "Report.docx", "gaps.xlsx", "MAP.html"), "maps 420101"),
}


@pytest.mark.parametrize("case", COLLISIONS)
def test_no_county_is_lost_to_another_of_its_name(case: str) -> None:
    names, first = COLLISIONS[case]
    analysis = four_counties(names)
    own = case == "the set's own files"
    taken = ("maps", "report.docx", "gaps.xlsx", "map.html") if own else ()
    folders = county_folders(analysis, taken=taken)
    assert len(folders) == 4 and next(iter(folders.values())) == first
    assert len({name.casefold() for name in folders.values()}) == 4
    if own:
        return  # a zip has no other files
    archive = zipfile.ZipFile(BytesIO(county_zip(analysis, ZH)))
    members = archive.namelist()
    assert len({name.casefold() for name in members}) == len(members) == 4 * len(county_files())
    for number, folder in enumerate(folders.values(), start=1):
        gaps = archive.read(f"{folder}/gaps.csv").decode("utf-8-sig")
        found = set(re.findall(r"42010\d001000", gaps))
        assert found <= {f"42010{number}001000"}


def test_a_set_by_county_keeps_four_counties_apart(tmp_path: Path) -> None:
    analysis = four_counties(("Maps", "maps", "report.docx", "CON"))
    options = ReportOptions(sections=("summary",), made_on=DAY)
    written = write_report(analysis, tmp_path / "set", options=options, by_county=True)
    assert len({str(path).casefold() for path in written}) == len(written)
    folders = {path.parent.name for path in written if path.name == "gaps.csv"}
    assert folders == {"Maps 420101", "maps 420102", "report.docx 420103", "_CON"}
    assert (tmp_path / "set" / "report.docx").is_file()
    on_disk = [path for path in (tmp_path / "set").rglob("*") if path.is_file()]
    assert sorted(on_disk) == sorted(written)


def test_a_county_alone_has_its_own_figures(analysis: Analysis) -> None:
    assert series_parts(analysis) == ["某市/甲区", "某市/乙区"]
    part = worded_county(analysis, "某市/甲区")
    assert set(part.demand["unit_id"]) == {"U1", "U2"}
    entry = part.summary["layers"]["clinic"]
    assert (entry["demand_total"], entry["units_total"]) == (220.5, 2)
    assert (
        entry["demand_covered"]
        == part.demand.query("layer == 'clinic' and covered")["weight"].sum()
    )
    assert sum(entry["by_cause"].values()) == entry["demand_total"] - entry["demand_covered"]
    assert part.gaps.groupby("layer")["rank"].min().to_list() == [1, 1]
    assert part.study.study.name["zh-CN"] == "示例（甲区）"  # type: ignore[index]
    assert analysis.summary["layers"]["clinic"]["units_total"] == 4  # untouched


def test_a_zip_of_all_counties(analysis: Analysis) -> None:
    content = county_zip(analysis, ZH)
    names = zipfile.ZipFile(BytesIO(content)).namelist()
    assert "某市 甲区/gaps.xlsx" in names and len(names) == 6
    assert content == county_zip(analysis, ZH)


def test_the_snippet_is_safe() -> None:
    text = iframe_snippet('"><script>alert(1)</script>')
    assert "<script" not in text and 'sandbox="allow-scripts"' in text


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_converts_the_documents(
    analysis: Analysis, made: dict[str, dict[str, bytes]], tmp_path: Path
) -> None:
    from layers.export.office_workbook.gap_workbook import gaps_workbook

    (tmp_path / "r.docx").write_bytes(made["zh-CN"]["docx"])
    (tmp_path / "g.xlsx").write_bytes(gaps_workbook(analysis, ZH))
    profile = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    files = [str(tmp_path / "r.docx"), str(tmp_path / "g.xlsx")]
    done = subprocess.run([*command, *files], capture_output=True, text=True, timeout=180)
    assert "repair" not in (done.stdout + done.stderr).lower()
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "r.pdf").pages)
    assert "六、结论" in text
    assert len(PdfReader(tmp_path / "g.pdf").pages) >= 5


@pytest.mark.parametrize("name", ["report"])
def test_the_catalogues_hold_the_same_keys(name: str) -> None:
    folder = Path(catalogue_module.__file__).parent / "locale"
    keys = []
    for locale in ("zh_CN", "en"):
        text = (folder / locale / f"{name}.po").read_text(encoding="utf-8")
        found = re.findall(r'^msgid "(.+)"\nmsgstr "(.*)"', text, flags=re.MULTILINE)
        assert all(value for _, value in found)
        keys.append({key: set(re.findall(r"{(\w+)}", value)) for key, value in found})
    assert keys[0].keys() == keys[1].keys()
    for key, fields in keys[0].items():
        # English has "people" for both the noun and its unit.
        assert fields ^ keys[1][key] <= {"people", "unit"}, key
