"""How headers are compared, and the headers of the levels above a unit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import pandas as pd

__all__ = [
    "BRACKETS",
    "DATUM_WORDS",
    "NOISE",
    "PARENT_HEADERS",
    "folded_header",
    "guess_parents",
    "parent_level",
    "plain",
    "without_datum",
]

DATUM_WORDS: dict[str, tuple[str, ...]] = {
    "gcj02": ("gcj02", "gcj", "火星", "高德", "腾讯", "amap"),
    "bd09": ("bd09", "bd", "百度", "baidu"),
    "cgcs2000": ("cgcs2000", "国家2000", "2000坐标"),
    "wgs84": ("wgs84", "wgs", "gps"),
}
# Headers of the names of levels above a unit, by level, finest first.
PARENT_HEADERS: dict[str, tuple[str, ...]] = {
    "township": (
        "township",
        "town",
        "乡镇",
        "街道",
        "乡镇街道",
        "乡镇名称",
        "街道名称",
        "所属街道",
        "所属乡镇",
        "所在街道",
        "所在乡镇",
        "乡镇街道名称",
        "乡级名称",
        "xzmc",
        "xzjmc",
        "townname",
    ),
    "county": (
        "county",
        "district",
        "区",
        "县",
        "区县",
        "县区",
        "县市区",
        "区县名称",
        "县名",
        "所属区县",
        "所属区",
        "所在区县",
        "县级名称",
        "县级行政区",
        "县区名称",
        "xjmc",
        "qxmc",
        "xmc",
        "countyname",
    ),
    "city": (
        "city",
        "prefecture",
        "市",
        "地市",
        "市州",
        "地级市",
        "城市",
        "市名",
        "所属市",
        "所属城市",
        "所在市",
        "地市名称",
        "市州名称",
        "市级名称",
        "市级行政区",
        "sjmc",
        "dsmc",
        "cityname",
    ),
    "province": (
        "province",
        "省",
        "省份",
        "省名",
        "省级",
        "省级名称",
        "省份名称",
        "shengmc",
        "provincename",
    ),
}
BRACKETS = re.compile(r"[(\[【<].*?[)\]】>]")
NOISE = re.compile(r"[\s_\-·./:°*#]+")


def plain(header: str) -> str:
    """A header in lower case and plain width."""
    return unicodedata.normalize("NFKC", header).casefold()


def folded_header(header: str) -> str:
    """A header in lower case and plain width, without brackets, separators and a datum's name."""
    text = plain(header)
    return without_datum(NOISE.sub("", BRACKETS.sub("", text)) or NOISE.sub("", text))


def without_datum(text: str) -> str:
    """A folded header without the name of a datum at its begin or end."""
    for words in DATUM_WORDS.values():
        for word in words:
            for cut in (text.removeprefix(word), text.removesuffix(word)):
                if cut and cut != text:
                    return cut
    return text


def guess_parents(frame: pd.DataFrame, *, other_than: Collection[str]) -> list[str]:
    """The columns with the names of the levels above a unit, finest first, by their headers.

    Parameters
    ----------
    other_than : collection of str
        Columns with another role: the unit's own id and name.
    """
    found = []
    for words in PARENT_HEADERS.values():
        fitting = [str(name) for name in frame.columns if folded_header(str(name)) in words]
        fitting = [name for name in fitting if name not in other_than]
        found += fitting if len(fitting) == 1 else []
    return found


def parent_level(header: str) -> str:
    """The level whose names a column holds, by its header; empty where the header is unknown.

    >>> parent_level("XJMC")
    'county'
    """
    folded = folded_header(header)
    return next((level for level, words in PARENT_HEADERS.items() if folded in words), "")
