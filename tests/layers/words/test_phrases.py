"""Names that files, maps and the terminal share."""

from __future__ import annotations

import pytest

from layers.words.catalogue import Words
from layers.words.phrases import level_name


@pytest.mark.parametrize(
    ("level", "chinese", "english"),
    [
        ("XJMC", "县（市、区）", "county or district"),
        ("区县名称", "县（市、区）", "county or district"),
        ("sjmc", "市（州）", None),
        ("乡镇名称", "乡镇（街道）", "township or subdistrict"),
        ("片区", "片区", "片区"),
    ],
)
def test_a_level_is_called_by_what_its_column_holds(
    level: str, chinese: str, english: str | None
) -> None:
    assert level_name(level, Words("zh-CN")) == chinese
    if english is not None:
        assert level_name(level, Words("en")).lower() == english
