"""Figures with the key that names where they come from, and the one way in which each is written.

A key is a path into the results: ``layers.canteen.share_by_time`` is an entry of summary.json,
``units.420106.canteen.share_by_time`` a cell of units.csv. Its last part decides how the value is
written. Ordinary words write the value alone. `KeyedWords` put it between marks with its key, so
that a sentence may be built from it; a writer of documents splits the sentence again (`pieces`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

import pandas as pd

from layers.words.catalogue import Words
from layers.words.numbers import up_to_metres, up_to_tenths

__all__ = [
    "MARK",
    "UNNAMED",
    "KeyedWords",
    "Piece",
    "figure",
    "figure_tag",
    "figures_mark",
    "has_keys",
    "hashed_key",
    "pieces",
    "read_tag",
    "unnamed_figures",
    "value_text",
    "with_keys",
    "without_keys",
]

# Not characters of any text: Unicode reserves them for such use inside a program.
_OPEN, _BETWEEN, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
_MARKED = re.compile(
    f"{_OPEN}([^{_OPEN}{_BETWEEN}{_CLOSE}]*){_BETWEEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}"
)
_MARKS = re.compile(f"[{_OPEN}{_BETWEEN}{_CLOSE}]")
# The key of a figure without a source in the results: a limit, a date, a figure of another command.
UNNAMED = "text"
# Not a digit of an identifier such as a hash.
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.,{])\d++(?:[.,]\d++)*+%?+(?![A-Za-z0-9_}])")
_SIGN = "qh:"
# The beginning of `figures_mark`.
MARK = "quarterhour"
# Word allows so many characters in the tag of a content control.
_LONGEST_TAG = 64
_HASH = "#"
_HASH_LETTERS = 16
_ALSO_SHARES = ("fgt1", "share")
# The limit of a layer is written as it was given.
_LIMITS = ("minutes", "metres")
# Decimals of measures that are neither counts, shares, times nor distances.
_DECIMALS = {"gini": 3, "concentration": 3, "palma": 2, "reached_km2": 3, "land_km2": 3}
# Amounts that may have a part after the point.
_AMOUNTS = (
    "capacity.served", "capacity.in_reach_over_capacity", "capacity.out_of_reach", ".unreached",
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A part of a text: a figure with its key, or the text between figures (without a key)."""

    text: str
    key: str = ""


class KeyedWords(Words):
    """Words that keep the key of each figure in the text."""

    def keyed(self, key: str, text: str) -> str:
        """The text between marks, with its key."""
        return f"{_OPEN}{_MARKS.sub('', key)}{_BETWEEN}{text}{_CLOSE}" if text else ""

    def _is_one(self, value: Any) -> bool:
        """The same with its key."""
        return super()._is_one(without_keys(value) if isinstance(value, str) else value)


@cache
def with_keys(words: Words) -> KeyedWords:
    """The same words, with keys."""
    return KeyedWords(words.locale)


def figure(key: str, value: Any, words: Words) -> str:
    """The figure with this key as it is written everywhere."""
    return words.keyed(key, value_text(key, value, words))


def value_text(key: str, value: Any, words: Words) -> str:
    """How the value of a key is written, by the last part of the key.

    Examples
    --------
    >>> from layers.words.catalogue import words_for
    >>> value_text("layers.canteen.share_by_time", 0.9432, words_for("en"))
    '94.3%'
    >>> value_text("layers.canteen.demand_total", 1455.0, words_for("en"))
    '1,455'
    """
    name = key.rpartition(".")[2]
    if value is None or value != value:
        return "—"
    if name in _ALSO_SHARES or name.startswith("share_") or name.endswith("_share"):
        return words.share(float(value))
    if name in _LIMITS:
        return f"{value:g}"
    if "minutes" in name:
        return words.number(up_to_tenths(pd.Series([value])).iloc[0], 1)
    if "metres" in name:
        return words.number(up_to_metres(pd.Series([value])).iloc[0])
    if key.endswith(_AMOUNTS):
        value = round(float(value), 6)
        return words.number(value, 0 if value.is_integer() else 1)
    return words.number(value, _DECIMALS.get(name, 0))


def pieces(text: str) -> Iterator[Piece]:
    """The parts of a text in their order."""
    at = 0
    for found in _MARKED.finditer(text):
        if found.start() > at:
            yield Piece(_MARKS.sub("", text[at : found.start()]))
        yield Piece(found[2], found[1])
        at = found.end()
    if at < len(text):
        yield Piece(_MARKS.sub("", text[at:]))


def has_keys(text: str) -> bool:
    """Whether a figure with a key is in the text."""
    return _OPEN in text


def without_keys(text: str) -> str:
    """The text as people read it."""
    if _OPEN not in text and _CLOSE not in text:
        return text
    return "".join(piece.text for piece in pieces(text))


def unnamed_figures(text: str, words: Words) -> str:
    """The text with the key `UNNAMED` at each number that has none yet."""
    if not isinstance(words, KeyedWords):
        return text
    found = []
    for piece in pieces(text):
        if piece.key:
            found.append(words.keyed(piece.key, piece.text))
        else:
            found.append(_NUMBER.sub(lambda m: words.keyed(UNNAMED, m[0]), piece.text))
    return "".join(found)


def figure_tag(key: str, text: str) -> str:
    """Key and text of a figure in one line, for a content control; empty if the text is too long.

    A key that does not fit stands as its hash (`hashed_key`).
    """
    tag = f"{_SIGN}{key}={text}"
    if len(tag) > _LONGEST_TAG:
        tag = f"{_SIGN}{hashed_key(key)}={text}"
    return tag if len(tag) <= _LONGEST_TAG else ""


def figures_mark(locale: str, analysis_id: str, count: int, *, part: str = "") -> str:
    """One word about a document: its language, its analysis, and how many figures have keys.

    Without a space, comma or semicolon, at which programs divide keywords.

    Parameters
    ----------
    part : str
        The county that the document is about; empty for the whole study.
    """
    mark = f"{MARK}:locale:{locale}:analysis_id:{analysis_id}:figures:{count}"
    return f"{mark}:part:{quote(part, safe='')}" if part else mark


def hashed_key(key: str) -> str:
    """What stands for a long key in a tag."""
    return _HASH + hashlib.sha256(key.encode()).hexdigest()[:_HASH_LETTERS]


def read_tag(tag: str) -> tuple[str, str] | None:
    """Key and written text of a tag; None where the tag is not one of ours."""
    if not tag.startswith(_SIGN):
        return None
    key, equals, text = tag.removeprefix(_SIGN).rpartition("=")
    return (key, text) if equals and key else None
