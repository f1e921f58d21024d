"""Numbers, coordinates and codes parsed from text as people type it.

All functions work on one cell. An ambiguous cell gives NaN, so that its row is set aside and
reported instead of being misread.
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Literal

from geo.readers.table.invisible import visible

__all__ = ["Axis", "coordinate", "is_broken_code", "is_reformatted", "number", "split_pair"]

Axis = Literal["lon", "lat"]

_NAN = float("nan")
# Applied before NFKC, which breaks a double prime into two primes and keeps typographic quotes.
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
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+)(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DMS = re.compile(
    r"""(?P<d>\d+(?:\.\d+)?)\s*°\s*
        (?:(?P<m>\d+(?:\.\d+)?)\s*'(?!')\s*)?
        (?:(?P<s>\d+(?:\.\d+)?)\s*(?:"|''))?""",
    re.VERBOSE,
)
_COLONS = re.compile(r"(?P<d>\d+):(?P<m>\d+)(?::(?P<s>\d+(?:\.\d+)?))?")
# The axis of a letter or word, and its sign.
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
    """A number as people type it, NaN for any other text; may be infinite.

    Full-width digits, thousands separators (``1,234,567.8``) and a decimal comma (``12,5``) are
    understood. ``1,234`` is read as 1234, as Excel shows it in Chinese and in English.
    """
    folded = _folded(text)
    if _GROUPED.fullmatch(folded):
        return float(folded.replace(",", "").replace(" ", ""))
    if _DECIMAL_COMMA.fullmatch(folded):
        return float(folded.replace(",", "."))
    try:
        # Python reads 1_000 as a number; in a spreadsheet it is none.
        return _NAN if "_" in folded else float(folded)
    except ValueError:
        return _NAN


def coordinate(text: str, axis: Axis) -> float:
    """A coordinate in degrees (or metres) as people type it, NaN for any other text.

    ``114.305``, ``114,305`` (a decimal comma: no degree has thousands), ``500,123.45``,
    ``114°18′20″E``, ``东经114度18分20秒``, ``114:18:20``. A letter of the other axis, and minutes
    or seconds of sixty and more, give NaN.
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
    """The two parts of a combined cell such as ``114.3,30.6`` as (lon, lat), None for other text.

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
    """Whether Excel has turned a code into scientific notation (``4.41502E+11``).

    Its last digits are lost and cannot be restored.
    """
    return bool(_SCIENTIFIC.fullmatch(text.strip()))


def _folded(text: str) -> str:
    """The text with plain digits, marks and spaces, and without invisible characters."""
    return unicodedata.normalize("NFKC", visible(text).translate(_MARKS)).strip()


def _side(text: str) -> tuple[str, tuple[Axis, int] | None]:
    """The text without its word for east, west, north or south; the axis and sign of that word."""
    for word, side in _SIDES.items():
        if text[: len(word)].upper() == word:
            return text[len(word) :].strip(" :"), side
        if text[-len(word) :].upper() == word:
            return text[: -len(word)].strip(), side
    return text, None


def is_reformatted(text: str) -> bool:
    """Whether a number that can be read is in another notation than the plain one."""
    try:
        return not math.isfinite(float(text))
    except ValueError:
        return True
