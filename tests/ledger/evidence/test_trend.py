"""Both shares at each verification; corrected data and real change apart."""

from __future__ import annotations

import math

import pytest

from ledger.evidence.parameters import locked_parameters, parameters_text
from tests.ledger.conftest import Desk

_BOTH = "S2,二号站,114.3195,30.5"


def _whole(desk: Desk, unit: str = "") -> list[tuple[float, float, float, float]]:
    rows = desk.ledger.store.trend("station", unit)
    names = ["share_by_time", "share_by_presence", "data_change", "real_change"]
    return [tuple(row) for row in rows[names].astype(float).to_numpy().tolist()]


def test_a_new_station_is_a_real_change_and_a_moved_estate_is_none(desk: Desk) -> None:
    desk.open()
    desk.verify()
    (first,) = _whole(desk)
    assert first[:2] == (0.4, 0.5) and math.isnan(first[2]) and math.isnan(first[3])
    desk.sites(_BOTH)
    desk.verify()
    assert _whole(desk)[1] == pytest.approx((0.8, 1.0, 0.0, 0.4))
    assert _whole(desk, "U2")[1] == pytest.approx((1.0, 1.0, 0.0, 1.0))
    assert _whole(desk, "甲县")[1] == pytest.approx((0.666667, 1.0, 0.0, 0.0))
    # The fifth estate stands beside the road after all: its coordinates were wrong.
    desk.change("estates.csv", "114.306,30.51", "114.306,30.5")
    desk.verify()
    assert _whole(desk)[2] == pytest.approx((1.0, 1.0, 0.2, 0.0))
    # Both at once.
    desk.change("estates.csv", "114.306,30.5\n", "114.306,30.51\n")
    desk.sites()
    desk.verify()
    assert _whole(desk)[3] == pytest.approx((0.4, 0.5, -0.2, -0.4))


def test_under_other_parameters_shares_are_not_compared(desk: Desk) -> None:
    desk.open()
    desk.verify()
    desk.change("study.toml", "minutes = 15\nbands", "minutes = 60\nbands")
    explorer = desk.explorer()
    desk.ledger.lock("下半年", parameters_text(locked_parameters(explorer.study)), by="张三")
    desk.verify()
    last = _whole(desk)[-1]
    assert last[0] == 0.8 and math.isnan(last[2]) and math.isnan(last[3])
    assert desk.ledger.store.trend("station", "")["period"].tolist() == ["", "下半年"]
