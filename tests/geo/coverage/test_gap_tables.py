"""Gaps: ranks, sums, causes, the nearest site, and every point."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.base.quality_log import QualityLog
from geo.coverage.gap_tables import gap_point_table, gap_table
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints, build_demand
from tests.worlds.streets import LAT, LON, areas_of, demand_rows, found_demand

SITES = pd.DataFrame({"id": ["s0", "s1", "s2"], "name": ["zero", "one", "two"]})
FAR = 1_000_000


def units(count: int = 4) -> Areas:
    return areas_of(
        [
            (f"u{i}", shapely.box(LON + i, LAT, LON + i + 1, LAT + 1), {"county": f"c{i % 2}"})
            for i in range(count)
        ],
        ["county"],
    )


def test_ranks_sums_and_causes() -> None:
    demand = found_demand(
        #  u0 ...............  u1 .........  u2 ....  outside
        [60_000, FAR, FAR, -1, -1, 2 * FAR, 60_000, 3 * FAR],
        weight=[9.0, 1.0, 3.0, 4.0, 4.0, 4.0, 50.0, 2.0],
        unit=[0, 0, 0, 0, 1, 1, 2, -1],
        rank=[0, 2, 1, -1, -1, 1, 0, 2],
        cause=["", "too_far", "too_far", "cut_off", "data_doubt", "too_far", "", "too_far"],
    )
    table = gap_table("L", demand, SITES, units())
    # u0 and u1 have 8 each: the smaller id comes first. u2 is covered, u3 empty, both are left out.
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["unit_id"].tolist() == ["u0", "u1", ""]
    assert table["county"].tolist() == ["c0", "c1", ""]
    assert table["uncovered"].tolist() == [8.0, 8.0, 2.0]
    assert table["demand_total"].tolist() == [17.0, 8.0, 2.0]
    assert table["uncovered_share"].tolist() == [0.470588, 1.0, 1.0]
    assert table["uncovered_data_doubt"].tolist() == [0.0, 4.0, 0.0]
    assert table["uncovered_cut_off"].tolist() == [4.0, 0.0, 0.0]
    assert table["uncovered_too_far"].tolist() == [4.0, 4.0, 2.0]
    # Equal causes: the one that applies first.
    assert table["main_cause"].tolist() == ["cut_off", "data_doubt", "too_far"]
    # Most uncovered weight: s1 with 3 against s2 with 1.
    assert table["nearest_site_id"].tolist() == ["s1", "s1", "s2"]
    assert table["nearest_site_name"].tolist() == ["one", "one", "two"]
    # u0: 4 of 8 within 1,000 s; u1: 4 of 8 within 2,000 s, though the other half is never reached.
    assert table["nearest_minutes_p50"].tolist() == [16.667, 33.334, 50.0]
    # The heaviest uncovered point; of equals, the first.
    np.testing.assert_allclose(table["lon"], [LON + 0.003, LON + 0.004, LON + 0.007])
    assert (table["layer"] == "L").all()


def test_nothing_uncovered_is_an_empty_table_with_all_columns() -> None:
    full = gap_table("L", found_demand([60_000]), SITES, units())
    some = gap_table("L", found_demand([FAR]), SITES, units())
    assert len(full) == 0 and len(some) == 1
    assert full.columns.tolist() == some.columns.tolist()


def test_without_any_site_the_nearest_is_blank() -> None:
    demand = found_demand([-1, -1], cause=["cut_off", "data_doubt"], weight=[1.0, 2.0])
    table = gap_table("L", demand, SITES.iloc[:0], units())
    assert table["nearest_site_id"].tolist() == table["nearest_site_name"].tolist() == [""]
    assert table["nearest_minutes_p50"].isna().all()
    assert table["main_cause"].tolist() == ["data_doubt"]


def test_a_unit_whose_uncovered_weight_is_zero_is_no_gap() -> None:
    demand = found_demand([FAR, 60_000], weight=[0.0, 5.0])
    assert gap_table("L", demand, SITES, units()).empty


@given(
    st.lists(
        st.tuples(
            st.integers(-1, 3),
            st.sampled_from((-1, 60_000, FAR, 2 * FAR)),
            st.sampled_from((0.0, 0.1, 1.0, 2.0, 2.5)),
            st.integers(0, 2),
            st.sampled_from(("data_doubt", "cut_off", "too_far")),
        ),
        min_size=1,
        max_size=25,
    )
)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_gaps_equal_brute_force(rows: list[tuple[int, int, float, int, str]]) -> None:
    unit, time, weight, owner, cause = (list(c) for c in zip(*rows, strict=True))
    rank = [o if t >= 0 else -1 for o, t in zip(owner, time, strict=True)]
    demand = found_demand(time, weight=weight, unit=unit, rank=rank, cause=cause)
    table = gap_table("L", demand, SITES, units())
    expected = {}
    for u in range(-1, 4):
        missing = [r for r in rows if r[0] == u and not 0 <= r[1] <= 900_000]
        uncovered = math.fsum(r[2] for r in missing)
        if uncovered > 0:
            expected["" if u < 0 else f"u{u}"] = (uncovered, missing)
    ranked = sorted(expected, key=lambda i: (-expected[i][0], i))
    assert table["unit_id"].tolist() == ranked
    assert table["rank"].tolist() == list(range(1, len(ranked) + 1))
    for row in table.itertuples():
        uncovered, missing = expected[row.unit_id]
        assert row.uncovered == uncovered
        parts = [row.uncovered_data_doubt, row.uncovered_cut_off, row.uncovered_too_far]
        by_cause = [
            math.fsum(r[2] for r in missing if r[4] == c)
            for c in ("data_doubt", "cut_off", "too_far")
        ]
        assert parts == by_cause
        owned = {
            s: math.fsum(r[2] for r in missing if r[1] >= 0 and r[3] == s)
            for s in {r[3] for r in missing if r[1] >= 0}
        }
        nearest = min(owned, key=lambda s: (-owned[s], s)) if owned else None
        assert row.nearest_site_id == ("" if nearest is None else f"s{nearest}")


def points(count: int) -> DemandPoints:
    rows = [{"id": f"d{i}", "name": f"place {i}", "lon": LON + i / 1000} for i in range(count)]
    return build_demand(demand_rows(rows), units(), QualityLog(), file="d.csv")


def test_every_uncovered_point_is_listed() -> None:
    demand = found_demand(
        [FAR, 60_000, -1, -1],
        weight=[0.0, 1.0, 2.0, 3.0],
        unit=[1, 0, 0, -1],
        rank=[2, 0, -1, -1],
        cause=["too_far", "", "cut_off", "data_doubt"],
    )
    table = gap_point_table("L", demand, points(4), SITES, units())
    assert table["demand_id"].tolist() == ["d0", "d2", "d3"]  # zero weight included
    assert table["name"].tolist() == ["place 0", "place 2", "place 3"]
    assert table["unit_id"].tolist() == ["u1", "u0", ""]
    assert table["unit_name"].tolist() == ["name u1", "name u0", ""]
    assert table["county"].tolist() == ["c1", "c0", ""]
    assert table["nearest_site_id"].tolist() == ["s2", "", ""]
    assert table["nearest_site_name"].tolist() == ["two", "", ""]
    assert table["cause"].tolist() == ["too_far", "cut_off", "data_doubt"]
    assert table["minutes"].tolist()[0] == 16.667
    assert table["minutes"].isna().tolist() == [False, True, True]
    assert table["metres"].isna().tolist() == [False, True, True]
