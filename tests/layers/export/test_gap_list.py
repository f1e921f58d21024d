"""The gap list of the page: filters, and figures that never look better than they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.analysis import Analysis
from layers.export.gap_list import (
    Filter,
    listed_points,
    listed_units,
    parent_choices,
    unit_filter,
)
from layers.words.catalogue import words_for
from tests.worlds.renamed_counties import renamed

ZH = words_for("zh-CN")


def test_a_share_just_below_the_whole_is_not_listed_as_the_whole(analysis: Analysis) -> None:
    for share, shown in ((0.9996, 99.9), (1.0, 100.0), (0.0004, 0.1)):
        gaps = analysis.gaps.assign(uncovered_share=share)
        table = listed_units(replace(analysis, gaps=gaps), Filter(), ZH)
        assert set(table["uncovered_share"]) == {shown}


def test_distances_are_rounded_up(analysis: Analysis) -> None:
    points = analysis.gap_points.assign(minutes=15.001, metres=300.2)
    table = listed_points(replace(analysis, gap_points=points), Filter(), ZH)
    assert set(table["minutes"]) == {15.1} and set(table["metres"]) == {301.0}


@pytest.mark.parametrize("name", ["甲/乙区", "甲\x1f区", "甲\\区"])
def test_a_county_can_be_chosen_whatever_its_name_holds(name: str) -> None:
    analysis = renamed(name)
    choices = {text: key for key, text in parent_choices(analysis).items()}
    found = listed_points(analysis, Filter(parent=choices[name]), ZH)
    assert set(found["unit_id"]) == {"U1", "U2"}
    row = analysis.units.query("level == 'county'").iloc[0]
    wanted = unit_filter(analysis, row["unit_id"], "county")
    assert wanted == Filter(parent=choices[name])
