"""The languages of the tool, and texts that are given in several of them."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["DEFAULT_LOCALE", "LOCALES", "Locale", "Text"]

# BCP 47 tags. What else a language needs is in `layers.words.languages`.
Locale = Literal["zh-CN", "en"]
LOCALES: tuple[Locale, ...] = get_args(Locale)
DEFAULT_LOCALE: Locale = "zh-CN"
# A text for people: one for all languages, or one for each.
Text = str | dict[Locale, str]
