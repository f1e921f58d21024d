"""The facts of a study (项目信息): title, place, office, date, approval number and sources."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from geo.base.access import guard
from geo.base.errors import StudyError
from geo.base.messages import one_line
from geo.study.load import DRAFT_TOML
from geo.workspace.draft import is_draft
from geo.workspace.edit import rewrite
from geo.workspace.folder import STUDY_TOML

__all__ = ["Facts", "edit_facts", "read_facts"]

_LONGEST = 400


@dataclass(frozen=True)
class Facts:
    """The facts in one language.

    Attributes
    ----------
    name : str
        The title of the study.
    place : str
        The area that sentences name; empty where the title serves.
    office : str
        Who made the study.
    as_of : str
        The date of the data.
    map_approval_number : str
    sources : tuple of str
        Those of the whole study; those of single inputs are with the inputs.
    """

    name: str
    place: str = ""
    office: str = ""
    as_of: str = ""
    map_approval_number: str = ""
    sources: tuple[str, ...] = ()


def read_facts(folder: Path, locale: str) -> Facts:
    """The facts of the study in `folder`, in one language.

    Raises
    ------
    OSError, ValueError
        study.toml cannot be read.
    AccessError
        Whoever acts may not open the study.
    """
    guard.demand("open", folder)
    file = DRAFT_TOML if is_draft(folder) else STUDY_TOML
    info = tomllib.loads((folder / file).read_bytes().decode("utf-8-sig"))["study"]
    found = {item.name: _text(info.get(item.name, ""), locale) for item in fields(Facts)[:-1]}
    return Facts(**found, sources=tuple(_text(item, locale) for item in info.get("sources", ())))


def edit_facts(folder: Path, facts: Facts, locale: str) -> None:
    """Write the facts into study.toml; what another language says stays, and so do comments.

    Raises
    ------
    StudyError
        There is no title (``name_empty``), or the study is wrong.
    OutputError
        The folder cannot be written.
    """
    if not facts.name.strip():
        raise StudyError("name_empty")

    def edit(document: Any) -> None:
        info = document["study"]
        for item in fields(Facts)[:-1]:
            _set_text(info, item.name, one_line(getattr(facts, item.name), _LONGEST), locale)
        _set_sources(info, facts.sources, locale)

    rewrite(folder, edit, {}, what="facts")


def _text(value: Any, locale: str) -> str:
    if isinstance(value, Mapping):
        return str(value.get(locale) or next(iter(value.values()), ""))
    return str(value)


def _set_text(info: Any, key: str, text: str, locale: str) -> None:
    former = info.get(key, "")
    if text == _text(former, locale):
        return
    if not text:
        info.pop(key, None)
    elif isinstance(former, MutableMapping):
        former[locale] = text
    else:
        info[key] = text


def _set_sources(info: Any, sources: Sequence[str], locale: str) -> None:
    """A source whose text is as before stays as it is written, in all its languages."""
    lines = [text for source in sources if (text := one_line(source, _LONGEST))]
    former = list(info.get("sources", ()))
    by_text = {_text(item, locale): item for item in former}
    if lines == list(by_text):
        return
    info.pop("sources", None)
    if lines:
        info["sources"] = [by_text.get(line, line) for line in lines]
