"""Cells and headers as people type them."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.readers.table.cells import coordinate, is_broken_code, is_reformatted, number, split_pair
from geo.readers.table.class_codes import class_words
from geo.readers.table.headers import guess_columns, guess_datum, guess_parents
from geo.readers.table.row_filter import each_number, reformatted


@pytest.mark.parametrize(
    ("text", "axis", "value"),
    [
        ("114.305", "lon", 114.305),
        ("-114.305", "lon", -114.305),
        ("114,305", "lon", 114.305),
        ("500,123.45", "lon", 500123.45),
        ("3,375,000", "lat", 3375000),
        ("１１４．３", "lon", 114.3),
        ("114°18′20″E", "lon", 114 + 18 / 60 + 20 / 3600),
        ("114°18'20''", "lon", 114 + 18 / 60 + 20 / 3600),
        ("114º18’20”", "lon", 114 + 18 / 60 + 20 / 3600),
        ("东经114度18分20秒", "lon", 114 + 18 / 60 + 20 / 3600),
        ("北纬30度12分", "lat", 30.2),
        ("N30.5", "lat", 30.5),
        ("33°30′S", "lat", -33.5),
        ("114:18:20", "lon", 114 + 18 / 60 + 20 / 3600),
        ("114°18.5′", "lon", 114 + 18.5 / 60),
    ],
)
def test_coordinates(text: str, axis: str, value: float) -> None:
    assert coordinate(text, axis) == pytest.approx(value, abs=1e-12)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("", "lon"),
        ("nan", "lon"),
        ("inf", "lon"),
        ("30°N", "lon"),
        ("114°E", "lat"),
        ("114°70′", "lon"),
        ("114°10′99″", "lon"),
        ("-114°W", "lon"),
        ("1_000", "lon"),
        ("12,34,5", "lon"),
        ("路口", "lon"),
    ],
)
def test_no_coordinates(text: str, axis: str) -> None:
    assert math.isnan(coordinate(text, axis))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "value"),
    [("1,234", 1234), ("1,234,567.8", 1234567.8), ("12,5", 12.5), ("１２", 12), ("1e3", 1000)],
)
def test_numbers(text: str, value: float) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "1_000", "12人", "1,23,4", "１２万"])
def test_no_numbers(text: str) -> None:
    assert math.isnan(number(text))


@pytest.mark.parametrize(
    "text",
    [
        "114.3,30.6",
        "30.6,114.3",
        "114.3 30.6",
        "（114.3；30.6）",
        "N30.6,E114.3",
        "114,3;30,6",
        "POINT(114.3 30.6)",
        "北纬30.6 东经114.3",
    ],
)
def test_pairs(text: str) -> None:
    halves = split_pair(text)
    assert halves is not None
    assert (coordinate(halves[0], "lon"), coordinate(halves[1], "lat")) == (114.3, 30.6)


def test_no_pair() -> None:
    assert split_pair("路口") is None
    assert split_pair("") is None


def test_broken_codes() -> None:
    assert [is_broken_code(text) for text in ("4.41502E+11", "4E11", "420102E", "1.5", "E5")] == [
        True,
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("headers", "roles"),
    [
        (["编号", "小区名称", "经度", "纬度"], {"id", "name", "lon", "lat"}),
        (["ID", "Name", "LNG", "Lat"], {"id", "name", "lon", "lat"}),
        (["code", "longitude", "latitude"], {"id", "lon", "lat"}),
        (["名称", "经度（GCJ02）", "纬度(GCJ02)"], {"name", "lon", "lat"}),
        (["名称", "坐标", "常住人口"], {"name", "lonlat", "weight"}),
        (["lon_gcj", "lat_gcj", "lon_wgs", "lat_wgs"], set()),
        (["经度"], set()),
        (["城乡分类代码", "泊位数"], {"class", "capacity"}),
    ],
)
def test_headers(headers: list[str], roles: set[str]) -> None:
    assert set(guess_columns(pd.DataFrame(columns=headers))) == roles


def test_x_and_y_by_their_cells() -> None:
    survey = pd.DataFrame({"X": ["30.5"], "Y": ["114.3"]})
    assert guess_columns(survey) == {"lon": "Y", "lat": "X"}
    usual = pd.DataFrame({"X": ["114.3"], "Y": ["30.5"]})
    assert guess_columns(usual) == {"lon": "X", "lat": "Y"}


@pytest.mark.parametrize(
    ("header", "datum"),
    [("经度(GCJ02)", "gcj02"), ("百度经度", "bd09"), ("lon_wgs84", "wgs84"), ("经度", None)],
)
def test_datum_by_headers(header: str, datum: str | None) -> None:
    assert guess_datum(pd.DataFrame(columns=[header])) == datum


def test_class_codes_become_words() -> None:
    import numpy as np

    codes = np.array(["111", "220", "", "123"], dtype=object)
    assert class_words(codes, locale="zh-CN").tolist() == ["城镇", "乡村", "", "城镇"]
    assert class_words(codes, locale="en").tolist() == ["urban", "rural", "", "urban"]
    wanted = class_words(codes, locale="zh-CN", wanted=["rural"])
    assert wanted.tolist() == ["urban", "rural", "", "urban"]
    assert class_words(codes, locale="en", wanted=["220"]).tolist() == codes.tolist()
    other = np.array(["111", "城"], dtype=object)
    assert class_words(other, locale="en").tolist() == other.tolist()


@given(
    st.lists(
        st.from_regex(r"[+-]?[0-9]{0,18}([.,][0-9]{0,18})?[eE°]?[0-9]?", fullmatch=True)
        | st.decimals(-200, 200, places=7).map(str)
        | st.text(max_size=4),
        max_size=20,
    )
)
def test_columns_are_read_as_their_cells(cells: list[str]) -> None:
    column = np.array(cells, dtype=object)
    for read in (number, partial(coordinate, axis="lon"), partial(coordinate, axis="lat")):
        expected = np.array([read(cell) for cell in cells], dtype=float)
        assert each_number(column, read).tobytes() == expected.tobytes()
    assert reformatted(column).tolist() == [is_reformatted(cell) for cell in cells]


def test_any_one_things_name_is_its_name_and_two_are_none() -> None:
    assert guess_columns(pd.DataFrame(columns=["序号", "医保服务站名称"])) == {
        "name": "医保服务站名称"
    }
    assert guess_columns(pd.DataFrame(columns=["药店名称", "医院名称"])) == {}
    assert guess_columns(pd.DataFrame(columns=["name", "名称", "药店名称"])) == {}


def test_parents_by_their_headers_finest_first() -> None:
    frame = pd.DataFrame(columns=["代码", "街道名称", "市", "区（县）", "省份"])
    assert guess_parents(frame, other_than=("代码", "街道名称")) == ["区（县）", "市", "省份"]
    assert guess_parents(pd.DataFrame(columns=["区", "县"]), other_than=()) == []
