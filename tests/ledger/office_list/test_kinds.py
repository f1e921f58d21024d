"""The kinds of remedy that an office has chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import LedgerError
from ledger.ledger import open_ledger
from ledger.office_list.kinds import choose_kinds, chosen_kinds


def test_the_choice_is_kept_with_its_author(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        assert chosen_kinds(ledger) == "rectification"
        choose_kinds(ledger, "city_examination", by="王五")
        choose_kinds(ledger, "rectification", by="李四")
        choose_kinds(ledger, "city_examination", by="王五")
    with open_ledger(tmp_path) as ledger:
        assert chosen_kinds(ledger) == "city_examination"
        authors = [entry["author"] for entry in ledger.store.study_history()[-3:]]
        assert authors == ["王五", "李四", "王五"]
        assert ledger.store.check_chain().broken is None


@pytest.mark.parametrize(
    ("name", "by", "code"),
    [
        ("other\nkinds", "王五", "ledger_kinds_unknown"),
        ("rectification", " ", "ledger_name_missing"),
    ],
)
def test_wrong_choices_change_nothing(tmp_path: Path, name: str, by: str, code: str) -> None:
    with open_ledger(tmp_path) as ledger:
        before = ledger.store.head()
        with pytest.raises(LedgerError) as found:
            choose_kinds(ledger, name, by=by)
        assert found.value.code == code
        assert ledger.store.head() == before
