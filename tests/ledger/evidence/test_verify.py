"""Opening and evidence on the study of one street (`tests.worlds.tiny_study`).

Stations reach E1 and E2 on foot; E3 and E4 (U2) are too far, the road of E5 (U1) is in doubt. A
station at .3195 (480 m from E3, 528 m from E4) covers both.
"""

from __future__ import annotations

import pytest

from geo.base.errors import StudyError
from ledger.errors import LedgerError
from ledger.evidence.parameters import inputs_hash, locked_parameters, parameters_text
from tests.ledger.conftest import Desk

_BOTH = "S2,二号站,114.3195,30.5"
_ONE = "S2,二号站,114.3145,30.5"  # E3 alone


def _lock(desk: Desk, period: str) -> None:
    desk.ledger.lock(period, parameters_text(locked_parameters(desk.explorer().study)), by="张三")


def test_a_gap_becomes_a_case_without_the_demand_in_doubt(desk: Desk) -> None:
    found = desk.open()
    (case,) = found.cases
    assert (found.held, found.in_doubt) == (0, 1)
    assert (case.unit_id, case.layer, case.cause, case.state) == (
        "U2", "station", "too_far", "open",
    )  # fmt: skip
    assert (case.uncovered, case.points, case.share_before) == (2.0, 2, 0.0)
    assert case.parents == "乙县" and case.fields["number"].endswith("-0001")
    assert desk.ledger.store.points("1")["demand_id"].tolist() == ["E3", "E4"]
    again = desk.open()
    assert (len(again.cases), again.held) == (0, 1)


def test_top_and_above(desk: Desk) -> None:
    assert not desk.open("station_ebike", above=1.0).cases
    assert [case.unit_id for case in desk.open("parking", above=1.0).cases] == ["U1"]
    desk.change("stations.csv", "114.300", "114.400")  # off the road: nothing is reached
    (case,) = desk.open(top=1).cases
    assert case.unit_id == "U1"  # ranks by the whole gap, with the demand in doubt
    assert desk.open(top=1).held == 1
    assert len(desk.open().cases) == 1


def test_confirmed_doubt_becomes_a_case(desk: Desk) -> None:
    desk.open()
    (case,) = desk.open(confirmed={"E5"}).cases
    assert (case.unit_id, case.cause, case.points) == ("U1", "data_doubt", 1)


def test_eligible_when_all_is_covered_and_closed_by_a_signature(desk: Desk) -> None:
    desk.open()
    assert desk.verify().eligible == []
    desk.sites(_ONE)
    assert desk.verify().eligible == []
    with pytest.raises(LedgerError) as refused:
        desk.ledger.sign("1", by="李四")
    assert refused.value.code == "ledger_not_eligible"
    desk.sites(_BOTH)
    found = desk.verify()
    assert (found.checked, found.eligible, found.corrected) == (1, ["1"], [])
    case = desk.ledger.store.case("1")
    assert case.eligible and case.fields["shares"] == "0→1" and case.version == 1
    assert desk.verify().eligible == []  # marked already
    now = inputs_hash(desk.explorer().study)
    closed = desk.ledger.sign("1", by="李四", inputs=now)
    assert closed.state == "closed" and closed.fields["approval"].startswith("李四 ")
    assert desk.verify().reopened == []


def test_a_mark_is_removed_where_the_gap_returns(desk: Desk) -> None:
    desk.open()
    desk.sites(_BOTH)
    desk.verify()
    desk.sites()
    found = desk.verify()
    assert found.fell_back == ["1"] and not desk.ledger.store.case("1").eligible


def test_a_closed_case_reopens_and_goes_on(desk: Desk) -> None:
    desk.open()
    desk.sites(_BOTH)
    desk.verify()
    desk.ledger.sign("1", by="李四")
    desk.sites()
    found = desk.verify()
    assert found.reopened == ["1"] and desk.state() == "reopened"
    assert not desk.ledger.store.case("1").eligible
    actions = [entry["action"] for entry in desk.ledger.store.history("1")]
    assert actions == ["open", "verify", "sign", "verify"]
    assert desk.ledger.store.history("1")[-1]["changes"]["state"] == ["closed", "reopened"]
    desk.sites(_BOTH)
    desk.verify()
    assert desk.ledger.sign("1", by="李四").state == "closed"


def test_evidence_of_other_data_cannot_be_signed(desk: Desk) -> None:
    desk.open()
    desk.sites(_BOTH)
    desk.verify()
    desk.sites()
    with pytest.raises(LedgerError) as refused:
        desk.ledger.sign("1", by="李四", inputs=inputs_hash(desk.explorer().study))
    assert refused.value.code == "ledger_evidence_old"


def test_moved_coordinates_are_a_correction(desk: Desk) -> None:
    desk.open()
    desk.change("estates.csv", "114.315", "114.306")
    desk.change("estates.csv", "114.325", "114.307")
    found = desk.verify()
    assert (found.eligible, found.corrected) == ([], ["1"])
    case = desk.ledger.store.case("1")
    assert case.corrected and not case.eligible


def test_a_vanished_id_is_a_correction(desk: Desk) -> None:
    desk.open()
    desk.change("estates.csv", "E3,", "E30,")
    found = desk.verify()
    assert (found.eligible, found.corrected) == ([], ["1"])
    # What is left was really covered.
    desk.sites(_BOTH)
    assert desk.verify().eligible == ["1"]
    desk.change("estates.csv", "E4,", "E40,")
    assert desk.verify().fell_back == ["1"]


def test_a_moved_station_is_a_correction_and_a_new_one_is_not(desk: Desk) -> None:
    desk.open()
    desk.change("stations.csv", "114.300", "114.3195")
    found = desk.verify()
    assert (found.eligible, found.corrected) == ([], ["1"])


_ROAD = (
    '"features": [{"type": "Feature", "properties": {"highway": "residential"}, "geometry": '
    '{"type": "LineString", "coordinates": [[114.299, 30.5], [114.306, 30.51]]}}, '
)


def test_roads_are_a_correction_unless_they_were_built(desk: Desk) -> None:
    (case,) = desk.open("station_ebike", confirmed={"E5"}).cases
    assert (case.cause, case.points) == ("data_doubt", 1)
    desk.change("roads.geojson", '"features": [', _ROAD)  # 1.3 km to E5
    found = desk.verify()
    assert (found.eligible, found.corrected) == ([], ["1"])
    assert desk.verify(roads_built=True).eligible == ["1"]


def test_a_moved_station_is_no_built_road(desk: Desk) -> None:
    desk.open()
    desk.change("stations.csv", "114.300", "114.3195")
    found = desk.verify(roads_built=True)
    assert (found.eligible, found.corrected) == ([], ["1"])


def test_locked_parameters_decide(desk: Desk) -> None:
    desk.open()
    _lock(desk, "2026上半年")
    desk.change("study.toml", "minutes = 15\nbands", "minutes = 60\nbands")
    # Under the new limit all would be covered; the period's is 15 minutes.
    found = desk.verify()
    assert (found.eligible, found.corrected) == ([], [])
    with pytest.raises(LedgerError) as refused:
        _lock(desk, "2026上半年")
    assert refused.value.code == "ledger_period_locked"
    _lock(desk, "2026下半年")
    # Another limit is no site: it does not close a case either.
    found = desk.verify()
    assert (found.eligible, found.corrected) == ([], ["1"])


def test_without_a_period_the_parameters_of_the_opening_decide(desk: Desk) -> None:
    desk.open()
    desk.change("study.toml", "minutes = 15\nbands", "minutes = 1\nbands")
    desk.sites(_BOTH)
    assert desk.verify().eligible == ["1"]


def test_speeds_are_locked_too(desk: Desk) -> None:
    _lock(desk, "一季度")
    desk.open()
    desk.change(
        "study.toml",
        '[[layers]]\nkey = "station"',
        '[profiles.walk]\nkmh = 1.0\n\n[[layers]]\nkey = "station"',
    )
    desk.sites(_BOTH)
    assert desk.verify().eligible == ["1"]


def test_a_layer_that_is_gone(desk: Desk) -> None:
    desk.open()
    desk.sites(_BOTH)
    desk.verify()
    desk.change("study.toml", 'key = "station"\n', 'key = "stations"\n')
    found = desk.verify()
    assert found.unchecked == ["1"] and found.fell_back == ["1"]
    with pytest.raises(StudyError):
        desk.open("station")


def test_waived_cases_stay_and_are_never_eligible(desk: Desk) -> None:
    desk.open()
    desk.ledger.move("1", "waived", by="张三", reason="拟搬迁")
    desk.sites(_BOTH)
    assert desk.verify().eligible == []
    assert desk.state() == "waived"


def test_cases_by_hand_cannot_be_verified(desk: Desk) -> None:
    case = desk.ledger.add({"problem": "窗口排队久"}, by="张三")
    found = desk.verify()
    assert (found.checked, found.by_hand) == (0, 1)
    with pytest.raises(LedgerError):
        desk.ledger.sign(case.id, by="张三")


def test_data_that_change_meanwhile_are_no_evidence(desk: Desk) -> None:
    desk.open()
    with pytest.raises(LedgerError) as refused:
        desk.verify(inputs="of other files")
    assert refused.value.code == "ledger_inputs_changed"
    assert "verify" not in {entry["action"] for entry in desk.ledger.store.history()}
