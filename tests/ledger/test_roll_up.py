"""Sums of cases by level, and the rate of closed ones."""

from __future__ import annotations

import math
from datetime import date

from ledger.ledger import Ledger
from ledger.roll_up import Tally, roll_up, tally_of

_TODAY = date(2026, 6, 1)


def test_levels_are_sums_of_what_lies_below(ledger: Ledger) -> None:
    with ledger.store.writing():
        for unit, parents, area, due in (
            ("U1", "市/甲区", "市 甲区 一街", "2026-05-01"),
            ("U1", "市/甲区", "市 甲区 一街", ""),
            ("U2", "市/甲区", "市 甲区 二街", "2026-07-01"),
            ("U3", "市/乙\\/区", "市 乙/区 三街", ""),
        ):
            own = {"layer": "a", "unit_id": unit, "parents": parents}
            ledger.enter({"area": area, "due": due}, own, author="张三")
        ledger.enter({"area": "江岸区"}, {}, author="张三")
        ledger.store.change_case("2", {"state": "closed", "eligible": True})
    tallies = ledger.store.tallies(_TODAY)
    whole = tally_of(tallies)
    assert (whole.cases, whole.closed, whole.overdue, whole.eligible) == (5, 1, 1, 1)
    assert whole.completion == 0.2 and math.isnan(tally_of(tallies.iloc[:0]).completion)

    def below(parent: str) -> list[Tally]:
        units = ledger.store.tallies(_TODAY, units_in=parent)
        return roll_up(tallies, units, parent=parent)

    top = roll_up(tallies)
    assert [(t.kind, t.key, t.cases) for t in top] == [("parent", "市", 4), ("area", "江岸区", 1)]
    counties = roll_up(tallies, parent="市")
    assert [(t.key, t.name, t.cases, t.closed) for t in counties] == [
        ("市/甲区", "甲区", 3, 1),
        ("市/乙\\/区", "乙/区", 1, 0),
    ]
    assert sum(t.cases for t in counties) == top[0].cases
    assert [(t.kind, t.key, t.name, t.cases) for t in below("市/甲区")] == [
        ("unit", "U1", "一街", 2),
        ("unit", "U2", "二街", 1),
    ]
    assert [t.name for t in below("市/乙\\/区")] == ["三街"]
