"""What a row of an office's table is, by its own cells: a title, a total, a note, column numbers.

All functions work on the stripped texts of one row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from geo.readers.table.cells import coordinate, number

__all__ = [
    "EXAMPLE",
    "NOTE_BEGINS",
    "TOTAL_HINT",
    "UNIT_OF_COUNT",
    "is_code",
    "is_column_numbers",
    "is_example",
    "is_group_heading",
    "is_labels",
    "is_note",
    "is_number",
    "is_stem",
    "is_total",
    "is_unit",
    "is_weak_total",
    "stated_unit",
]

# For a first selection by Arrow, whose regular expressions know no look-around.
TOTAL_HINT = (
    r"[合小总共累]\s*计|^\s*(平均|均值|其\s*中|全\s*[市区县省镇乡村州国]|全街道)"
    r"|\b(sub-?total|total|totals|sum|average|mean)\b"
)
NOTE_BEGINS = (
    r"^\s*[\[【（(＊*※]*\s*(注|备\s*注|附\s*注|注释|注解|说\s*明|填表说明|填报说明|指标解释|资料来源"
    r"|数据来源|来源|填表人|填报人|制表人?|制图|审核人?|复核人?|负责人|单位负责人|统计负责人|联系人"
    r"|联系电话|填表日期|填报日期|报出日期|制表日期|统计日期|统计时点|截止日期|截至|打印日期|打印时间"
    r"|导出时间|导出日期|盖章|签字|签章|notes?|remarks?|sources?|prepared by|exported)"
)
# The first cell of a row that shows how a form is filled in.
EXAMPLE = (
    r"(?i)^\s*[\[【(（]?\s*(示例|样例|填写示例|例如|e\.g\.|example)\s*\d?\s*[\])】）]?[:：]?\s*$"
)

_STRONG_TOTAL = re.compile(
    r".{0,15}?(?:合计|小计|总计|共计)(?:数|人数|人口|户数|户)?"
    r"(?:[(\[【].*[)\]】])?:?(?:[\d,.]+(?:个|人|户|条|家|处|座|项|行)?)?"
)
_WEAK_TOTAL = re.compile(
    r"累计|平均|平均值|均值|其中|其中:.*|全[市区县省镇乡村州国]|全街道"
    r"|(?:grand\s*|sub-?)?totals?(?:\(.*\))?|sum|average|mean"
)
_LONGEST_TOTAL = 30
_NOTE = re.compile(NOTE_BEGINS, re.IGNORECASE)
# What follows the word: a colon, a number, a bracket, or nothing. 注溪村 is a village.
_AFTER_NOTE = re.compile(r"\s*(?:[\])】）].*|[:.、,;。；：，)]|\s|\d|[(（①-⑳]|$)", re.DOTALL)
_LABEL = re.compile(r"[^\d:：]{1,16}[:：]")
# Labels that stand without a colon, and lines that are no names of columns whatever they hold.
_LINE = re.compile(
    r"(填报|填表|编制|制表|统计|报送|主管|制定|批准)(单位|机关|部门|时点|时间|日期|文号)"
    r"|单位[:：(（]|计量单位|表\s*号|文\s*号|附[表件]\s*[\d一二三四五六七八九十:：]|有效期"
    r"|^(截至|截止).*[年月日]|^\d{4}\s*年(度|\d{1,2}月(\d{1,2}日)?|\d{1,2}季度)?$"
)
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_LETTERS = "ABCDEFGHIJ"
_CIRCLED = {chr(0x2460 + step): str(step + 1) for step in range(20)}
_COLUMN_WORDS = ("栏次", "列次", "行次", "栏号", "列号", "序列")
_CODE = re.compile(r"[A-Za-z]{0,6}[-_./]?\d[\dA-Za-z\-_./]{0,23}")
_GROUP = re.compile(
    r"[(（]?[一二三四五六七八九十]{1,3}[)）]?\s*[、.．,，:：)）]|第[一二三四五六七八九十]+"
)
UNIT_OF_COUNT = r"[十百千万亿]*(?:人|人口|人次|户|家庭|个|栋|套|家|处|座|所|张|位|间)"
_UNIT = re.compile(
    rf"(?:{UNIT_OF_COUNT}|°|度|十进制度|米|公里|千米|平方米|平方公里|平方千米|公顷|亩|元|万元|亿元|%|‰|岁"
    r"|m|km|km2|km²|m2|m²|deg|degrees?|people|persons|households)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}(?:[-/.月]\d{1,2}日?)?(?:[ T][\d:.]+)?")
_SCALED = re.compile(r"[百千万亿][人户]")
_STATED = re.compile(r"(?:计量)?单位\s*[:：]\s*([^\s)）\]】;；]+)")


def _bare(text: str) -> str:
    """A text in plain width, without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def is_number(text: str) -> bool:
    """Whether a cell holds a number, a coordinate or a date rather than a name."""
    if not any(letter.isdigit() for letter in text):
        return False
    return (
        number(text) == number(text)
        or coordinate(text, "lon") == coordinate(text, "lon")
        or coordinate(text, "lat") == coordinate(text, "lat")
        or _DATE.fullmatch(text) is not None
    )


def is_code(text: str) -> bool:
    """Whether a cell holds a code: digits, with a few letters and separators."""
    return _CODE.fullmatch(text) is not None


def is_unit(text: str) -> bool:
    """Whether a cell holds nothing but a unit of measure: ``(人)``, ``万人``, ``（°）``."""
    bare = _bare(text).removeprefix("单位:").strip("()[]【】")
    return _UNIT.fullmatch(bare.removeprefix("单位:")) is not None


def stated_unit(cells: Sequence[str]) -> str:
    """The unit that a line above a table states (``单位：万人``), else empty."""
    for cell in cells:
        found = _STATED.search(cell)
        if found and (re.match(UNIT_OF_COUNT, found[1]) or _SCALED.search(found[1])):
            return found[1]
    return ""


def is_labels(cells: Sequence[str]) -> bool:
    """Whether every cell is a statement about the table: ``填报单位：某街道``, ``2024年6月``."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_LABEL.match(cell) or _LINE.search(cell) for cell in filled)


def is_total(cells: Sequence[str]) -> bool:
    """Whether the row is a sum, whatever else it holds: 合计, 江夏区小计, 合 计（4个）."""
    return any(_STRONG_TOTAL.fullmatch(_bare(cell)) for cell in _leading(cells))


def is_weak_total(cells: Sequence[str]) -> bool:
    """Whether the row may be a sum (Total, 全市, 其中), and is one if its other cells lack."""
    return any(_WEAK_TOTAL.fullmatch(_bare(cell).casefold().strip(":")) for cell in _leading(cells))


def _leading(cells: Sequence[str]) -> list[str]:
    """The first filled cells of a row, where a sum is named."""
    filled = [cell for cell in cells if cell][:4]
    return [cell for cell in filled if len(cell) <= _LONGEST_TOTAL and not is_number(cell)]


def is_note(cells: Sequence[str]) -> bool:
    """Whether the row is a remark: its first cell begins as one, or all of them are statements."""
    filled = [cell for cell in cells if cell]
    if not filled:
        return False
    begins = _NOTE.match(filled[0])
    if begins and _AFTER_NOTE.match(filled[0][begins.end() :]):
        return len(filled) <= 2 or is_labels(filled[1:])
    return is_labels(filled) and all(_NOTE.match(cell) or _LINE.search(cell) for cell in filled)


def is_example(cells: Sequence[str]) -> bool:
    """Whether the row shows how a form is filled in: its first cell says 示例 or example."""
    first = next((cell for cell in cells if cell), "")
    return re.match(EXAMPLE, first) is not None


def is_stem(text: str) -> bool:
    """Whether a cell holds one of the letters by which columns are numbered: 甲, B."""
    return len(text) == 1 and text in _STEMS + _LETTERS


def is_group_heading(text: str) -> bool:
    """Whether a cell that stands alone numbers a section: ``一、中心城区``, ``（二）``."""
    return _GROUP.match(text) is not None


def is_column_numbers(cells: Sequence[str]) -> bool:
    """Whether the row numbers the columns: ``甲 乙 1 2 3``, ``栏次 1 2``, ``(1) (2)``, ``A B 1 2``.

    A row of whole numbers alone counts from three columns on, if it runs from 1 without a gap.
    """
    texts = [_bare(_CIRCLED.get(cell, cell)).strip("()[]【】<>") for cell in cells if cell]
    texts = [text.removeprefix("第").removesuffix("栏").removesuffix("列") for text in texts]
    worded = bool(texts) and texts[0] in (*_COLUMN_WORDS, "栏", "列", "")
    if worded:
        texts = texts[1:]
    stems = 0
    for alphabet in (_STEMS, _LETTERS):
        while stems < len(texts) and texts[stems] == alphabet[stems : stems + 1]:
            stems += 1
        if stems:
            break
    # A column that is computed from others says so: 3=1+2.
    rest = [text.split("=")[0] for text in texts[stems:]]
    if not all(text.isascii() and text.isdigit() for text in rest):
        return False
    counted = [int(text) for text in rest]
    first = stems + 1 if counted and counted[0] == stems + 1 and stems else 1
    if counted != list(range(first, first + len(counted))):
        return False
    if worded:
        return len(counted) >= 1
    return len(texts) >= 2 if stems else len(counted) >= 3
