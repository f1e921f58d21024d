"""Cells as people type them: numbers, coordinates and codes out of text.

Everything here is a rule about one cell. What is ambiguous stays unread (NaN), so that its row is
set aside with the cell in the report, instead of being read as something it may not be.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Literal

__all__ = ["Axis", "coordinate", "is_broken_code", "is_reformatted", "number", "split_pair"]

Axis = Literal["lon", "lat"]

_NAN = float("nan")
# Before NFKC, which would break a double prime into two primes and leave typographic quotes.
_MARKS = str.maketrans(
    {
        "″": '"',
        "“": '"',
        "”": '"',
        "＂": '"',
        "′": "'",
        "‘": "'",
        "’": "'",
        "＇": "'",
        "º": "°",
        "˚": "°",
        "−": "-",
        "度": "°",
        "分": "'",
        "秒": '"',
        "。": ".",
    }
)
_PLAIN = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DMS = re.compile(
    r"""(?P<d>\d+(?:\.\d+)?)\s*°\s*
        (?:(?P<m>\d+(?:\.\d+)?)\s*'(?!')\s*)?
        (?:(?P<s>\d+(?:\.\d+)?)\s*(?:"|''))?""",
    re.VERBOSE,
)
_COLONS = re.compile(r"(?P<d>\d+):(?P<m>\d+)(?::(?P<s>\d+(?:\.\d+)?))?")
# Which axis a letter or word belongs to, and its sign.
_SIDES: dict[str, tuple[Axis, int]] = {
    "东经": ("lon", 1),
    "西经": ("lon", -1),
    "北纬": ("lat", 1),
    "南纬": ("lat", -1),
    "经度": ("lon", 1),
    "纬度": ("lat", 1),
    "E": ("lon", 1),
    "W": ("lon", -1),
    "N": ("lat", 1),
    "S": ("lat", -1),
    "东": ("lon", 1),
    "西": ("lon", -1),
    "北": ("lat", 1),
    "南": ("lat", -1),
}
_WRAPPING = "()[]{}<>【】（）"
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")


def number(text: str) -> float:
    """A number as people type it, NaN where it is none; may be infinite.

    Full-width digits, thousands separators (``1,234,567.8``) and a decimal comma (``12,5``) are
    understood. ``1,234`` is a thousand and more, as Excel shows it in Chinese and in English.
    """
    folded = _folded(text)
    if _GROUPED.fullmatch(folded):
        return float(folded.replace(",", ""))
    if _DECIMAL_COMMA.fullmatch(folded):
        return float(folded.replace(",", "."))
    try:
        # Python takes 1_000 for a number; a spreadsheet that holds it means something else.
        return _NAN if "_" in folded else float(folded)
    except ValueError:
        return _NAN


def coordinate(text: str, axis: Axis) -> float:
    """A coordinate in degrees (or metres) as people type it, NaN where it is none.

    ``114.305``, ``114,305`` (a decimal comma: no degree has thousands), ``500,123.45``,
    ``114°18′20″E``, ``东经114度18分20秒``, ``114:18:20``. A letter of the other axis, and minutes
    or seconds of sixty and more, make it none.
    """
    folded = _folded(text)
    rest, side = _side(folded)
    if side is not None and side[0] != axis:
        return _NAN
    sign = -1.0 if side is not None and side[1] < 0 else 1.0
    if rest.startswith("-"):
        if side is not None:
            return _NAN
        sign, rest = -1.0, rest[1:].strip()
    value = _unsigned(rest)
    return sign * value


def _unsigned(text: str) -> float:
    for pattern in (_DMS, _COLONS):
        match = pattern.fullmatch(text)
        if match:
            minutes, seconds = float(match["m"] or 0), float(match["s"] or 0)
            if minutes >= 60 or seconds >= 60:
                return _NAN
            return float(match["d"]) + minutes / 60 + seconds / 3600
    if _PLAIN.fullmatch(text):
        return float(text)
    if text.count(",") == 1 and _DECIMAL_COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    return float(text.replace(",", "")) if _GROUPED.fullmatch(text) else _NAN


def split_pair(text: str) -> tuple[str, str] | None:
    """The two halves of a combined cell such as ``114.3,30.6`` as (lon, lat), None if it is none.

    Letters and words of the axes decide the order; else a first value of at most 90 before a second
    one beyond 90 is a latitude; else the longitude comes first, as map services in China write it.
    """
    folded = _folded(text)
    if folded[:5].upper() == "POINT":
        folded = folded[5:].strip()
    folded = folded.strip(_WRAPPING).strip()
    halves = _halves(folded)
    if halves is None:
        return None
    first, second = halves
    sides = [_side(half)[1] for half in halves]
    if sides[0] is not None or sides[1] is not None:
        swapped = (sides[0] is not None and sides[0][0] == "lat") or (
            sides[1] is not None and sides[1][0] == "lon"
        )
    else:
        swapped = abs(_unsigned(first.lstrip("-"))) <= 90 < abs(_unsigned(second.lstrip("-")))
    return (second, first) if swapped else (first, second)


def _halves(text: str) -> tuple[str, str] | None:
    for separator in (r"\s*[;|/、]\s*", r"\s*,\s*", r"\s+", r"(?<=[EWNS])\s*(?=\d)"):
        parts = [part for part in re.split(separator, text) if part]
        if len(parts) == 2:
            return parts[0].strip(), parts[1].strip()
    return None


def is_broken_code(text: str) -> bool:
    """Whether a code has become a number in scientific notation (``4.41502E+11``) in Excel.

    Its last digits are gone, so that no reader can bring the code back.
    """
    return bool(_SCIENTIFIC.fullmatch(text.strip()))


def _folded(text: str) -> str:
    """Full-width digits, marks and spaces as plain ones."""
    return unicodedata.normalize("NFKC", text.translate(_MARKS)).strip()


def _side(text: str) -> tuple[str, tuple[Axis, int] | None]:
    """The text without its letter or word for east, west, north or south, and what that says."""
    for word, side in _SIDES.items():
        if text[: len(word)].upper() == word:
            return text[len(word) :].strip(" :"), side
        if text[-len(word) :].upper() == word:
            return text[: -len(word)].strip(), side
    return text, None


def is_reformatted(text: str) -> bool:
    """Whether a readable number was typed in another way than a plain one."""
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return True
