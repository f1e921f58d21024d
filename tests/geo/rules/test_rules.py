"""The interface of rules: a rule of one's own needs no change elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from geo.pipeline import run
from geo.rules import RULES
from geo.rules.reach import Reach
from geo.study.load import load_study
from geo.study.rules import RULE_PARAMETERS, RuleParameters
from tests.worlds.hand_study import STUDY, write_hand_study


@dataclass(frozen=True)
class NeverOnSundays(Reach):
    """A made-up rule: whoever is nearer than the limit counts as uncovered, as `closed`."""

    key: str = "never"
    causes: tuple[str, ...] = ("data_doubt", "closed", "cut_off", "too_far")
    columns: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: {"units": ("closed_units",), "gaps": ("uncovered_closed",)}
    )

    def answer(self, layer, points, times, rows, any_path, served):  # type: ignore[no-untyped-def]
        found = super().answer(layer, points, times, rows, any_path, served)
        cause = np.where(found.covered, "closed", found.cause)
        return replace(found, covered=np.zeros(len(found), np.bool_), cause=cause)

    def unit_columns(self, level, served):  # type: ignore[no-untyped-def]
        return {"closed_units": np.full(1 if level is None else len(level.units), 7.0)}


def test_a_rule_is_added_through_the_interface_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "never", NeverOnSundays())
    monkeypatch.setitem(RULE_PARAMETERS, "never", RuleParameters())
    folder = write_hand_study(tmp_path)
    text = STUDY.replace('key = "walk"\n', 'key = "walk"\nrule = "never"\n', 1)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    found = run(load_study(folder))
    layer = found.summary["layers"]["walk"]
    assert layer["demand_covered"] == 0 and layer["rule"] == "never"
    assert layer["by_cause"]["closed"] > 0
    gaps = found.gaps.set_index("layer")
    assert gaps.loc[["walk"], "uncovered_closed"].sum() == layer["by_cause"]["closed"]
    assert gaps.loc[["parking"], "uncovered_closed"].isna().all()
    units = found.units
    assert set(units.loc[units["layer"] == "walk", "closed_units"]) == {7.0}


def test_every_rule_has_its_parameters_and_the_other_way_round() -> None:
    assert set(RULES) == set(RULE_PARAMETERS)
    assert all(rule.key == key for key, rule in RULES.items())
