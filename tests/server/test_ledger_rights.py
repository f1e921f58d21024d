"""The ledger on a server: cases by unit, authors, signatures, and their lines in the audit log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from geo.base.access.guard import AccessError
from ledger.kept_inputs import period_inputs
from ledger.ledger import Ledger, open_ledger
from ledger.restore import restore_ledger
from ledger.snapshot import read_snapshot
from tests.worlds.office_server import Office

UNITS = ("u1", "u2", "u3", "")
# Whose cases are seen, and written, by whom.
SEEN = {
    "viewer": {*UNITS},
    "editor": {*UNITS},
    "county viewer": {"u1", "u2"},
    "county editor": {"u1", "u2"},
    "stranger": set(),
}
WRITERS = {"editor": {*UNITS}, "county editor": {"u1", "u2"}}


@pytest.fixture
def study(office: Office) -> Path:
    """A study with a case of each unit, and one without a unit."""
    folder = office.study("one")
    for user in ("viewer", "editor"):
        office.grant(user, user, "one")
        office.grant(f"county {user}", user, "one", "甲市")
    with open_ledger(folder) as ledger, ledger.store.writing():
        for unit in UNITS:
            own = {"layer": "walk" if unit else "", "unit_id": unit}
            own["parents"] = (
                "甲市/市辖区" if unit in ("u1", "u2") else "乙市/市辖区" if unit else ""
            )
            ledger.enter({"area": unit or "别处"}, own, author="began")
    return folder


def _case(ledger: Ledger, unit: str) -> str:
    return str(1 + UNITS.index(unit))


WRITES: dict[str, Callable[[Ledger, str, str], object]] = {
    "set": lambda ledger, unit, by: ledger.set_fields(_case(ledger, unit), {"note": "x"}, by=by),
    "old version": lambda ledger, unit, by: ledger.set_fields(
        _case(ledger, unit), {"note": "x"}, by=by, version=1
    ),
    "move": lambda ledger, unit, by: ledger.move(_case(ledger, unit), "assigned", by=by),
    "add": lambda ledger, unit, by: _enter(ledger, unit, by),
}


def _enter(ledger: Ledger, unit: str, by: str) -> None:
    with ledger.store.writing():
        ledger.enter({}, {"unit_id": unit, "layer": "walk" if unit else ""}, author=by)


@pytest.mark.parametrize("name", list(WRITES))
@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("user", list(SEEN))
def test_role_by_write_by_unit(
    office: Office, study: Path, user: str, unit: str, name: str
) -> None:
    with open_ledger(study) as ledger:
        head = ledger.store.head()
    allowed = unit in WRITERS.get(user, ())
    with office.acting(user):
        if allowed:
            with open_ledger(study) as ledger:
                WRITES[name](ledger, unit, user)
        else:
            with pytest.raises(AccessError), open_ledger(study) as ledger:
                WRITES[name](ledger, unit, user)
    with open_ledger(study) as ledger:
        assert (ledger.store.head() != head) is allowed
        last = ledger.store.history()[-1]
    line = office.audit()[-1]
    assert line["user"] == user
    if allowed:
        assert last["author"] == user
        assert line["what"] == f"ledger_{last['action']}" and line["unit"] == unit
    else:
        assert line["what"] == "refused"


@pytest.mark.parametrize("user", list(SEEN))
def test_a_person_sees_the_cases_of_the_granted_units(
    office: Office, study: Path, user: str
) -> None:
    seen = SEEN[user]
    with office.acting(user):
        if not seen:
            with pytest.raises(AccessError):
                read_snapshot(study)
            return
        snapshot = read_snapshot(study)
        assert snapshot is not None and {case.unit_id for case in snapshot.cases} == seen
        with open_ledger(study, create=False) as ledger:
            store = ledger.store
            assert {case.unit_id for case in store.cases(state="open")} == seen
            assert store.count() == len(seen)
            assert {case.unit_id for case in store.cases(unit="乙市/市辖区")} == seen & {"u3"}
            assert store.tallies(date.today())["cases"].sum() == len(seen)
            below = store.tallies(date.today(), units_in="乙市/市辖区")
            assert set(below["unit_id"]) == seen & {"u3"}
            for unit in UNITS:
                case = _case(ledger, unit)
                if unit in seen:
                    assert store.case(case).unit_id == unit
                    assert store.history(case) and store.points(case).empty
                    continue
                for read in (store.case, store.history, store.points):
                    with pytest.raises(AccessError):
                        read(case)


ABOUT_ALL: dict[str, Callable[[Ledger, str, Path], object]] = {
    "lock": lambda ledger, by, out: ledger.lock("2026", "{}", by=by),
    "signers": lambda ledger, by, out: ledger.grant_signature("li", by=by),
    "restore": lambda ledger, by, out: restore_ledger(ledger.store.folder, out, by=by),
    "replace": lambda ledger, by, out: ledger.store.replace_by(out, author=by),
    "import": lambda ledger, by, out: ledger.note_field_check("walk", [], [], by=by, source="x"),
}


@pytest.mark.parametrize("name", list(ABOUT_ALL))
def test_what_is_about_all_cases_needs_the_whole_study(
    office: Office, study: Path, tmp_path: Path, name: str
) -> None:
    backup = tmp_path / "backup.db"
    with open_ledger(study) as ledger:
        ledger.store.copy_to(backup)
    for user in ("viewer", "county viewer", "county editor"):
        with office.acting(user), open_ledger(study) as ledger, pytest.raises(AccessError):
            ABOUT_ALL[name](ledger, user, backup)
    with office.acting("editor"), open_ledger(study) as ledger:
        ABOUT_ALL[name](ledger, "editor", backup)


def test_a_county_takes_no_backup_and_reads_no_history_of_others(
    office: Office, study: Path, tmp_path: Path
) -> None:
    with office.acting("county editor"), open_ledger(study) as ledger:
        for read in (
            lambda: ledger.store.copy_to(tmp_path / "all.db"),
            ledger.store.history,
            ledger.store.study_history,
            lambda: period_inputs(ledger.store, "2026"),
        ):
            with pytest.raises(AccessError):
                read()
    assert not (tmp_path / "all.db").exists()


def test_nobody_writes_under_another_name(office: Office, study: Path) -> None:
    with office.acting("editor"), open_ledger(study) as ledger:
        head = ledger.store.head()
        for write in (
            lambda: ledger.set_fields("1", {"note": "x"}, by="wang"),
            lambda: ledger.move("1", "assigned", by=""),
            lambda: ledger.lock("2026", "{}", by="wang"),
        ):
            with pytest.raises(ValueError) as caught:
                write()
            assert getattr(caught.value, "code", "") in ("access_other_name", "ledger_name_missing")
        assert ledger.store.head() == head
    assert [line["what"] for line in office.audit()] == ["ledger_other_name"] * 2


def test_a_case_is_not_moved_into_another_county(office: Office, study: Path) -> None:
    with office.acting("county editor"), open_ledger(study) as ledger:
        with pytest.raises(AccessError), ledger.store.writing():
            ledger.store.change_case("1", {"unit_id": "u3"})
        assert ledger.store.case("1").unit_id == "u1"


@pytest.mark.parametrize("registered", [False, True])
def test_who_signs(office: Office, study: Path, registered: bool) -> None:
    with open_ledger(study) as ledger, ledger.store.writing():
        for case in ("1", "3"):
            ledger.store.change_case(case, {"eligible": True})
    if registered:
        office.grant("chief", "editor", "one", "甲市", sign=True)
    signer = "chief" if registered else "county editor"
    refused = [("viewer", "1"), ("county viewer", "1"), (signer, "3"), ("stranger", "1")]
    if registered:
        refused += [("county editor", "1"), ("editor", "1")]
    for user, case in refused:
        with office.acting(user), pytest.raises(AccessError), open_ledger(study) as ledger:
            ledger.sign(case, by=user)
    with office.acting(signer), open_ledger(study) as ledger:
        with pytest.raises(AccessError):
            ledger.sign("1", by="editor")
        assert ledger.sign("1", by=signer).state == "closed"
    assert office.audit()[-1]["what"] == "ledger_sign"


def test_a_ledger_is_begun_by_who_may_write(office: Office) -> None:
    folder = office.study("two")
    office.grant("li", "viewer", "two")
    office.grant("wang", "editor", "two", "u2")
    with office.acting("li"), pytest.raises(AccessError), open_ledger(folder):
        pass
    assert not (folder / "ledger.db").exists()
    with office.acting("wang"), open_ledger(folder) as ledger:
        assert ledger.store.cases() == []


@pytest.mark.parametrize(
    ("user", "shown"), [("viewer", False), ("editor", True), ("county editor", True)]
)
def test_telephones_are_for_those_who_work_on_the_case(
    office: Office, study: Path, user: str, shown: bool
) -> None:
    with open_ledger(study) as ledger:
        ledger.set_fields("1", {"contact": "张三 13800000000", "lead": "民政局"}, by="began")
    with office.acting(user), open_ledger(study) as ledger:
        case = ledger.store.case("1")
        assert case.fields["lead"] == "民政局"
        assert case.fields["contact"] == ("张三 13800000000" if shown else "")
        assert ledger.store.cases()[0].fields["contact"] == case.fields["contact"]
        changes = ledger.store.history("1")[-1]["changes"]
        assert "lead" in changes and ("contact" in changes) == shown
