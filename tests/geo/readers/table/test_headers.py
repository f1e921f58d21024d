"""The role of a column by its header, as offices and their exports write it."""

from __future__ import annotations

import pandas as pd
import pytest

from geo.readers.table.headers import (
    counted_unit,
    guess_columns,
    guess_parents,
    is_column_word,
    is_key,
    scaled_unit,
)


def _frame(header: str) -> pd.DataFrame:
    names = header.split()
    rows = [[f"{row}{at}" for at in range(len(names))] for row in range(3)]
    return pd.DataFrame(rows, columns=names)


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        ("村代码 村名 人口", {"id": "村代码", "name": "村名", "weight": "人口"}),
        ("村(社区)代码 村(社区) 面积", {"id": "村(社区)代码", "name": "村(社区)"}),
        ("村（社区）编码 村（社区）名称", {"id": "村（社区）编码", "name": "村（社区）名称"}),
        (
            "社区编码 社区名称 户籍人口",
            {"id": "社区编码", "name": "社区名称", "weight": "户籍人口"},
        ),
        ("机构代码 机构名称", {"id": "机构代码", "name": "机构名称"}),
        ("XZDM XZMC XJMC", {"unit": "XZDM", "name": "XZMC"}),
        (
            "id location.lat location.lng",
            {"id": "id", "lon": "location.lng", "lat": "location.lat"},
        ),
        ("geo_lon geo_lat", {"lon": "geo_lon", "lat": "geo_lat"}),
        ("gps_lng gps_lat", {"lon": "gps_lng", "lat": "gps_lat"}),
        ("location.lon location.lat", {"lon": "location.lon", "lat": "location.lat"}),
        # Two that fit are left to the user.
        ("常住人口 户籍人口", {}),
    ],
)
def test_roles(header: str, roles: dict[str, str]) -> None:
    assert guess_columns(_frame(header)) == roles


@pytest.mark.parametrize(
    ("header", "parents"),
    [
        ("村代码 XZMC XJMC SJMC", ["XZMC", "XJMC", "SJMC"]),
        ("代码 县级名称 市级名称 省级名称", ["县级名称", "市级名称", "省级名称"]),
        ("代码 所在区县 地市名称", ["所在区县", "地市名称"]),
    ],
)
def test_parents(header: str, parents: list[str]) -> None:
    assert guess_parents(_frame(header), other_than=()) == parents


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("户籍人口", "人"),
        ("户籍人口（人）", "人"),
        ("户籍户数", "户"),
        ("总户数", "户"),
        ("households", "户"),
        ("常住人口", "人"),
        ("权重", ""),
    ],
)
def test_people_or_households(header: str, unit: str) -> None:
    assert counted_unit(header) == unit


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("人口（万人）", "万人"),
        ("常住人口_万人", "万人"),
        ("人口(千人)", "千人"),
        ("户数（百户）", "百户"),
        ("人口（万）", "万"),
        ("population (thousands)", "thousands"),
        ("人口", ""),
        ("万家丽社区人口", ""),
        ("千户村人口", ""),
    ],
)
def test_units_that_count_by_more_than_one(header: str, unit: str) -> None:
    assert scaled_unit(header) == unit


def test_one_mistake_in_twenty_does_not_cost_the_ids() -> None:
    ids = [str(n) for n in range(40)]
    assert is_key(pd.Series(ids))
    assert is_key(pd.Series([*ids, "7", ""]))
    assert not is_key(pd.Series([*ids, "7", "8", ""]))
    assert not is_key(pd.Series(["a", "a", "b"]))


def test_letters_of_a_header_are_no_usual_names() -> None:
    assert is_column_word("经度（°）")
    assert is_column_word("医保服务站名称")
    assert not is_column_word("x")
    assert not is_column_word("光谷小区")
