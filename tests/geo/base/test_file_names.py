"""Names of files: accepted by every system, shown as they are, and no two the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.base.file_names import distinct_file_names, file_name, is_device


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("甲/乙区", "甲 乙区"),
        ('a<b>c:d"e\\f|g?h*i', "a b c d e f g h i"),
        ("  甲区. ", "甲区"),
        ("...", "-"),
        ("", "-"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Com¹", "_Com¹"),
        ("console", "console"),
        ("报告\u202exslx.exe", "报告xslx.exe"),
        ("a\u2066b\u2069\u200f\u061c\ufeff\u200bc", "abc"),
        ("a\x00b\x1b[2J", "ab[2J"),
        ("a\nb\tc\u2028d", "a b c d"),
        ("\ud800x", "x"),
        ("e\u0301", "é"),
    ],
)
def test_a_name_is_cleaned(text: str, name: str) -> None:
    assert file_name(text) == name


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_text_becomes_a_name(text: str) -> None:
    name = file_name(text)
    assert 0 < len(name.encode()) <= 210
    assert not set(name) & set('<>:"/\\|?*') and name == name.strip(" .")
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs") for letter in name)
    assert not is_device(name)
    assert file_name(name) == name


def test_names_that_are_one_file_get_their_codes() -> None:
    texts = ["a/b", "a b", "A:B", "c"]
    codes = ["420102", "420103", "420104", "420105"]
    assert distinct_file_names(texts, codes) == ["a b 420102", "a b 420103", "A B 420104", "c"]


def test_the_name_does_not_depend_on_the_order() -> None:
    texts, codes = ["a/b", "c", "a b"], ["1", "2", "3"]
    forward = dict(zip(texts, distinct_file_names(texts, codes), strict=True))
    backward = dict(zip(texts[::-1], distinct_file_names(texts[::-1], codes[::-1]), strict=True))
    assert forward == backward


def test_codes_that_are_the_same_get_a_number() -> None:
    assert distinct_file_names(["a", "A"], ["1", "1"]) == ["a 1", "A 1 2"]
    # And a name that is another's with its code keeps its own.
    assert distinct_file_names(["a 1", "a", "A"], ["9", "1", "2"]) == ["a 1", "a 1 2", "A 2"]


def test_other_files_keep_their_names() -> None:
    assert distinct_file_names(["Maps"], ["420102"], taken=["maps"]) == ["Maps 420102"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.text("aA/.: é", max_size=4), st.text("12", max_size=1)), max_size=12))
def test_no_two_are_the_same(rows: list[tuple[str, str]]) -> None:
    names = distinct_file_names([text for text, _ in rows], [code for _, code in rows])
    assert len({name.casefold() for name in names}) == len(rows)
