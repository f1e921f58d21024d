"""Causes have one order, and a colour each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.analysis import Analysis
from geo.rules import RULES
from geo.rules.layer_demand import CAUSES
from layers.print_map import frame, legend
from layers.shapes import legend as screen_legend
from layers.style.palette import CAUSE_COLOURS, CAUSE_ORDER, cause_colours
from layers.words.catalogue import words_for
from layers.words.phrases import known_causes


def test_the_order_and_the_colours_cover_the_causes_of_the_rules() -> None:
    assert sorted(CAUSE_ORDER) == sorted(CAUSES) == sorted(CAUSE_COLOURS)
    assert CAUSE_ORDER[:3] == ("too_far", "cut_off", "data_doubt") or len(CAUSES) > 3


def test_a_cause_without_a_colour_of_its_own_gets_one() -> None:
    found = cause_colours((*CAUSES, "closed", "full"))
    assert {cause: found[cause] for cause in CAUSES} == CAUSE_COLOURS
    for rule in RULES.values():  # no map shows the causes of two rules
        causes = {*rule.causes, "closed", "full"} | ({"no_site"} if rule.key != "rate" else set())
        assert len({found[cause] for cause in causes}) == len(causes), rule.key


def test_legends_show_the_causes_that_occur(
    analysis: Analysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = analysis.gap_points.assign(cause="closed")
    order = ("closed", *CAUSE_ORDER)
    for module in (frame, legend, screen_legend):
        monkeypatch.setattr(module, "CAUSE_ORDER", order)
        monkeypatch.setattr(module, "CAUSE_COLOURS", cause_colours(order))
    changed = replace(analysis, gap_points=points)
    words = words_for("en")
    entries = [e for e in screen_legend.legend(changed, "clinic", words) if e.group == "gaps"]
    assert [entry.text for entry in entries] == ["closed"]
    groups = legend.legend_groups(
        changed, "clinic", words, "township", (0.5,), analysis.areas, bands=[], gaps=True
    )
    assert [item.text for item in groups[0].items] == ["Closed"]


def test_tables_list_the_causes_that_the_rules_can_give(analysis: Analysis) -> None:
    layers = {key: {**entry, "by_cause": {"cut_off": 0.0}} for key, entry in
              analysis.summary["layers"].items()}  # fmt: skip
    assert known_causes(replace(analysis, summary={"layers": layers})) == ["cut_off"]
