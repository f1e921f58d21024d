"""The bundled font: the width of its text, and where lines break.

Maps, charts and PDF measure text by the advance widths of the font, so that the box of a label is
known before anything is drawn.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["FAMILY", "FONT", "families", "known_text", "longest_word", "text_width", "wrap"]

FONT = Path(__file__).parent / "fonts" / "QuarterhourSansSC.ttf"
FAMILY = "Quarterhour Sans SC"
# For characters that the subset lacks: the first of these on the machine. matplotlib has DejaVu.
_OTHERS = ("Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", "WenQuanYi Micro Hei")
_LAST = "DejaVu Sans"
# Characters that must not begin a line, and such as must not end one (GB/T 15834, section 5).
_NOT_FIRST = "，。、；：？！）〕】》〉」』”’%‰℃·—…,.;:?!)]}"
_NOT_LAST = "（〔【《〈「『“‘([{"
# 表1, a Latin word (with what hangs on it), one other character, or a gap.
# A word may break behind its hyphen.
_TOKEN = re.compile(
    r"[表图]\d+|[!-,.-~\u00a1-\u024f]*[a-z]-(?=[a-z])|[!-~\u00a1-\u024f]+|\s|.",
    re.DOTALL | re.IGNORECASE,
)
_MISSING = "\N{GETA MARK}"
# How many characters to the left a better break is searched.
_FARTHEST = 24


@cache
def _metrics() -> tuple[dict[int, str], dict[str, tuple[int, int]], int]:
    """Character → glyph, glyph → (advance, bearing), units of an em."""
    from fontTools.ttLib import TTFont

    font: Any = TTFont(FONT, lazy=True)
    return font.getBestCmap(), font["hmtx"].metrics, font["head"].unitsPerEm


@cache
def _advance(sign: str) -> float:
    """Width of a character in em."""
    glyphs, advances, em = _metrics()
    glyph = glyphs.get(ord(sign))
    if glyph is not None:
        return advances[glyph][0] / em
    return 1.0 if ord(sign) > 0x2E80 else 0.65


def text_width(text: str, size: float) -> float:
    """Width of one line of text in the unit of `size` (points for points)."""
    return sum(map(_advance, text)) * size


def known_text(text: str) -> str:
    """`text` with 〓 for characters that the font lacks, and for control characters."""
    glyphs = _metrics()[0]
    return "".join(sign if ord(sign) in glyphs or sign == "\n" else _MISSING for sign in text)


@cache
def families() -> list[str]:
    """Font families for matplotlib: ours, one of the machine for missing characters, DejaVu."""
    from matplotlib import font_manager

    font_manager.fontManager.addfont(str(FONT))
    present = {entry.name for entry in font_manager.fontManager.ttflist}
    return [FAMILY, *[name for name in _OTHERS if name in present][:1], _LAST]


def wrap(text: str, width: float, size: float, *, indent: float = 0.0) -> list[str]:
    """Lines no wider than `width`, broken between Chinese characters and at spaces of Latin text.

    No line begins with closing punctuation or ends with an opening bracket. A word wider than a
    line is cut. The first line is shorter by `indent`.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _wrap_one(paragraph, width, size, 0.0 if lines else indent)
    return lines


def longest_word(text: str, size: float) -> float:
    """Width of the widest piece that `wrap` does not break."""
    return max((text_width(token, size) for token in _TOKEN.findall(text)), default=0.0)


def _wrap_one(text: str, width: float, size: float, indent: float) -> list[str]:
    lines: list[str] = []
    line, used = "", indent
    for token in _tokens(text, width, size):
        wide = text_width(token, size)
        if line and used + wide > width and not token.isspace():
            kept, carried = _legal_break(line, token)
            if text_width(carried.lstrip(), size) + wide > width:
                kept, carried = line, ""  # rather a forbidden break than text beyond the cell
            lines.append(kept.rstrip())
            line = carried.lstrip()
            used = text_width(line, size)
        if line or not token.isspace():
            line, used = line + token, used + wide
    return [*lines, line.rstrip()]


def _tokens(text: str, width: float, size: float) -> list[str]:
    """Unbreakable pieces; words wider than a line are cut into pieces that fit."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if text_width(token, size) <= width:
            found.append(token)
        else:
            piece = ""
            for sign in token:
                if piece and text_width(piece + sign, size) > width:
                    found.append(piece)
                    piece = ""
                piece += sign
            found.append(piece)
    return found


def _legal_break(line: str, token: str) -> tuple[str, str]:
    """Move the break to the left until it is allowed; returns the line and the rest."""
    at = len(line)
    for _ in range(_FARTHEST):
        after = line[at] if at < len(line) else token[0]
        latin = at < len(line) and _latin(line[at - 1]) and _latin(line[at])
        if at < 2 or not (after in _NOT_FIRST or line[at - 1] in _NOT_LAST or latin):
            break
        at -= 1
    else:
        at = len(line)
    return (line[:at], line[at:]) if at >= 1 else (line, "")


def _latin(sign: str) -> bool:
    return "!" <= sign <= "~"
