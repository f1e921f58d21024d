"""Changes are undone step by step, and never over somebody's own edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.study.load import load_study
from geo.workspace.edit import Replacement, edit_layer, remove_layer, replace_input, undo_last
from geo.workspace.facts import edit_facts, read_facts
from geo.workspace.history import last_step
from tests.worlds.tiny_study import write_study


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_study(tmp_path / "tiny")


def _text(folder: Path) -> str:
    return (folder / "study.toml").read_text(encoding="utf-8")


def test_three_changes_are_undone_one_by_one(tiny: Path, tmp_path: Path) -> None:
    texts = [_text(tiny)]
    remove_layer(tiny, "parking", title="停车场")
    texts.append(_text(tiny))
    path = tmp_path / "new.csv"
    path.write_bytes((tiny / "estates.csv").read_bytes())
    replace_input(tiny, Replacement("demand", path, "csv", "小区(新).csv", {}))
    texts.append(_text(tiny))
    edit_layer(tiny, "station", {"profile": "walk", "minutes": 10})
    whats = []
    for before in reversed(texts):
        step = undo_last(tiny)
        assert step is not None and _text(tiny) == before
        whats.append((step.what, step.about))
    assert [what for what, _ in whats] == ["rule", "replaced", "removed"]
    assert whats[1][1]["file"] == "小区(新).csv" and whats[2][1] == {"layer": "停车场"}
    assert undo_last(tiny) is None
    load_study(tiny)


def test_an_edit_by_hand_is_not_undone(tiny: Path) -> None:
    remove_layer(tiny, "parking")
    text = _text(tiny) + "\n# by hand\n"
    (tiny / "study.toml").write_text(text, encoding="utf-8")
    assert last_step(tiny) is None and undo_last(tiny) is None
    assert _text(tiny) == text


@pytest.mark.parametrize("content", ["", "{", '{"steps": [{"x": 1}]}', "[]"])
def test_a_damaged_history_is_none(tiny: Path, content: str) -> None:
    (tiny / ".history.json").write_text(content, encoding="utf-8")
    assert last_step(tiny) is None
    remove_layer(tiny, "parking")
    assert undo_last(tiny) is not None


def test_facts_keep_comments_and_other_languages(tiny: Path) -> None:
    text = (
        _text(tiny)
        .replace("[study]", "# 备注\n[study]")
        .replace("sources = [", 'place = { "zh-CN" = "江夏", en = "Jiangxia" } # 正式\nsources = [')
    )
    (tiny / "study.toml").write_text(text, encoding="utf-8")
    former = read_facts(tiny, "zh-CN")
    assert former.place == "江夏"
    changed = {**vars(former), "place": "江夏区", "office": "某局\n规划科", "as_of": "2024年"}
    edit_facts(tiny, type(former)(**changed), "zh-CN")
    study = load_study(tiny)
    assert study.study.place == {"zh-CN": "江夏区", "en": "Jiangxia"}
    assert (study.study.office, study.study.as_of) == ("某局 规划科", "2024年")
    assert "# 备注" in _text(tiny) and "# 正式" in _text(tiny)
    assert study.study.sources == ("手工样例 / made by hand",)
    edit_facts(tiny, type(former)(**{**changed, "office": "", "sources": ("甲", " ", "乙")}), "en")
    study = load_study(tiny)
    assert study.study.office is None and study.study.sources == ("甲", "乙")
    assert last_step(tiny) is not None
