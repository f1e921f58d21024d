"""What people may do: fields, versions and conflicts, signers; and the property of closing."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ledger.cases import Case
from ledger.errors import ConflictError, LedgerError
from ledger.ledger import Ledger, open_ledger
from ledger.states import STATES
from ledger.store import _OWN
from tests.ledger.conftest import Desk

_BOTH = "S2,二号站,114.3195,30.5"


def test_fields_are_set_with_their_history(ledger: Ledger) -> None:
    case = ledger.add({"lead": "区医保局", "due": "2026年3月1日"}, by="张三")
    assert case.fields["due"] == "2026-03-01" and case.fields["found_on"] == str(date.today())
    changed = ledger.set_fields(
        "1", {"lead": "市医保局", "progress": "=1+1\n第二行\x00"}, by="李四", reason="更正"
    )
    assert changed.version == 2 and changed.fields["progress"] == "=1+1\n第二行"
    entry = ledger.store.history("1")[-1]
    assert (entry["author"], entry["reason"], entry["version"]) == ("李四", "更正", "2")
    assert entry["changes"]["lead"] == ["区医保局", "市医保局"]
    assert {"time", "inputs", "parameters"} <= entry.keys()
    assert ledger.store.case(case.fields["number"]).id == "1"


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"colour": "red"}, "ledger_field_unknown"),
        ({"state": "closed"}, "ledger_field_fixed"),
        ({"approval": "张三"}, "ledger_field_fixed"),
        ({"due": "明年"}, "ledger_date"),
        ({"due": "2026-02-30"}, "ledger_date"),
        ({"note": "长" * 10_001}, "ledger_too_long"),
    ],
)
def test_wrong_fields(ledger: Ledger, fields: dict[str, str], code: str) -> None:
    ledger.add({}, by="张三")
    with pytest.raises(LedgerError) as caught:
        ledger.set_fields("1", {**fields, "lead": "甲"}, by="张三")
    assert caught.value.code == code
    assert ledger.store.case("1").version == 1 and not ledger.store.case("1").fields["lead"]


def test_a_write_on_an_old_version_is_a_conflict_that_loses_nothing(ledger: Ledger) -> None:
    ledger.add({"progress": "甲", "note": "旧"}, by="张三")
    ledger.set_fields("1", {"progress": "乙"}, by="李四")
    ledger.set_fields("1", {"progress": "丙"}, by="王五")
    with pytest.raises(ConflictError) as caught:
        ledger.set_fields("1", {"progress": "丁", "note": "新"}, by="赵六", version=1)
    error = caught.value
    assert error.fields == {"progress": ("甲", "丙", "丁"), "note": ("旧", "旧", "新")}
    assert (error.params["by"], error.version, len(error.others)) == ("王五", 3, 1)
    case = ledger.store.case("1")
    assert (case.fields["progress"], case.fields["note"], case.version) == ("丙", "旧", 3)
    assert case.had_conflict and len(ledger.store.cases(had_conflict=True)) == 1
    entry = ledger.store.history("1")[-1]
    assert entry["action"] == "conflict" and entry["author"] == "赵六"
    assert entry["conflict"]["progress"] == {"base": "甲", "theirs": "丙", "mine": "丁"}
    # Written again on the version that is there now.
    assert ledger.set_fields("1", {"progress": "丁"}, by="赵六", version=3).version == 4
    with pytest.raises(LedgerError) as never:
        ledger.set_fields("1", {"note": "x"}, by="赵六", version=9)
    assert never.value.code == "ledger_version"


def test_moves_have_versions_too(ledger: Ledger) -> None:
    ledger.add({}, by="张三")
    ledger.move("1", "assigned", by="张三")
    with pytest.raises(ConflictError):
        ledger.move("1", "waived", by="李四", reason="x", version=1)
    ledger.move("1", "deferred", by="张三", reason="等待征地")
    with pytest.raises(LedgerError):
        ledger.move("1", "in_progress", by="张三")
    case = ledger.move("1", "assigned", by="张三")
    assert (case.state, case.back_to, case.version) == ("assigned", "", 4)


def test_registered_signers_alone_sign(desk: Desk) -> None:
    desk.open()
    desk.sites(_BOTH)
    desk.verify()
    desk.ledger.grant_signature("王局长", by="管理员")
    with pytest.raises(LedgerError) as refused:
        desk.ledger.sign("1", by="张三")
    assert refused.value.code == "ledger_not_signer" and desk.state() == "open"
    assert desk.ledger.sign("1", by="王局长").state == "closed"


@pytest.mark.parametrize("name", ["", "   ", "\n"])
def test_every_change_has_a_name(ledger: Ledger, name: str) -> None:
    ledger.add({}, by="张三")
    for act in (
        lambda: ledger.add({}, by=name),
        lambda: ledger.set_fields("1", {"note": "x"}, by=name),
        lambda: ledger.move("1", "assigned", by=name),
        lambda: ledger.sign("1", by=name),
    ):
        with pytest.raises(LedgerError) as caught:
            act()
        assert caught.value.code == "ledger_name_missing"


def test_no_case_begins_closed(ledger: Ledger) -> None:
    with pytest.raises(LedgerError) as caught:
        ledger.add({}, by="张三", state="closed")
    assert caught.value.code == "ledger_close_by_sign"


def test_filters(ledger: Ledger) -> None:
    ledger.add({"due": "2020-01-01", "area": "江岸区", "lead": "民政局"}, by="张三")
    ledger.add({"due": "2999-01-01", "contact": "李四 027"}, by="张三", state="submitted")
    with ledger.store.writing():
        ledger.enter({}, {"layer": "a", "unit_id": "U1", "parents": "市/区"}, author="张三")
        ledger.enter({}, {"layer": "b", "unit_id": "U2", "parents": "市/区2"}, author="张三")

    def ids(**conditions: object) -> list[str]:
        return [case.id for case in ledger.store.cases(**conditions)]  # type: ignore[arg-type]

    assert ids() == ["1", "2", "3", "4"] and ids(limit=2) == ["1", "2"]
    assert ids(state="submitted") == ["2"] and ids(layer="a") == ["3"]
    assert ids(overdue_on=date(2026, 1, 1)) == ["1"]
    assert ids(unit="U1") == ["3"] and ids(unit="市/区") == ["3"] and ids(unit="市") == ["3", "4"]
    assert ids(text="江岸") == ["1"] and ids(person="李四") == ["2"] and ids(person="民政") == ["1"]
    assert ids(eligible=True) == []
    with pytest.raises(LedgerError):
        ledger.store.case("5")


class _Commands(RuleBasedStateMachine):
    """Any sequence of commands; what verify finds is drawn, too.

    No case is ever closed that was not eligible and signed by a name.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-"))
        self.opened = open_ledger(self.folder)
        self.ledger = self.opened.__enter__()
        self.signed: set[str] = set()
        self.ledger.add({}, by="甲")

    def teardown(self) -> None:
        self.opened.__exit__(None, None, None)
        shutil.rmtree(self.folder)

    def _try(self, act: object, *given: object, **options: object) -> bool:
        try:
            act(*given, **options)  # type: ignore[operator]
        except LedgerError:
            return False
        return True

    @rule(state=st.sampled_from(STATES))
    def add(self, state: str) -> None:
        if len(self.ledger.store.cases()) < 3:
            self._try(self.ledger.add, {}, by="甲", state=state)

    @rule(
        case=st.sampled_from("123"), to=st.sampled_from(STATES), reason=st.sampled_from(["", "x"])
    )
    def move(self, case: str, to: str, reason: str) -> None:
        self._try(self.ledger.move, case, to, by="乙", reason=reason)

    @rule(case=st.sampled_from("123"), name=st.sampled_from(["state", "approval", "note"]))
    def set_fields(self, case: str, name: str) -> None:
        self._try(self.ledger.set_fields, case, {name: "closed"}, by="乙")

    @rule(case=st.sampled_from("123"), name=st.sampled_from(["", "乙", "丙"]))
    def sign(self, case: str, name: str) -> None:
        try:
            before = self.ledger.store.case(case)
        except LedgerError:
            return
        if self._try(self.ledger.sign, case, by=name):
            signers = self.ledger.store.signers()
            assert before.eligible and name and (not signers or name in signers)
            self.signed.add(case)

    @rule(case=st.sampled_from("123"), covered=st.booleans())
    def verify(self, case: str, covered: bool) -> None:
        from ledger.evidence.verify import Verified, _Finding, _write

        try:
            found = self.ledger.store.case(case)
        except LedgerError:
            return
        finding = _Finding(covered, not covered, False, math.nan)
        with self.ledger.store.writing():
            _write(self.ledger, found, finding, lambda a, b: "", "", "甲", Verified())
        if not covered:
            self.signed.discard(case)

    @precondition(lambda self: not self.ledger.store.signers())
    @rule()
    def grant(self) -> None:
        self.ledger.grant_signature("丙", by="甲")

    @invariant()
    def closed_means_signed(self) -> None:
        for case in self.ledger.store.cases():
            assert (case.state == "closed") == (case.id in self.signed), case
            if case.state == "closed":
                last = [e for e in self.ledger.store.history(case.id) if e["action"] == "sign"]
                assert last and case.eligible and case.fields["approval"]
        assert self.ledger.store.check_chain().holds


_Commands.TestCase.settings = settings(max_examples=12, stateful_step_count=25, deadline=None)
TestNoSequenceOfCommandsClosesWithoutEvidenceAndSignature = _Commands.TestCase


def test_the_columns_of_the_store_are_the_attributes_of_a_case() -> None:
    assert ("id", *_OWN, "fields") == tuple(Case.__dataclass_fields__)


def test_a_change_returns_the_case_as_it_was_written(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.add({}, by="张三")
    writing = ledger.store.writing

    @contextmanager
    def then_somebody_else(*, daily: bool = True) -> Iterator[None]:
        with writing(daily=daily):
            yield
        with open_ledger(ledger.store.folder) as other:
            other.set_fields("1", {"note": "后来"}, by="李四")

    monkeypatch.setattr(ledger.store, "writing", then_somebody_else)
    case = ledger.set_fields("1", {"lead": "甲"}, by="张三")
    assert (case.version, case.fields["note"]) == (2, "")
    case = ledger.move("1", "assigned", by="张三")
    assert (case.version, case.state) == (4, "assigned")
