"""Figures of documents against results: clean, changed by hand, outdated, contradicting, lost.

No test starts an office program. What Word, WPS and LibreOffice do to a document when they save it
is done here to its XML: runs are split, styles get other ids, changes are tracked, controls vanish.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cli
from geo.analysis import Analysis
from geo.base.errors import StudyError
from geo.coverage.county import series_parts
from layers.export.by_county import worded_county
from layers.export.results import write_results
from layers.report.options import SECTIONS, ReportOptions
from layers.report.verify import documents
from layers.report.verify.compare import Verified, verified_lines, verify_document
from layers.report.write import report_files
from layers.words.catalogue import LOCALES, words_for
from layers.words.figure_keys import read_tag
from tests.worlds.renamed_counties import four_counties

ZH = words_for("zh-CN")
OPTIONS = ReportOptions(made_on=date(2026, 3, 1), dpi=50, sections=SECTIONS)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BODY = "word/document.xml"


@pytest.fixture(scope="module")
def made(analysis: Analysis) -> dict[str, dict[str, bytes]]:
    return {
        locale: report_files(analysis, words_for(locale), ("docx", "html"), OPTIONS)
        for locale in LOCALES
    }


@pytest.fixture
def save(tmp_path: Path) -> Callable[[bytes, str], Path]:
    def write(content: bytes, name: str = "r.docx") -> Path:
        (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return write


def _edited(content: bytes, edit: Callable[[Any], None], member: str = _BODY) -> bytes:
    """The document with one of its parts changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as given_, zipfile.ZipFile(target, "w") as taken:
        for info in given_.infolist():
            raw = given_.read(info)
            if info.filename == member:
                root = ElementTree.fromstring(raw)
                edit(root)
                raw = ElementTree.tostring(root)
            taken.writestr(info.filename, raw, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _controls(root: Any) -> list[tuple[str, str, Any]]:
    """Key, written text and element of each content control."""
    found = []
    for control in root.iter(f"{W}sdt"):
        own = read_tag(control.find(f"{W}sdtPr/{W}tag").get(f"{W}val"))
        assert own is not None
        found.append((*own, control))
    return found


def _type(control: Any, text: str) -> None:
    """Replace the text of a control by runs of one letter, as an edited document has them."""
    content = control.find(f"{W}sdtContent")
    for run in list(content):
        content.remove(run)
    for letter in text:
        run = ElementTree.SubElement(content, f"{W}r", {f"{W}rsidR": "00AB12CD"})
        ElementTree.SubElement(run, f"{W}rPr")
        ElementTree.SubElement(run, f"{W}t").text = letter


@pytest.mark.parametrize("kind", ["docx", "html"])
@pytest.mark.parametrize("locale", LOCALES)
def test_a_report_as_it_was_written_is_clean(
    made: dict[str, dict[str, bytes]], out: Path, save: Any, locale: str, kind: str
) -> None:
    found = verify_document(save(made[locale][kind], f"r.{kind}"), out)
    assert found.clean and found.findings == []
    assert found.figures > 100 and found.without_source < found.figures / 2
    assert len(verified_lines(found, "r", "out", words_for(locale))) == 2


def test_an_analysis_at_hand_answers_as_its_files(
    analysis: Analysis, made: dict[str, dict[str, bytes]], save: Any
) -> None:
    quality = analysis.quality.assign(row=pd.array([None] * len(analysis.quality), dtype="Int64"))
    assert verify_document(save(made["en"]["docx"]), replace(analysis, quality=quality)).clean


def test_the_document_says_its_analysis(made: dict[str, dict[str, bytes]], out: Path) -> None:
    file = docx.Document(io.BytesIO(made["en"]["docx"]))
    assert re.search(r"analysis_id:\w{20,}:figures:\d+", file.core_properties.keywords)


@pytest.fixture(scope="module")
def written(made: dict[str, dict[str, bytes]]) -> tuple[bytes, list[tuple[str, str]]]:
    content = made["zh-CN"]["docx"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ElementTree.fromstring(archive.read(_BODY))
    return content, [(key, text) for key, text, _ in _controls(root)]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_single_figure_that_is_changed_is_found(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, data: st.DataObject,
) -> None:  # fmt: skip
    content, figures = written
    at = data.draw(st.integers(0, len(figures) - 1))
    text = figures[at][1]
    digits = [n for n, letter in enumerate(text) if letter.isdigit()]
    if digits:
        place = data.draw(st.sampled_from(digits))
        digit = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
        changed = text[:place] + digit + text[place + 1 :]
    else:
        changed = "7"

    def edit(root: Any) -> None:
        _type(_controls(root)[at][2], changed)

    path = tmp_path / "changed.docx"
    path.write_bytes(_edited(content, edit))
    found = _in_process(path, out, monkeypatch)
    (one,) = [finding for finding in found.findings if finding.kind == "changed"]
    assert (one.old, one.new) == (text, changed) and one.place
    assert one.key == figures[at][0] or figures[at][0].startswith("#")


def _in_process(path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> Verified:
    """`verify_document` without a child process, for many documents."""

    def read(task: Any, path: Path, file: str, limits: Any = None) -> tuple[dict[str, Any], bytes]:
        return documents.read_task({"path": str(path), "file": file})(None, path.parent), b""  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(documents, "read_guarded_file", read)
        return verify_document(path, out)


def test_what_programs_do_to_a_document_is_no_change(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, save: Any
) -> None:
    content = written[0]

    def other_styles(root: Any) -> None:
        for style in root.iter(f"{W}style"):
            if style.get(f"{W}styleId", "").startswith("Heading"):
                style.set(f"{W}styleId", style.get(f"{W}styleId").replace("Heading", "a"))

    def resaved(root: Any) -> None:
        for style in root.iter(f"{W}pStyle"):
            style.set(f"{W}val", style.get(f"{W}val").replace("Heading", "a"))
        for _, text, control in _controls(root):
            properties = control.find(f"{W}sdtPr")
            properties.insert(0, ElementTree.Element(f"{W}id", {f"{W}val": "5"}))
            _type(control, text.replace(",", ""))  # grouping is no part of the number

    path = save(_edited(_edited(content, resaved), other_styles, "word/styles.xml"))
    assert verify_document(path, out).clean

    def one(root: Any) -> None:
        resaved(root)
        _type(_controls(root)[5][2], "999")

    path = save(_edited(_edited(content, one), other_styles, "word/styles.xml"))
    (found,) = [f for f in verify_document(path, out).findings if f.kind == "changed"]
    assert found.new == "999" and found.place == "摘要"


def test_a_document_saved_by_an_older_libreoffice_keeps_its_keys(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, save: Any
) -> None:
    """LibreOffice 7.4 drops the tags, adds controls of its own, and divides the keywords."""
    content, figures = written
    at = next(n for n, (key, _) in enumerate(figures) if key.endswith("share_by_time"))

    def resaved(root: Any, changed: str = "", removed: int | None = None) -> None:
        controls = _controls(root)
        if changed:
            _type(controls[at][2], changed)
        for number, (_, text, control) in enumerate(controls):
            properties = control.find(f"{W}sdtPr")
            properties.remove(properties.find(f"{W}tag"))
            if number % 40 == 7:
                parent = next(node for node in root.iter() if control in list(node))
                outer = ElementTree.Element(f"{W}sdt")
                ElementTree.SubElement(ElementTree.SubElement(outer, f"{W}sdtPr"), f"{W}text")
                run = ElementTree.SubElement(
                    ElementTree.SubElement(outer, f"{W}sdtContent"), f"{W}r"
                )
                ElementTree.SubElement(run, f"{W}t").text = f"{text}分钟"
                parent.insert(list(parent).index(control), outer)
        if removed is not None:
            control = controls[removed][2]
            parent = next(node for node in root.iter() if control in list(node))
            parent.remove(control)

    def keywords(root: Any) -> None:
        for node in root.iter():
            if node.tag.endswith("}keywords"):
                node.text = node.text.replace(":", " ")

    def found(**given: Any) -> Verified:
        body = _edited(content, lambda root: resaved(root, **given))
        return verify_document(save(_edited(body, keywords, "docProps/core.xml")), out)

    assert not [one for one in found().findings if one.kind == "changed"]
    changed = found(changed="12.3%", removed=at + 30)
    assert changed.missing == 1
    (one,) = [f for f in changed.findings if f.kind == "changed" and f.new == "12.3%"]
    assert one.key == figures[at][0] and one.old == figures[at][1]
    assert changed.document_id == changed.results_id


def test_a_document_saved_by_python_docx_is_clean(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, tmp_path: Path
) -> None:
    file = docx.Document(io.BytesIO(written[0]))
    file.add_paragraph("另附说明 3 条。")
    file.save(str(tmp_path / "again.docx"))
    assert verify_document(tmp_path / "again.docx", out).clean


def test_digits_beside_a_control_and_tracked_changes_count(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, save: Any
) -> None:
    content, figures = written
    at = next(n for n, (key, _) in enumerate(figures) if key.endswith("share_by_time"))

    def beside(root: Any) -> None:
        control = _controls(root)[at][2]
        parent = next(node for node in root.iter() if control in list(node))
        run = ElementTree.Element(f"{W}r")
        ElementTree.SubElement(run, f"{W}t").text = "1"
        parent.insert(list(parent).index(control), run)

    (found,) = [
        f
        for f in verify_document(save(_edited(content, beside)), out).findings
        if f.kind == "changed"
    ]
    assert found.new == f"1{figures[at][1]}"

    def tracked(root: Any) -> None:
        body = _controls(root)[at][2].find(f"{W}sdtContent")
        old = next(iter(body))
        body.remove(old)
        deleted, inserted = (ElementTree.SubElement(body, f"{W}{n}") for n in ("del", "ins"))
        deleted.append(old)
        old.find(f"{W}t").tag = f"{W}delText"
        run = ElementTree.SubElement(inserted, f"{W}r")
        ElementTree.SubElement(run, f"{W}t").text = "88.8%"

    found_again = verify_document(save(_edited(content, tracked)), out).findings
    assert [f.new for f in found_again if f.kind == "changed"] == ["88.8%"]


def test_one_key_with_two_values_is_a_contradiction(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, save: Any
) -> None:
    content, figures = written
    key = "layers.clinic.share_by_time"
    places = [n for n, (other, _) in enumerate(figures) if other == key]
    assert len(places) > 2  # summary, results, conclusion

    def edit(root: Any) -> None:
        _type(_controls(root)[places[-2]][2], "60.4%")  # the register follows

    found = verify_document(save(_edited(content, edit)), out).findings
    assert [(f.kind, f.key, f.old, f.new) for f in found] == [
        ("changed", key, "59.4%", "60.4%"),
        ("contradiction", key, "59.4%", "60.4%"),
    ]
    assert found[0].place == "八、结论" and found[1].other_place == "八、结论"
    lines = verified_lines(verify_document(save(_edited(content, edit)), out), "r", "o", ZH)
    assert lines[0] == f"【八、结论】{key}：数字经人工改动，原为 59.4%，现为 60.4%。"


def test_figures_without_their_control_are_counted(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, save: Any
) -> None:
    content, figures = written

    def unwrap(root: Any) -> None:
        for _, _, control in _controls(root)[:3]:
            parent = next(node for node in root.iter() if control in list(node))
            at = list(parent).index(control)
            parent.remove(control)
            for run in reversed(list(control.find(f"{W}sdtContent"))):
                parent.insert(at, run)

    found = verify_document(save(_edited(content, unwrap)), out)
    assert (found.missing, found.findings, found.clean) == (3, [], False)
    total = ZH.number(len(figures))
    assert any(
        f"共 {total} 个数字，其中 3 个" in line for line in verified_lines(found, "r", "o", ZH)
    )

    def forget(root: Any) -> None:
        for node in root:
            if node.tag.endswith("}keywords"):
                node.text = ""

    found = verify_document(save(_edited(content, forget, "docProps/core.xml")), out)
    assert found.document_id == "" and not found.clean


def test_every_figure_of_older_results_is_listed(
    analysis: Analysis, made: dict[str, dict[str, bytes]], tmp_path: Path, save: Any
) -> None:
    """The layer's summary and the units' shares have changed since the report was written."""
    layers = {key: dict(entry) for key, entry in analysis.summary["layers"].items()}
    layers["clinic"] |= {"share_by_time": 0.871, "demand_covered": 206.0}
    units = analysis.units.assign(share_by_time=analysis.units["share_by_time"].replace(0.0, 0.25))
    summary = {**analysis.summary, "layers": layers, "analysis_id": "f" * 64}
    today = replace(analysis, units=units, summary=summary)
    write_results(today, tmp_path / "today")
    found = verify_document(save(made["zh-CN"]["docx"]), tmp_path / "today")
    before, after = (
        _texts(report_files(one, ZH, ("docx",), OPTIONS)["docx"]) for one in (analysis, today)
    )
    expected = sorted(
        (key, old, new)
        for (key, old), (other, new) in zip(before, after, strict=True)
        if key == other and old != new
    )
    assert len(expected) > 5
    assert sorted((f.key, f.old, f.new) for f in found.findings) == expected
    assert {f.kind for f in found.findings} == {"outdated"}
    assert any("计算成果" in line or "ffffffffffff" in line for line in _lines(found))


def _lines(found: Verified) -> list[str]:
    return verified_lines(found, "r.docx", "out", ZH)


def _texts(content: bytes) -> list[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        root = ElementTree.fromstring(archive.read(_BODY))
    return [(key, text) for key, text, _ in _controls(root)]


def test_a_county_s_report_is_compared_with_the_county(tmp_path: Path) -> None:
    analysis = four_counties(("甲县", "乙县", "丙县", "丁县"))
    write_results(analysis, tmp_path / "out")
    part = series_parts(analysis)[1]
    content = report_files(worded_county(analysis, part), ZH, ("docx",), OPTIONS)["docx"]
    (tmp_path / "r.docx").write_bytes(content)
    found = verify_document(tmp_path / "r.docx", tmp_path / "out")
    assert found.clean and found.figures > found.without_source


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "verify_format"),
        (b"%PDF-1.7", "verify_format"),
        (b"PK\x03\x04 broken", "zip_broken"),
        ("bomb", "zip_ratio"),
        ("other", "verify_no_keys"),
        ("doctype", "xml_doctype"),
        ("cut", "verify_broken"),
    ],
)
def test_bad_documents_are_refused_in_one_line(
    content: Any, code: str, out: Path, save: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = {"doctype": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "cut": b"<w:document"}
    if content == "other":
        target = io.BytesIO()
        docx.Document().save(target)
        content = target.getvalue()
    elif isinstance(content, str):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(_BODY, bodies.get(content, b"0" * 2**26))
        content = target.getvalue()
    path = save(content)
    with pytest.raises(StudyError) as raised:
        verify_document(path, out)
    assert raised.value.code == code
    assert cli.main(["verify", str(path), str(out), "--lang", "en"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.strip().splitlines()) == 1 and "r.docx" in said.err


def test_the_command_ends_with_1_where_something_differs(
    written: tuple[bytes, list[tuple[str, str]]], out: Path, save: Any, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    assert cli.main(["verify", str(save(written[0])), str(out), "--lang", "en"]) == 0
    assert "agree" in capsys.readouterr().out

    def edit(root: Any) -> None:
        _type(_controls(root)[0][2], "4321")

    path = save(_edited(written[0], edit))
    assert cli.main(["verify", str(path), str(out), "--lang", "en"]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert "4321" in first and written[1][0][1] in first and written[1][0][0] in first
    assert cli.main(["verify", str(path), str(tmp_path / "none"), "--lang", "en"]) == 1
    assert "summary.json" in capsys.readouterr().err
    assert cli.main(["verify", str(tmp_path / "none.docx"), str(out), "--lang", "en"]) == 1
    assert "none.docx" in capsys.readouterr().err
