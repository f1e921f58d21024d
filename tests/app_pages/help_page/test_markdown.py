"""Markdown of the guide as HTML: nothing of a file becomes markup, and no link leads outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from app_pages.help_page import chapters
from app_pages.help_page.markdown import to_html


def _html(text: str) -> str:
    return to_html(
        text,
        chapters=("gaps",),
        link=lambda chapter, anchor: f"?chapter={chapter}#{anchor}",
        picture=lambda source: f"served/{source}",
    )


def test_headings_tables_links_and_pictures() -> None:
    html = _html("# A b\n\n[x](gaps.md#two)\n\n| a |\n| - |\n| 1 |\n\n![p](images/one.png)")
    assert '<h1 id="a-b">A b</h1>' in html
    assert '<a href="?chapter=gaps#two" class="qh-chapter">x</a>' in html
    assert '<table class="qh-table">' in html
    assert 'src="served/images/one.png"' in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](https://example.org)",
        "[x](javascript:alert(1))",
        "[x](../study.md)",
        "![p](https://example.org/a.png)",
        "![p](../../secret.png)",
        "<https://example.org>",
    ],
)
def test_nothing_becomes_markup_or_leads_outside(text: str) -> None:
    html = _html(text)
    assert "<script" not in html and "<img src=x" not in html
    assert "href=" not in html and 'src="h' not in html and 'src="served' not in html


def test_a_chapter_is_named_by_the_list_alone() -> None:
    assert chapters.chapter_file("../en/gaps", "zh-CN") is None
    assert chapters.chapter_file("gaps", "zh-CN") is not None


def test_an_installation_without_the_guide_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chapters, "PROJECT_FILES", tmp_path)
    (tmp_path / "docs" / "en").mkdir(parents=True)
    (tmp_path / "docs" / "en" / "index.md").write_text("# Guide", encoding="utf-8")
    assert chapters.guide_folder("en") == tmp_path / "docs" / "en"
    assert chapters.guide_folder("zh-CN") is None
    assert chapters.chapter_file("index", "zh-CN") is None
