"""The chapters of the guide: their files in both languages, and where these are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from server.bundle.project_files import PROJECT_FILES

__all__ = ["CHAPTERS", "chapter_file", "chapter_titles", "guide_folder"]

# In the order in which they are read; each is a file in docs/zh and in docs/en.
CHAPTERS = (
    "index",
    "install",
    "first-study",
    "two-shares",
    "gaps",
    "programmes",
    "siting",
    "scenarios",
    "report",
    "ledger",
    "office",
    "questions",
)
_FOLDERS = {"zh-CN": "zh", "en": "en"}


def guide_folder(locale: str) -> Path | None:
    """The folder of the guide in one language; None if the guide was not installed."""
    folder = PROJECT_FILES / "docs" / _FOLDERS[locale]
    return folder if (folder / "index.md").is_file() else None


def chapter_file(name: str, locale: str) -> Path | None:
    """The file of a chapter; None where it is not there."""
    folder = guide_folder(locale)
    if name not in CHAPTERS or folder is None:
        return None
    path = folder / f"{name}.md"
    return path if path.is_file() else None


@cache
def chapter_titles(locale: str) -> dict[str, str]:
    """The chapters that are there, and their titles: the first heading of each file."""
    found = {}
    for name in CHAPTERS:
        path = chapter_file(name, locale)
        if path is not None:
            first = path.read_text("utf-8").partition("\n")[0]
            found[name] = first.removeprefix("#").strip()
    return found
