"""Pieces of HTML: all text is escaped, tables align numbers, short cells are not broken."""

from __future__ import annotations

from app_pages.shell.html import css_string, plain, row, row_of_two, status, table, text_table
from app_pages.shell.html import problems as problem_lines
from geo.base.errors import StudyError
from layers.words.catalogue import words_for

EVIL = "<img src=x onerror=alert(1)>"


def test_text_is_escaped_in_every_piece() -> None:
    error = StudyError("file_missing", file=EVIL, field=EVIL, value=EVIL)
    pieces = [
        plain(EVIL),
        status(EVIL, good=True),
        table([EVIL], [row([EVIL]), row_of_two([(EVIL, EVIL)])]),
        text_table([EVIL], [[EVIL]]),
        problem_lines(error, words_for("en")),
    ]
    for piece in pieces:
        assert "<img" not in piece and "&lt;img" in piece


def test_numbers_stand_to_the_right() -> None:
    made = table(["a", "b"], [row(["x", "1"], numbers=(1,), css_class="on")], numbers=(1,))
    assert '<th scope="col">a</th><th scope="col" class="n">b</th>' in made
    assert '<tr class="on"><td>x</td><td class="n">1</td></tr>' in made
    assert "<thead>" not in table((), [row(["x"])])


def test_short_cells_of_a_text_table_are_not_broken_and_one_row_stands_out() -> None:
    made = text_table(["a"], [["12"], ["x" * 15]], highlighted=1, scrolls=True)
    assert made.startswith('<div class="qh-scroll">')
    assert '<tr class=""><td class="qh-short">12</td></tr>' in made
    assert f'<tr class="on"><td class="">{"x" * 15}</td></tr>' in made


def test_empty_lines_are_left_out() -> None:
    assert plain("", "a", "") == '<p class="qh-plain">a</p>'


def test_a_css_string_cannot_end_its_style_element() -> None:
    assert css_string('"</style>') == '"\\"\\3c /style>"'
