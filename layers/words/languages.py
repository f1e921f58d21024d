"""The languages of the tool: one record each, and one folder of .po files in `locale/`.

To add a language, add its tag to `geo.study.languages.Locale`, a record here, and its catalogues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from geo.study.languages import DEFAULT_LOCALE

__all__ = ["LANGUAGES", "Language", "TextStyle", "environment_locale"]

_CATALOGUES = Path(__file__).parent / "locale"
# For a terminal in a language that the tool does not have.
_INTERNATIONAL = "en"


@dataclass(frozen=True)
class TextStyle:
    """A paragraph style of a report, the same in DOCX and PDF (which has one font for all).

    Attributes
    ----------
    east, latin : str
        Fonts of East Asian and of Latin characters in the DOCX.
    size, before, after : float
        Of the letters, and above and below the paragraph; points.
    exact_line : float
        Line height in points; 0 for a multiple of the size.
    indent : bool
        The first line is indented by two characters.
    keep : bool
        The paragraph stays on one page with the next one.
    """

    east: str
    latin: str
    size: float
    bold: bool = False
    before: float = 0.0
    after: float = 0.0
    exact_line: float = 0.0
    indent: bool = False
    centred: bool = False
    keep: bool = False


@dataclass(frozen=True)
class Language:
    """What differs between languages besides the messages themselves.

    Attributes
    ----------
    locale : str
        BCP 47 tag, as in study.toml and on the command line.
    endonym : str
        The language's own name.
    date_pattern : str
        Of CLDR, for Babel.
    numerals : str
        Numbers of chapters, from the first on; empty for digits. With digits, sections are numbered
        within their chapter (3.1); else they start again in each chapter.
    wide_quotes : bool
        Curly quotation marks are as wide as a character of the text, as the PDF's font has them.
    margins_mm : (float, float, float, float)
        Above, below, left and right of a report's text.
    footer_mm : float
        From the edge of the paper to the footer.
    contents_row_mm : float
        Height of a line of the table of contents in the PDF.
    above_map_mm : float
        Room for a heading and its paragraph above a map.
    latin_spelling : str
        Tag by which Word checks Latin letters and breaks lines at digits.
    workbook_fonts : (str, str, str)
        Of titles, headers and cells. Excel substitutes a font that a machine lacks.
    workbook_bold_header : bool
    styles : mapping of str to TextStyle
        Of a report: title, heading, sub, body, item, caption, note, cell, contents_heading,
        contents_1, contents_2.
    """

    locale: str
    endonym: str
    date_pattern: str
    numerals: str
    wide_quotes: bool
    margins_mm: tuple[float, float, float, float]
    footer_mm: float
    contents_row_mm: float
    above_map_mm: float
    latin_spelling: str
    workbook_fonts: tuple[str, str, str]
    workbook_bold_header: bool
    styles: Mapping[str, TextStyle]

    @property
    def catalogue(self) -> Path:
        """The folder of its .po files."""
        return _CATALOGUES / self.locale.replace("-", "_")

    def chapter_number(self, number: int) -> str:
        """The number of a chapter, from 1: 三, 3."""
        return self.numerals[number - 1] if number <= len(self.numerals) else str(number)

    def section_number(self, chapter: int, number: int) -> str:
        """The number of a section of a chapter: 一, 3.1."""
        return self.chapter_number(number) if self.numerals else f"{chapter}.{number}"


_TIMES = "Times New Roman"
# GB/T 9704-2012 (text of 156 × 225 mm on A4, 仿宋 of size 三号, 28 points a line), and what offices
# use besides: titles in 小标宋, headings in 黑体 and 楷体.
_CHINESE = Language(
    locale="zh-CN",
    endonym="中文",
    date_pattern="y年M月d日",
    numerals="一二三四五六七八九十",
    wide_quotes=True,
    margins_mm=(37.0, 35.0, 28.0, 26.0),
    footer_mm=25.0,
    contents_row_mm=6.6,
    above_map_mm=50.0,
    # As Chinese, numbers would break anywhere.
    latin_spelling="en-US",
    workbook_fonts=("方正小标宋简体", "黑体", "宋体"),
    workbook_bold_header=False,
    styles={
        "title": TextStyle("方正小标宋简体", _TIMES, 22, after=16, centred=True),
        "heading": TextStyle("黑体", _TIMES, 16, before=14, after=6, keep=True),
        "sub": TextStyle("楷体_GB2312", _TIMES, 16, before=8, after=4, keep=True),
        "body": TextStyle("仿宋_GB2312", _TIMES, 16, exact_line=28, indent=True),
        "item": TextStyle("仿宋_GB2312", _TIMES, 16, exact_line=28),
        "caption": TextStyle("黑体", _TIMES, 12, before=6, after=6, centred=True),
        "note": TextStyle("仿宋_GB2312", _TIMES, 12, before=4, after=2),
        "cell": TextStyle("宋体", _TIMES, 9.5),
        "contents_heading": TextStyle("黑体", _TIMES, 16, before=10, after=8),
        "contents_1": TextStyle("仿宋_GB2312", _TIMES, 14, before=2),
        "contents_2": TextStyle("仿宋_GB2312", _TIMES, 12),
    },
)
_SONG, _CALIBRI = "宋体", "Calibri"
_ENGLISH = Language(
    locale="en",
    endonym="English",
    date_pattern="d MMMM y",
    numerals="",
    wide_quotes=False,
    margins_mm=(25.0, 25.0, 27.0, 27.0),
    footer_mm=13.0,
    contents_row_mm=5.6,
    above_map_mm=30.0,
    latin_spelling="en-GB",
    workbook_fonts=("Calibri", "Calibri", "Calibri"),
    workbook_bold_header=True,
    styles={
        "title": TextStyle(_SONG, _CALIBRI, 22, True, after=14, centred=True),
        "heading": TextStyle(_SONG, _CALIBRI, 16, True, before=18, after=6, keep=True),
        "sub": TextStyle(_SONG, _CALIBRI, 13, True, before=12, after=4, keep=True),
        "body": TextStyle(_SONG, _CALIBRI, 11, after=6),
        "item": TextStyle(_SONG, _CALIBRI, 11, after=3),
        "caption": TextStyle(_SONG, _CALIBRI, 10, True, before=6, after=6, centred=True),
        "note": TextStyle(_SONG, _CALIBRI, 9.5, before=3, after=2),
        "cell": TextStyle(_SONG, _CALIBRI, 9),
        "contents_heading": TextStyle(_SONG, _CALIBRI, 14, True, before=8, after=6),
        "contents_1": TextStyle(_SONG, _CALIBRI, 11, before=3),
        "contents_2": TextStyle(_SONG, _CALIBRI, 10),
    },
)
LANGUAGES: dict[str, Language] = {one.locale: one for one in (_CHINESE, _ENGLISH)}


def environment_locale(variable: str) -> str:
    """The language for a terminal whose LANG (or LC_ALL, ...) is `variable`.

    The locales C and POSIX name no language; they and an empty variable get the default.
    """
    name = variable.lower()
    if name in ("", "c") or name.startswith(("c.", "posix")):
        return DEFAULT_LOCALE
    for locale in LANGUAGES:
        if name.startswith(locale.split("-")[0].lower()):
            return locale
    return _INTERNATIONAL
