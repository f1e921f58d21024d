"""Search by name: what is written, what is heard, and in which order it is listed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.analysis import Analysis
from geo.pipeline import open_explorer, run
from geo.questions.name_search import PlaceSearch
from geo.questions.pinyin import SoundIndex, plain
from geo.study.load import load_study
from tests.worlds.hand_study import write_hand_study
from tests.worlds.streets import WUHAN

# Characters with one reading, with several, Latin letters, digits, and signs nobody speaks.
READINGS = {
    "武": ["wu"],
    "昌": ["chang"],
    "长": ["chang", "zhang"],
    "重": ["zhong", "chong", "tong"],
    "安": ["an"],
    "西": ["xi"],
    "女": ["nv", "ru", "nu", "nyu"],
    "a": ["a"],
    "2": ["2"],
    "·": [],
    " ": [],
}


def test_the_readings_of_the_oracle_are_those_of_the_dictionary() -> None:
    from pypinyin import Style, pinyin

    for sign, sounds in READINGS.items():
        if not sign.isascii() and sounds:
            (found,) = pinyin(sign, style=Style.NORMAL, heteronym=True)
            assert set(found) <= set(sounds), sign


def heard(name: str, query: str) -> set[tuple[int, int]]:
    """Places (first sign, last sign) at which `query` is heard, by trying everything."""
    spoken = [sign for sign in name if READINGS[sign]]
    places = set()

    @cache
    def rest(at: int, query: str) -> frozenset[int]:
        """Signs at which the rest of the query may end."""
        if at == len(spoken):
            return frozenset()
        ends = set()
        for sound in [*READINGS[spoken[at]], spoken[at]]:
            if sound.startswith(query):
                ends.add(at)
            initial = sound[:2] if sound[:2] in ("zh", "ch", "sh") else sound[:1]
            for part in {sound, sound[:1], initial}:
                if query.startswith(part) and len(part) < len(query):
                    ends |= rest(at + 1, query[len(part) :])
        return frozenset(ends)

    for begin in range(len(spoken)):
        places |= {(begin, end) for end in rest(begin, query)}
    return places


names = st.lists(st.sampled_from(sorted(READINGS)), max_size=5).map("".join)
queries = st.one_of(
    st.text("wucahngzotixren2", min_size=1, max_size=6),
    st.lists(
        st.sampled_from(["wu", "w", "chang", "ch", "c", "zhang", "z", "an", "xi", "长", "a", "nv"]),
        min_size=1,
        max_size=3,
    ).map("".join),
)


@given(st.lists(names, min_size=1, max_size=4), queries)
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_a_query_is_heard_where_trying_everything_hears_it(texts: list[str], query: str) -> None:
    entry, at_start, to_end = SoundIndex(texts).find(query)
    found = set(zip(entry.tolist(), at_start.tolist(), to_end.tolist(), strict=True))
    expected = set()
    for number, name in enumerate(texts):
        last = len([sign for sign in name if READINGS[sign]]) - 1
        expected |= {(number, a == 0, b == last) for a, b in heard(name, query)}
    assert found == expected


@pytest.fixture(scope="module")
def wuhan(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    study = load_study(WUHAN)
    asked = open_explorer(study, cache=tmp_path_factory.mktemp("cache"))
    # All four layers' sites, one layer's travel: what a search needs.
    one = asked.analysis_with("parking", catchments=False)
    return replace(one, study=study)


@pytest.fixture(scope="module")
def places(wuhan: Analysis) -> PlaceSearch:
    return PlaceSearch(wuhan)


@pytest.mark.parametrize(
    "query",
    ["wcq", "WCQ", "武昌区", "武昌", "wuchangqu", "wu chang qu", "wuchq", "武chang", "wuchang"],
)
def test_the_district_is_found_first(places: PlaceSearch, query: str) -> None:
    found = places.find(query)[0]
    assert (found.kind, found.name, found.level) == ("unit", "武昌区", "county")
    assert found.within == ("武汉市",) and found.bounds is not None
    west, south, east, north = found.bounds
    assert west < found.lon < east and south < found.lat < north


def test_everything_with_a_name_or_a_code_is_found(places: PlaceSearch, wuhan: Analysis) -> None:
    assert len(places) > len(wuhan.areas) + len(wuhan.points)
    unit = wuhan.areas.iloc[5]
    found = places.find(unit["unit_id"])[0]
    assert (found.kind, found.id, found.name) == ("unit", unit["unit_id"], unit["unit_name"])
    assert found.within[-1] == unit["county"]
    site = wuhan.sites.iloc[3]
    (by_code,) = [f for f in places.find(site["site_id"].lower()) if f.id == site["site_id"]]
    assert (by_code.kind, by_code.name, by_code.layers) == ("site", site["name"], ("parking",))
    assert (by_code.lon, by_code.lat) == (site["lon"], site["lat"])
    named = wuhan.points[wuhan.points["name"].str.len() > 6]
    for demand_id, name in named["name"].iloc[::200].items():
        hits = places.find(name, limit=50)
        assert any(f.kind == "demand" and f.id == demand_id for f in hits)


def test_order_whole_names_first_then_beginnings_units_before_points(places: PlaceSearch) -> None:
    found = places.find("街道", limit=100)
    starts = [f.name.startswith("街道") for f in found]
    assert starts == sorted(starts, reverse=True)
    inside = [f.kind for f, start in zip(found, starts, strict=True) if not start]
    assert inside == sorted(inside, key=["unit", "site", "demand"].index)


def test_the_same_site_of_several_layers_is_listed_once(tmp_path: Path) -> None:
    analysis = run(load_study(write_hand_study(tmp_path)))
    places = PlaceSearch(analysis)
    (found,) = places.find("two")
    assert found.layers == ("walk", "car_to", "car_from", "parking", "old_rural")
    assert found.unit_id == "u1" and found.within == ("甲市", "市辖区", "u1镇")
    assert [f.id for f in places.find("市辖区")] == ["乙市/市辖区", "甲市/市辖区"]
    (estate,) = [f for f in places.find("园") if f.kind == "demand"]
    assert estate.id == "d6a"
    outside = places.find("off every road")[0]
    assert outside.unit_id == "" and outside.within == ()


@pytest.mark.parametrize(
    "query", ["", "   ", "。", "zzzzzz", "龘靐", "\n", "'", "(", "\\", "w" * 500]
)
def test_what_is_nowhere_is_not_found(places: PlaceSearch, query: str) -> None:
    assert places.find(query) == [] or query in ("。", "'", "(")


def test_width_and_capitals_do_not_matter() -> None:
    assert plain(" ＡＢc（武昌） ") == "abc(武昌)"
