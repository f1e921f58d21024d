"""The languages of the tool, and texts that are given in several of them."""

from __future__ import annotations

from typing import Literal

__all__ = ["LOCALES", "Text"]

LOCALES = ("zh-CN", "en")
# A text for people: the same in both languages, or one for each.
Text = str | dict[Literal["zh-CN", "en"], str]
