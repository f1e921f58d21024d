"""Fonts and colours that all inline charts share."""

from __future__ import annotations

__all__ = ["FONTS", "GRID", "INK", "LINES"]

FONTS = "system-ui, Microsoft YaHei, PingFang SC, Noto Sans CJK SC, WenQuanYi Micro Hei, sans-serif"
INK, GRID = "#474d55", "#dedcd5"
# Okabe and Ito's colours; dashes distinguish the lines in grey print.
LINES = (("#0072b2", ""), ("#b34700", "6 3"), ("#007a5a", "2 3"), ("#8f4a7a", "8 3 2 3"))
