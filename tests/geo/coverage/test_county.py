"""One county's share, whatever its name holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.coverage.county import county_part, part_name, series_parts
from tests.worlds.made_analysis import made_analysis
from tests.worlds.renamed_counties import renamed

# What a separator of names could be, inside a name.
NAMES = ("甲 / 乙区", "甲/乙区", "甲\\区")


@pytest.mark.parametrize("name", NAMES)
def test_a_county_is_found_whatever_its_name_holds(name: str) -> None:
    analysis = renamed(name)
    first, second = series_parts(analysis)
    assert (part_name(analysis, first), part_name(analysis, second)) == (name, "乙区")
    part = county_part(analysis, first, "Part")
    assert set(part.areas["unit_id"]) == {"U1", "U2"}
    # Its own row is there: the minutes of the layer are the county's.
    assert set(part.units["level"]) == {"township", "county"}
    assert (
        part.summary["layers"]["clinic"]["minutes_p50"]
        == part.units.query("level == 'county' and layer == 'clinic'")["minutes_p50"].iloc[0]
    )


def test_counties_of_one_name_are_told_apart_by_the_names_above() -> None:
    made = made_analysis()
    areas = made.areas.assign(county="市辖区", city=["东/市", "东/市", "西市", "西市"])
    analysis = replace(made, areas=areas)
    names = [part_name(analysis, part) for part in series_parts(analysis)]
    assert names == ["东/市 / 市辖区", "西市 / 市辖区"]


def test_names_that_read_alike_are_different_counties() -> None:
    made = made_analysis()
    # City "a / b" with county "c", and city "a" with county "b / c".
    areas = made.areas.assign(
        county=["c", "c", "b / c", "b / c"], city=["a / b", "a / b", "a", "a"]
    )
    analysis = replace(made, areas=areas)
    parts = series_parts(analysis)
    assert len(parts) == 2
    assert [set(county_part(analysis, part, "P").areas["unit_id"]) for part in parts] == [
        {"U1", "U2"},
        {"U3", "U4"},
    ]


def test_an_unknown_county_is_refused() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        part_name(made_analysis(), "nowhere")


def test_figures_of_the_whole_are_not_taken_for_those_of_a_county() -> None:
    made = made_analysis()
    of_the_whole = {
        "moments": {"周日10:00": {"share_by_time": 0.5}}, "by_tier": {"区级": {"sites": 3}},
        "by_item": {}, "sites_without_tier": 1, "sensitivity": {"low": 0.1, "high": 0.2},
        "trend": [{"period": "2026-H1", "share_by_time": 0.1}],
    }  # fmt: skip
    layers = {key: {**entry, **of_the_whole} for key, entry in made.summary["layers"].items()}
    analysis = replace(made, summary={**made.summary, "layers": layers})
    part = county_part(analysis, series_parts(analysis)[0], "Part")
    for entry in part.summary["layers"].values():
        assert not of_the_whole.keys() & entry.keys()
        assert {"profile", "demand_total"} <= entry.keys()
