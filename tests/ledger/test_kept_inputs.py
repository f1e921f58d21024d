"""The inputs of a locked period: kept by hash, checked, and computed to the same figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.pipeline import open_explorer
from geo.study.load import load_study
from ledger.connection import INPUTS
from ledger.errors import LedgerError
from ledger.kept_inputs import keep_inputs, period_inputs, unpack_inputs
from tests.ledger.conftest import Desk


def _share(folder: Path) -> float:
    summary = open_explorer(load_study(folder)).analysis().summary
    return float(summary["layers"]["station"]["share_by_time"])


def test_an_old_figure_is_computed_again(desk: Desk, tmp_path: Path) -> None:
    before = _share(desk.folder)
    inputs = keep_inputs(load_study(desk.folder))
    desk.ledger.lock("上半年", "{}", by="张三", inputs=inputs)
    assert keep_inputs(load_study(desk.folder)) == inputs
    assert len(list((desk.folder / INPUTS).iterdir())) == 1
    desk.sites("S2,二号站,114.3195,30.5")
    assert _share(desk.folder) != before
    assert period_inputs(desk.ledger.store, "上半年") == inputs
    old = unpack_inputs(desk.folder, inputs, tmp_path / "old")
    assert _share(old) == before
    with pytest.raises(LedgerError) as unknown:
        period_inputs(desk.ledger.store, "下半年")
    assert unknown.value.code == "ledger_period_unknown"


def test_kept_inputs_that_were_exchanged_are_refused(desk: Desk, tmp_path: Path) -> None:
    inputs = keep_inputs(load_study(desk.folder))
    desk.sites("S2,二号站,114.3195,30.5")
    other = keep_inputs(load_study(desk.folder))
    kept = desk.folder / INPUTS
    (kept / f"{other}.zip").replace(kept / f"{inputs}.zip")
    for name in (inputs, other):
        with pytest.raises(LedgerError) as refused:
            unpack_inputs(desk.folder, name, tmp_path / name[:4])
        assert refused.value.code == "ledger_inputs_lost"
