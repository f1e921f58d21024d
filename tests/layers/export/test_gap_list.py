"""The gap list of the page: filters, and figures that never look better than they are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.analysis import Analysis
from layers.export.gap_list import (
    SORTS,
    Filter,
    listed_points,
    listed_units,
    parent_choices,
    sorted_list,
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


def test_a_time_beyond_the_horizon_is_not_a_dash(analysis: Analysis) -> None:
    points = analysis.gap_points
    points = points.assign(minutes=points["minutes"].mask(points["cause"] == "too_far"))
    listed = listed_points(replace(analysis, gap_points=points), Filter(layer="clinic"), ZH)
    texts = listed.set_index("demand_id")["time_text"]
    assert texts[["D3", "D4"]].tolist() == [">120", ">120"]
    assert texts["D5"] == "不可达"  # no road: there is no time at all
    gaps = analysis.gaps.assign(nearest_minutes_p50=float("nan"))
    listed = listed_units(replace(analysis, gaps=gaps), Filter(layer="clinic"), ZH)
    texts = listed.set_index("unit_id")["time_text"]
    assert texts["U2"] == ">120" and texts["U3"] == "不可达"


def test_times_as_texts_sort_like_numbers(analysis: Analysis) -> None:
    points = analysis.gap_points.query("layer == 'clinic'")
    points = points.assign(minutes=[100.0, 21.6, 3.25, 9.0], cause="too_far")
    listed = listed_points(replace(analysis, gap_points=points), Filter(), ZH)
    assert set(listed["time_text"].str.len()) == {6}
    longest_first = sorted_list(listed, "time")["time_text"].str.strip("\u2007")
    assert longest_first.tolist() == ["100.0", "21.6", "9.0", "3.3"]


def test_every_order_keeps_all_rows(analysis: Analysis) -> None:
    for find in (listed_units, listed_points):
        listed = find(analysis, Filter(), ZH)
        for by in SORTS:
            ordered = sorted_list(listed, by)
            assert sorted(map(tuple, ordered[["unit_id", "layer_key"]].to_numpy())) == sorted(
                map(tuple, listed[["unit_id", "layer_key"]].to_numpy())
            )
    shares = sorted_list(listed_units(analysis, Filter(), ZH), "share")["uncovered_share"]
    assert shares.is_monotonic_decreasing


def test_a_time_beyond_the_horizon_comes_before_the_longest_known(analysis: Analysis) -> None:
    points = analysis.gap_points.query("layer == 'clinic'").head(3)
    points = points.assign(
        minutes=[float("nan"), 21.6, float("nan")], cause=["cut_off", "too_far", "too_far"]
    )
    listed = listed_points(replace(analysis, gap_points=points), Filter(), ZH)
    texts = sorted_list(listed, "time")["time_text"].str.strip("\u2007").tolist()
    assert texts == [">120", "21.6", "不可达"]
