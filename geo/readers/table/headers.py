"""The role of a column, guessed from its header in Chinese or English.

Used for the columns that a study does not name, and to propose columns for a new file. Where two
headers fit a role, `guess_columns` leaves it out, so that the user chooses.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from geo.readers.table.cells import coordinate
from geo.readers.table.header_text import (
    BRACKETS,
    DATUM_WORDS,
    NOISE,
    PARENT_HEADERS,
    folded_header,
    guess_parents,
    plain,
    without_datum,
)

__all__ = [
    "COLUMN_WORDS",
    "ROLES",
    "counted_unit",
    "guess_columns",
    "guess_datum",
    "guess_parents",
    "is_column_word",
    "is_key",
    "scaled_unit",
]

# Role → headers, the most specific group first; compared folded (see `folded_header`).
ROLES: dict[str, tuple[tuple[str, ...], ...]] = {
    "lon": (
        ("lon", "lng", "long", "longitude", "经度", "东经", "中心经度", "坐标经度", "lonx", "jd"),
        ("locationlng", "locationlon", "locationlongitude", "geolng", "geolon", "gpslng", "gpslon"),
        ("geometrylng", "geometrylon", "geometrylocationlng", "coordinateslng", "pointlng"),
        ("经度坐标", "地理经度", "位置经度", "经度值", "经度x", "jingdu", "lngx"),
        ("pointx", "xcoord", "coordx", "x坐标", "横坐标"),
        ("x",),
    ),
    "lat": (
        ("lat", "latitude", "纬度", "北纬", "中心纬度", "坐标纬度", "laty", "wd"),
        ("locationlat", "locationlatitude", "geolat", "gpslat"),
        ("geometrylat", "geometrylocationlat", "coordinateslat", "pointlat"),
        ("纬度坐标", "地理纬度", "位置纬度", "纬度值", "纬度y", "weidu"),
        ("pointy", "ycoord", "coordy", "y坐标", "纵坐标"),
        ("y",),
    ),
    "lonlat": (
        ("坐标", "经纬度", "经纬度坐标", "坐标经纬度", "地理坐标", "位置坐标"),
        ("lonlat", "lnglat", "latlon", "latlng", "coordinate", "coordinates", "location"),
    ),
    "id": (
        ("id", "code", "编号", "编码", "代码", "统一编号", "唯一编号", "标识码", "机构编码"),
        (
            "机构代码",
            "机构编号",
            "定点机构代码",
            "定点机构编码",
            "医疗机构代码",
            "单位代码",
            "单位编码",
        ),
        (
            "小区编号",
            "小区编码",
            "小区代码",
            "站点编号",
            "站点编码",
            "站点代码",
            "设施编号",
            "设施编码",
        ),
        ("网点编号", "网点编码", "网点代码", "点位编号", "统一社会信用代码", "组织机构代码"),
        (
            "村代码",
            "村编码",
            "村编号",
            "村社区代码",
            "村居代码",
            "村级代码",
            "村委会代码",
            "行政村代码",
        ),
        ("村社区编码", "村居编码", "行政村编码", "社区代码", "社区编码", "社区编号", "居委会代码"),
        (
            "自然村代码",
            "自然村编码",
            "自然湾编号",
            "自然湾代码",
            "cundm",
            "cjdm",
            "uid",
            "fid",
            "objectid",
        ),
        ("区划代码", "行政区划代码", "统计用区划代码", "区划编码", "adcode", "gb", "pac", "xzqdm"),
    ),
    "name": (
        ("name", "title", "名称", "名字"),
        ("小区名称", "小区名", "小区", "自然湾", "自然村", "楼盘名称", "居民点", "居民点名称"),
        ("站点名称", "机构名称", "网点名称", "设施名称", "单位名称", "服务站名称", "服务点名称"),
        ("社区名称", "社区名", "村社区名称", "村居名称", "行政村名称", "村级名称", "cjmc", "cmc"),
        ("村名", "村名称", "村社区", "村", "社区", "行政村", "村居", "村社", "村居委会"),
        ("乡镇名称", "街道名称", "乡镇街道名称", "行政区名称", "xzqmc", "mc"),
        ("xzmc", "xiangzhen", "乡级名称"),
    ),
    "weight": (
        ("population", "pop", "人口", "人口数", "常住人口", "总人口", "户籍人口", "weight"),
        ("户数", "总户数", "households", "居住人口", "实有人口", "人数"),
    ),
    "unit": (
        ("unit", "unitid", "unitcode", "评价单元", "单元代码", "单元编号"),
        ("街道代码", "乡镇代码", "乡镇街道代码", "towncode", "townshipcode", "所属街道代码"),
        ("街道编码", "乡镇编码", "乡镇街道编码", "乡级代码", "xzdm", "xzqdm", "xjdm"),
    ),
    "group": (("group", "estate", "所属小区", "estatename"),),
    "class": (("urbanrural", "城乡分类", "城乡分类代码", "城乡属性", "城乡划分代码"),),
    "capacity": (
        ("capacity", "服务能力", "容量", "床位数", "床位", "餐位", "餐位数"),
        ("泊位", "泊位数", "车位数", "停车位", "窗口数", "seats", "spaces", "beds"),
    ),
    "serves": (
        ("serves", "servedunits", "服务单元", "服务单元代码", "服务单元编号", "所服务单元"),
        ("负责单元", "负责单元代码", "负责单元编号", "对应单元", "对应单元代码"),
    ),
}

# Names of columns without a role, and how names of columns end: for telling a header from its rows.
_OTHER_NAMES = (
    *(
        "序号",
        "备注",
        "地址",
        "详细地址",
        "类型",
        "类别",
        "级别",
        "等级",
        "面积",
        "电话",
        "联系电话",
    ),
    *(
        "数量",
        "性质",
        "时间",
        "日期",
        "说明",
        "状态",
        "来源",
        "no",
        "address",
        "type",
        "count",
        "area",
    ),
    *("phone", "remark", "remarks", "note", "notes", "date", "status", "category"),
)
_ENDINGS = (
    "编号",
    "编码",
    "代码",
    "名称",
    "地址",
    "人口",
    "人数",
    "户数",
    "经度",
    "纬度",
    "坐标",
    "面积",
)
_LONGEST_NAME = 14
# In a column of ids, one row of so many may be wrong.
_ROWS_A_MISTAKE = 20
_SCALED = re.compile(
    r"([百千万亿]+(?:人|户|口|个|名)(?![一-鿿])|[百千万亿]+(?=[)\]】])|thousands?|millions?"
    r"|(?<=\()k(?=\)))"
)

_KNOWN = frozenset(
    [word for groups in ROLES.values() for group in groups for word in group]
    + [word for words in PARENT_HEADERS.values() for word in words]
    + list(_OTHER_NAMES)
)
# The same as a pattern of RE2, for a first selection among many rows.
COLUMN_WORDS = (
    "^(?:" + "|".join(map(re.escape, sorted(_KNOWN))) + ")$|(?:" + "|".join(_ENDINGS) + ")"
)


def guess_columns(frame: pd.DataFrame) -> dict[str, str]:
    """The column of each role, by the headers and, for x and y, by the cells.

    Parameters
    ----------
    frame : DataFrame
        Columns of text.

    Returns
    -------
    dict of role to column
        Roles are the keys of `ROLES`; a role without one clear column is absent. `lonlat` is
        present only where `lon` and `lat` are not.
    """
    folded = {str(column): folded_header(str(column)) for column in frame.columns}
    found: dict[str, str] = {}
    for role, groups in ROLES.items():
        for group in groups:
            fitting = [column for column, text in folded.items() if text in group]
            if fitting:
                if len(fitting) == 1:
                    found[role] = fitting[0]
                break
    if not any(text in group for group in ROLES["name"] for text in folded.values()):
        # 医保服务站名称, 药店名称: the name of any kind of thing.
        named = [column for column, text in folded.items() if text.endswith("名称")]
        found |= {"name": named[0]} if len(named) == 1 else {}
    if "lon" in found and "lat" in found:
        found.pop("lonlat", None)
        if _is_swapped(frame, found["lon"], found["lat"]):
            found["lon"], found["lat"] = found["lat"], found["lon"]
    else:
        found.pop("lon", None)
        found.pop("lat", None)
    return found


def is_key(cells: pd.Series) -> bool:
    """Whether a column tells rows apart: nearly every cell is filled and unlike all others.

    A code that repeats throughout is that of something else, such as the township. A mistake in
    one row of twenty costs this row, and not the ids of all.
    """
    spare = len(cells) // _ROWS_A_MISTAKE
    return bool((cells.duplicated() | (cells == "")).sum() <= spare)


def counted_unit(header: str) -> str:
    """What a column of weights counts by its header: 人, 户, or empty where it does not say."""
    text = plain(header).replace("户籍", "").replace("分户", "")
    if any(word in text for word in ("户", "household", "家庭数")):
        return "户"
    people = ("人", "口", "population", "people", "persons", "pop", "户籍")
    return "人" if any(word in plain(header) for word in people) else ""


def scaled_unit(text: str) -> str:
    """The unit of a header (or of a line above the table) that counts by more than one.

    >>> scaled_unit("人口（万人）")
    '万人'
    >>> scaled_unit("常住人口")
    ''
    """
    found = _SCALED.search(plain(text).replace(" ", ""))
    return found[1] if found else ""


def guess_datum(frame: pd.DataFrame) -> str | None:
    """The datum that the headers of coordinates name (``经度(GCJ02)``, ``百度经度``), else None."""
    said = set()
    for column in frame.columns:
        text = plain(str(column))
        bare = NOISE.sub("", BRACKETS.sub("", text))
        without = without_datum(bare)
        if not any(without in group for role in ("lon", "lat", "lonlat") for group in ROLES[role]):
            continue
        for datum, words in DATUM_WORDS.items():
            if any(word in text for word in words):
                said.add(datum)
                break
    return said.pop() if len(said) == 1 else None


def is_column_word(text: str) -> bool:
    """Whether a cell is a usual name of a column, with or without a role here."""
    folded = folded_header(text)
    if len(folded) == 1 and folded.isascii():  # a value as often as the x of a header
        return False
    return folded in _KNOWN or (len(folded) <= _LONGEST_NAME and folded.endswith(_ENDINGS))


def _is_swapped(frame: pd.DataFrame, lon: str, lat: str) -> bool:
    """Whether a pair named x and y holds latitudes in x, as Chinese survey tables write them."""
    if folded_header(lon) not in ("x", "x坐标"):
        return False
    x, y = (_median(frame[column]) for column in (lon, lat))
    return bool(abs(x) <= 90 < abs(y) <= 180)


def _median(cells: Any) -> float:
    values = np.array([coordinate(str(cell), "lon") for cell in cells], dtype=np.float64)
    return float(np.nanmedian(values)) if np.isfinite(values).any() else float("nan")
