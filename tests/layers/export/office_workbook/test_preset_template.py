"""Every preset: its form downloaded, filled in, loaded, computed and reported."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from geo.analysis import Analysis
from geo.pipeline import run
from geo.study.load import load_study
from geo.study.presets import Preset, presets
from geo.study.travel_keys import ordinary_moments
from geo.workspace.edit import edit_layer
from geo.workspace.from_preset.add import add_list
from layers.export.office_workbook.preset_template import PLACE_COLUMNS, preset_template
from layers.report.blocks import Paragraph
from layers.report.chapters import ReportOptions, build_report
from layers.words.catalogue import LOCALES, Words, words_for
from layers.words.definitions import definitions
from layers.words.programmes.indicator import indicator_text
from tests.worlds.tiny_study import write_study

_ROWS = 5


def _cells(preset: Preset, words: Words, row: int) -> list[object]:
    """One row as an office fills it in; the sites stand along the one road of the study."""
    place = [f"{preset.key}-{row}", f"甲{row}", 114.300 + row / 200, 30.5, ""]
    more: list[object] = []
    for column in preset.columns:
        if column.key == "serves":
            more.append("U1；U2" if row % 2 else "U2")
        elif column.values:
            more.append(words.text(column.values[row % len(column.values)]))
        else:
            more.append(words.text(column.example))
    return [*place, *more]


def _filled(preset: Preset, words: Words) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(preset_template(preset, words)))
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert len(header) == len(PLACE_COLUMNS) + len(preset.columns) == len(set(header))
    assert sheet.max_row == 2  # the header and the example
    for row in range(_ROWS):
        sheet.append(_cells(preset, words, row))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture(scope="module", params=LOCALES)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """A study with a layer for each preset, each with its filled form and no mapping."""
    words = words_for(request.param)
    folder = write_study(tmp_path_factory.mktemp("presets"), locale=request.param)
    toml = folder / "study.toml"
    text = [toml.read_text("utf-8").split("[[layers]]")[0]]
    for key, preset in presets().items():
        (folder / f"{key}.xlsx").write_bytes(_filled(preset, words))
        own = "" if preset.has_limit or preset.rule == "rate" else "metres = 500\n"
        text.append(f'key = "{key}"\npreset = "{key}"\npath = "{key}.xlsx"\n{own}')
    toml.write_text("[[layers]]\n".join(text), encoding="utf-8")
    return run(load_study(folder))


def test_a_filled_form_is_the_layer_without_any_mapping(made: Analysis) -> None:
    words = words_for(made.study.study.locale)
    for key, preset in presets().items():
        entry = made.summary["layers"][key]
        assert entry["rule"] == preset.rule, key
        if preset.rule == "rate":  # "yes" in the rows 0, 2 and 4
            assert (entry["demand_total"], entry["demand_covered"]) == (_ROWS, 3), key
            continue
        assert int((made.sites["layer"] == key).sum()) == _ROWS, key
        assert entry["share_by_presence"] > 0, key
        assert words.text(preset.title) in {
            words.text(made.study.layer(key).title) or words.text(preset.title)
        }
    # The example is never data, and nothing else was set aside.
    aside = made.quality[made.quality["action"] == "set_aside"]
    assert set(made.quality["problem"]) >= {"row_example"}
    assert set(aside["problem"]) <= {"row_example"}


def test_every_source_is_in_the_report_and_in_the_definitions(made: Analysis) -> None:
    words = words_for(made.study.study.locale)
    report = build_report(made, words, ReportOptions(sections=("basis",)))
    shown = "\n".join(
        "".join(part for part in block.parts if isinstance(part, str))
        for block in report.blocks
        if isinstance(block, Paragraph)
    )
    sheet = [text for _, item, text in definitions(made, words) if item == words("indicator.item")]
    assert len(sheet) == len(presets())
    for key in presets():
        source = indicator_text(made.study.layer(key), words)
        assert source and source in shown and source in sheet, key


@pytest.mark.parametrize("lang", LOCALES)
def test_the_hours_and_tiers_of_a_filled_form_are_used(tmp_path: Path, lang: str) -> None:
    words, preset = words_for(lang), presets()["medical_insurance"]
    folder, form = write_study(tmp_path / "s", locale=lang), tmp_path / "form.xlsx"
    form.write_bytes(_filled(preset, words))
    add_list(folder, preset, form)
    study = load_study(folder)
    layer = study.layers[-1]
    assert layer.hours in {"开放时间", "opening_hours"} and layer.tier in {"层级", "tier"}
    assert layer.moments == ordinary_moments(lang)
    entry = run(study, layers=[layer.key]).summary["layers"][layer.key]
    weekday, sunday = entry["moments"].values()
    assert (weekday["sites_open"], sunday["sites_open"]) == (_ROWS, 2)
    assert set(entry["by_tier"]) == {words.text(value) for value in preset.columns[0].values}


def test_own_scope_is_of_the_preset_until_it_is_taken_back(tmp_path: Path) -> None:
    folder, preset = write_study(tmp_path / "s"), presets()["elderly_canteen"]
    form = tmp_path / "form.xlsx"
    form.write_bytes(_filled(preset, words_for("zh-CN")))
    add_list(folder, preset, form)
    layer = load_study(folder).layers[-1]
    assert layer.scope == "unit"
    edit_layer(folder, layer.key, {"profile": "walk_senior", "minutes": 15})
    assert load_study(folder).layers[-1].scope == "any"


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("key", presets())
def test_a_form_explains_itself(key: str, lang: str) -> None:
    words, preset = words_for(lang), presets()[key]
    raw = preset_template(preset, words)
    assert raw == preset_template(preset, words)
    book = openpyxl.load_workbook(io.BytesIO(raw))
    sheet, notes = book.worksheets
    header = [cell.value for cell in sheet[1]]
    lines = [row[0].value for row in notes.iter_rows()]
    assert all(any(line.startswith(str(name)) for line in lines) for name in header)
    lists = [rule.formula1 for rule in sheet.data_validations.dataValidation]
    wanted = [column.values for column in preset.columns if column.values]
    free = [rule.showErrorMessage for rule in sheet.data_validations.dataValidation]
    assert free == [not column.free for column in preset.columns if column.values]
    assert lists == ['"' + ",".join(map(words.text, values)) + '"' for values in wanted]


def test_the_english_form_is_read_in_a_chinese_study(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "s")
    preset = presets()["mediation"]
    (folder / "m.xlsx").write_bytes(_filled(preset, words_for("en")))
    toml = folder / "study.toml"
    start = toml.read_text("utf-8").split("[[layers]]")[0]
    toml.write_text(
        f'{start}[[layers]]\nkey = "m"\npreset = "mediation"\npath = "m.xlsx"\n', encoding="utf-8"
    )
    analysis = run(load_study(folder))
    assert analysis.summary["layers"]["m"]["units_with_site"] == 2
    assert analysis.summary["layers"]["m"]["indicator"]["verified"] == "office"
