"""The guide: equal in both languages, labels as on the screen, links that lead somewhere."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from app_pages import PAGES
from app_pages.help_page.chapters import CHAPTERS
from app_pages.help_page.link import CHAPTER_OF
from app_pages.help_page.markdown import anchor_of, sections
from layers.words.catalogue import LOCALES, catalogue
from tests.docs.folders import ROOT

FOLDERS = {"zh-CN": ROOT / "docs" / "zh", "en": ROOT / "docs" / "en"}
# What stands between these marks is a text of the screen.
_QUOTED = {"zh-CN": re.compile("「([^」]*)」"), "en": re.compile("“([^”]*)”")}
_PICTURE = re.compile(r"!\[[^\]]*\]\(images/([\w-]+\.png)\)")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)]*)\)")
_SCRIPTS = ("pictures", "pictures_guide", "pictures_scenarios")
_OF_THE_README = {"coverage.png"}
# Texts of the screen that are not in the catalogues: the languages name themselves.
_ENDONYMS = {"English": "switch", "中文": "switch"}


def _text(name: str, locale: str) -> str:
    return (FOLDERS[locale] / f"{name}.md").read_text(encoding="utf-8")


@cache
def _patterns(locale: str) -> list[tuple[re.Pattern[str], str]]:
    """Messages with placeholders, for the labels that hold a value."""
    found = []
    for key, text in catalogue(locale).items():
        parts = re.split(r"\{(?:[^{}]|\{\w+\})*\}", text)
        if len(parts) > 1 and len("".join(parts)) >= 2:
            found.append((re.compile(".+?".join(map(re.escape, parts))), key))
    return found


@cache
def _keys(label: str, locale: str) -> frozenset[str]:
    """The keys of the messages that are this text."""
    exact = {key for key, text in catalogue(locale).items() if text.strip(" ·") == label}
    if not exact:
        exact = {key for pattern, key in _patterns(locale) if pattern.fullmatch(label)}
    return frozenset(exact | ({_ENDONYMS[label]} if label in _ENDONYMS else set()))


def test_both_languages_have_the_same_chapters() -> None:
    for folder in FOLDERS.values():
        found = {path.stem for path in folder.glob("*.md")} - {"deploy"}
        assert found == set(CHAPTERS), folder


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CHAPTERS)
def test_every_quoted_label_is_on_the_screen(name: str, locale: str) -> None:
    labels = _QUOTED[locale].findall(_text(name, locale))
    assert not [label for label in labels if not _keys(label, locale)]


@pytest.mark.parametrize("name", CHAPTERS)
def test_both_languages_quote_the_same_labels_in_the_same_order(name: str) -> None:
    chinese, english = (_QUOTED[lang].findall(_text(name, lang)) for lang in ("zh-CN", "en"))
    for one, other in zip(chinese, english, strict=False):
        assert _keys(one, "zh-CN") & _keys(other, "en"), (one, other)
    assert len(chinese) == len(english), (chinese[len(english) :], english[len(chinese) :])


def _outline(text: str) -> list[str]:
    """What each line is, by its first characters, and the pictures."""
    lines = [
        re.match(r"#+ |\d+\. |- |\| |!\[|```", line) for line in text.splitlines() if line.strip()
    ]
    return [line[0] if line else "text" for line in lines]


@pytest.mark.parametrize("name", CHAPTERS)
def test_both_languages_have_the_same_parts(name: str) -> None:
    assert _outline(_text(name, "zh-CN")) == _outline(_text(name, "en"))
    assert _PICTURE.findall(_text(name, "zh-CN")) == _PICTURE.findall(_text(name, "en"))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_picture_is_shown_and_has_its_line_in_a_script(locale: str) -> None:
    scripts = [(ROOT / "docs" / f"{name}.py").read_text("utf-8") for name in _SCRIPTS]
    text = "\n".join(scripts)
    shown = {name for one in CHAPTERS for name in _PICTURE.findall(_text(one, locale))}
    kept = {path.name for path in (FOLDERS[locale] / "images").glob("*.png")}
    assert shown == kept - _OF_THE_README
    for name in kept:
        stem = name.removesuffix(".png")
        assert f'"{stem}"' in text or f'"{name}"' in text, name


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", CHAPTERS)
def test_links_lead_to_chapters_and_sections(name: str, locale: str) -> None:
    for link in _LINK.findall(_text(name, locale)):
        file, _, anchor = link.partition("#")
        target = file.removesuffix(".md") or name
        assert target in CHAPTERS, link
        if anchor:
            anchors = [one.anchor for one in sections(_text(target, locale))]
            assert anchor in anchors, link


@pytest.mark.parametrize("locale", LOCALES)
def test_the_first_chapter_links_every_other_one(locale: str) -> None:
    linked = {link.removesuffix(".md") for link in _LINK.findall(_text("index", locale))}
    assert linked == set(CHAPTERS) - {"index"}


@pytest.mark.parametrize("locale", LOCALES)
def test_titles_and_anchors_of_a_chapter_are_unique(locale: str) -> None:
    titles = [_text(name, locale).splitlines()[0] for name in CHAPTERS]
    assert all(title.startswith("# ") for title in titles)
    assert len(set(titles)) == len(titles)
    for name in CHAPTERS:
        anchors = [one.anchor for one in sections(_text(name, locale))]
        assert len(set(anchors)) == len(anchors)


def test_every_page_has_its_chapter() -> None:
    assert set(CHAPTER_OF) == {page.key for page in PAGES} - {"help"}
    assert set(CHAPTER_OF.values()) <= set(CHAPTERS)


def test_anchors_are_those_of_the_repository_site() -> None:
    assert anchor_of("From the figures to the map") == "from-the-figures-to-the-map"
    assert anchor_of("文件、坐标（GCJ-02）") == "文件坐标gcj-02"


def test_the_installed_program_has_every_file_of_the_guide() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    files = project["tool"]["setuptools"]["data-files"]
    for folder in FOLDERS.values():
        for path in (p for p in folder.rglob("*") if p.is_file()):
            relative = path.relative_to(ROOT).as_posix()
            target = f"share/quarterhour/{Path(relative).parent.as_posix()}"
            assert any(fnmatch(relative, pattern) for pattern in files[target]), relative
