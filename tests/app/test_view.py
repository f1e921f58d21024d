"""The view in an address: what is written is read again, and what is foreign is left out."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app_pages.coverage_map.view import View, default_view, limit_from, read_view, view_query
from geo.analysis import Analysis
from geo.inputs.unit_tree import Places, build_places
from geo.pipeline import run
from geo.study.load import load_study
from tests.worlds.tiny_study import write_study


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    return run(load_study(write_study(tmp_path_factory.mktemp("view") / "tiny")))


@pytest.fixture(scope="module")
def places(analysis: Analysis) -> Places:
    return build_places(analysis)


# A click, or a proposed site, whose place is finer.
PLACE = st.tuples(
    st.integers(-18_000_000, 18_000_000).map(lambda v: v / 1e5) | st.floats(-180, 180),
    st.integers(-9_000_000, 9_000_000).map(lambda v: v / 1e5) | st.floats(-90, 90),
)
VIEW = st.builds(
    View,
    layer=st.sampled_from(["station", "station_ebike", "parking"]),
    limit=st.none() | st.sampled_from([7.5, 20.0, 31.25]),
    shade=st.sampled_from(["time", "presence", "difference"]),
    level=st.sampled_from(["township", "county"]),
    unit=st.sampled_from(["", "U1", "U2", "甲县", "乙县"]),
    put=st.lists(PLACE, max_size=3).map(tuple),
)
CLOSED = st.lists(st.sampled_from(["S1"]), max_size=1).map(tuple)


@given(view=VIEW, start=st.none() | PLACE, closed=CLOSED, moved=PLACE)
def test_an_address_gives_the_same_view_again(
    analysis: Analysis,
    places: Places,
    view: View,
    start: tuple[float, float] | None,
    closed: tuple[str, ...],
    moved: tuple[float, float],
) -> None:
    if view.layer != "parking":  # whose site is another one
        view = dataclasses.replace(view, closed=closed, moved=() if closed else (("S1", *moved),))
    click = "from" if start is not None else "put" if view.on_trial else "look"
    view = dataclasses.replace(view, start=start, click=click)
    assert read_view(view_query(view, analysis), analysis, places) == view


@given(st.dictionaries(st.sampled_from(
    ["layer", "limit", "shade", "level", "unit", "site", "from", "put", "close", "move", "study"]
), st.text(max_size=30)))  # fmt: skip
def test_any_address_gives_a_view_that_the_study_knows(
    analysis: Analysis, places: Places, query: dict[str, str]
) -> None:
    view = read_view(query, analysis, places)
    assert view.layer in analysis.summary["layers"]
    assert view.unit == "" or places.get(view.unit) is not None
    assert view.limit is None or 0 < view.limit <= 50_000


def test_foreign_values_give_way_to_the_usual(analysis: Analysis, places: Places) -> None:
    query = {
        "layer": "../etc", "limit": "1e9", "shade": "red", "level": "x", "unit": "U9",
        "site": "S9", "from": "nan,1", "put": "1;2,x;500,3", "study": "/etc",
        "close": "S9;;%", "move": "S1@x;@1,2;S9@1,2;S1",
    }  # fmt: skip
    assert read_view(query, analysis, places) == default_view(analysis)


def test_a_site_belongs_to_its_layer(analysis: Analysis, places: Places) -> None:
    assert read_view({"layer": "station", "site": "S1"}, analysis, places).site == "S1"
    assert read_view({"layer": "parking", "site": "S1"}, analysis, places).site == ""


@pytest.mark.parametrize(
    ("text", "value"),
    [("20", 20.0), (" 7,5 ", 7.5), ("20分钟", 20.0), ("300 m", 300.0), ("0", None), ("-3", None),
     ("x", None), ("", None), ("1e3", None), ("121", None)],
)  # fmt: skip
def test_limits_as_people_write_them(analysis: Analysis, text: str, value: float | None) -> None:
    layer = analysis.study.layer("parking" if "m" in text else "station")
    assert limit_from(text, layer, analysis) == value


def test_places_know_their_chain_and_their_children(places: Places) -> None:
    assert places.levels == ("township", "county")
    assert [place.unit_id for place in places.chain("U2")] == ["乙县", "U2"]
    assert [place.unit_id for place in places.children("")] == ["甲县", "乙县"]
    assert [place.unit_id for place in places.children("甲县")] == ["U1"]
    assert list(places.finest("乙县")) == ["U2"] and list(places.finest("U1")) == ["U1"]
