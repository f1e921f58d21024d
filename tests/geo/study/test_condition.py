"""The language of conditions: what is understood, and what is refused in one line."""

from __future__ import annotations

import pytest

from geo.base.errors import StudyError
from geo.study.condition import columns_of, parse
from layers.words.catalogue import LOCALES, words_for


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("started = '是'", ("started",)),
        ("started = '是' and finished != '否'", ("started", "finished")),
        ("not (a = 1 or b in (1, 2.5, 'x')) and c not in ('y')", ("a", "b", "c")),
        ("`人口(人)` >= 10 AND a <> `b b`", ("人口(人)", "a", "b b")),
        ("建成日期 <= 2024-06-30", ("建成日期",)),
        ("（开工 ＝ “是”） and 户数 ≥ -3", ("开工", "户数")),
        ("done >= total", ("done", "total")),
        ("60plus > 0", ("60plus",)),
    ],
)
def test_what_is_understood(text: str, columns: tuple[str, ...]) -> None:
    assert columns_of(parse(text)) == columns


REFUSED = {
    "open('x') = 1": ("condition_call", 5),
    "a = len(b)": ("condition_call", 8),
    "__import__('os').system('x') = 1": ("condition_character", 17),
    "a[0] = 1": ("condition_character", 2),
    "a.b = 1": ("condition_character", 2),
    "a = 1; b = 2": ("condition_character", 6),
    "a + 1 = 2": ("condition_character", 3),
    "lambda: 1": ("condition_character", 7),
    "a": ("condition_no_operator", 2),
    "a 1": ("condition_no_operator", 3),
    "a not = 1": ("condition_no_operator", 7),
    "a =": ("condition_no_value", 4),
    "= 1": ("condition_no_value", 1),
    "a = 1 and": ("condition_no_value", 10),
    "": ("condition_no_value", 1),
    "1 < a < 3": ("condition_rest", 7),
    "a = 1 b = 2": ("condition_rest", 7),
    "a = 'x": ("condition_text_open", 5),
    "(a = 1": ("condition_no_bracket", 7),
    "a in 1": ("condition_no_list", 6),
    "a in (b)": ("condition_list_column", 7),
    "a in ()": ("condition_no_value", 7),
    "a <= 2024-13-01": ("condition_no_date", 6),
    "1 = 1": ("condition_no_column", 1),
    "a.__class__ = 1": ("condition_character", 2),
    "a['x'] = 1": ("condition_character", 2),
    "import os": ("condition_no_operator", 8),
    "from os import a = 1": ("condition_no_operator", 6),
    "(lambda x: x)(1) = 1": ("condition_character", 10),
    "[a for a in (1)] = 1": ("condition_character", 1),
    "{a: 1} = 1": ("condition_character", 1),
    "f'{a}' = a": ("condition_no_operator", 2),
    "(a := 1) = 1": ("condition_character", 4),
    "a = 1 if b = 2": ("condition_rest", 7),
    "a ** 2 = 1": ("condition_character", 3),
    "a = ｅｖａｌ（b）": ("condition_call", 9),
    "a＝b［0］": ("condition_character", 4),
    "a ＋ 1 = 2": ("condition_character", 3),
    "a = 1\0": ("condition_character", 6),
    "a = 1\\nb": ("condition_character", 6),
    "@a = 1": ("condition_character", 1),
    "await a = 1": ("condition_no_operator", 7),
    "(" * 10_000 + "a = 1" + ")" * 10_000: ("condition_deep", 51),
    "not " * 10_000 + "a = 1": ("condition_deep", 201),
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_is_refused_is_one_line(text: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse(text)
    code, at = REFUSED[text]
    assert (caught.value.code, caught.value.params.get("at")) == (code, at)
    for locale in LOCALES:
        params = {**caught.value.params, "file": "study.toml", "field": "layers[1].condition"}
        line = words_for(locale)(f"error.{code}", **params)
        assert "\n" not in line and len(line) < 300


def test_a_long_condition_is_no_deep_one() -> None:
    text = " or ".join(f"a = {number}" for number in range(10_000))
    assert columns_of(parse(text)) == ("a",)
