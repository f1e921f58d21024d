"""All words that users read, in every language, from the Babel catalogues in `locale/`.

Message ids are keys (``error.file_missing``, ``cause.too_far``). Every language has a complete
catalogue; none is the source of another. The .po files are read directly, without a compile step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from geo.base.errors import QuarterhourError
from geo.study.languages import LOCALES, Text
from layers.words.languages import LANGUAGES

__all__ = ["LOCALES", "Words", "catalogue", "words_for"]

# {count:case|cases}: what a message says of one, and of any other count. A form may hold
# placeholders itself.
_FORM = r"((?:[^{}|]|\{\w+\})*)"
_FORMS = re.compile(rf"\{{(\w+):{_FORM}\|{_FORM}\}}")


@cache
def catalogue(locale: str) -> Mapping[str, str]:
    """All messages of one language: key → text.

    A language has one file for each area of use (errors, quality, exports, app, ...). No key is in
    two of them.
    """
    messages: dict[str, str] = {}
    for path in sorted(LANGUAGES[locale].catalogue.glob("*.po")):
        with path.open("rb") as handle:
            for message in read_po(handle, locale=path.parent.name):
                if message.id:
                    messages[str(message.id)] = str(message.string)
    return messages


@cache
def words_for(locale: str) -> Words:
    """The words of one language, one of `LOCALES`."""
    return Words(locale)


class Words:
    """The messages of one language, and its formats of numbers and dates.

    Attributes
    ----------
    locale : str
    language : Language
    """

    def __init__(self, locale: str) -> None:
        if locale not in LANGUAGES:
            raise ValueError(f"locale {locale!r} is none of {LOCALES}")
        self.locale = locale
        self.language = LANGUAGES[locale]
        self._messages = catalogue(locale)
        self._babel = Locale.parse(locale, sep="-")

    def __call__(self, key: str, /, **params: Any) -> str:
        """The message for `key` with its placeholders filled.

        ``{count:case|cases}`` is the first form where the parameter `count` is 1, as a number or as
        the text of `number`, and else the second.

        Raises
        ------
        KeyError
            The catalogue lacks the key. Use `get` for keys that come from data.
        """
        text = self._messages[key]
        if "|" in text:
            text = _FORMS.sub(lambda found: found[2 if self._is_one(params[found[1]]) else 3], text)
        return text.format(**params)

    def _is_one(self, value: Any) -> bool:
        """Whether a parameter counts one."""
        return value == "1" if isinstance(value, str) else bool(value == 1)

    def __contains__(self, key: object) -> bool:
        """Whether the catalogue has this key."""
        return key in self._messages

    def get(self, key: str, /, default: str, **params: Any) -> str:
        """Like a call, with a default where the catalogue has no such key."""
        return self(key, **params) if key in self._messages else default

    def text(self, text: Text) -> str:
        """A text of the study in this language, else in the first one that it has."""
        if isinstance(text, str):
            return text
        by_locale = {str(key): value for key, value in text.items()}
        return by_locale.get(self.locale) or next(iter(by_locale.values()), "")

    def error(self, error: QuarterhourError) -> list[str]:
        """One line for each problem that the error holds."""
        lines = [self(f"error.{error.code}", **error.params)]
        for other in getattr(error, "others", ()):
            lines.extend(self.error(other))
        return lines

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number with digit grouping; a dash for a missing one."""
        if value is None or value != value:
            return "—"
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, format=pattern, locale=self._babel)

    def share(self, value: float | None, decimals: int = 1) -> str:
        """A share (0 to 1) as per cent; a dash for a missing one.

        Only 1 is written as 100 %, and only 0 as 0 %: 0.99996 is not full coverage.
        """
        if value is None or value != value:
            return "—"
        step = 10.0 ** -(decimals + 2)
        if 0.0 < value < 1.0:
            value = min(max(round(value / step), 1), round(1 / step) - 1) * step
        pattern = "0" + ("." + "0" * decimals if decimals else "") + "%"
        return format_percent(value, format=pattern, locale=self._babel)

    def keyed(self, key: str, text: str) -> str:
        """The text of a figure; `layers.words.figure_keys.KeyedWords` keep its key with it."""
        return text

    def day(self, day: date) -> str:
        """A date, as the language writes it: 2026年3月1日, 1 March 2026."""
        return format_date(day, format=self.language.date_pattern, locale=self._babel)

    def date_time(self, moment: datetime) -> str:
        """A date with its time, as the language writes them."""
        return format_datetime(moment, format="medium", locale=self._babel)
