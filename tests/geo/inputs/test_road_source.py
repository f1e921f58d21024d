"""Variants of a road source: the same roads, other networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geo.base.quality_log import QualityLog
from geo.inputs.read import read_inputs
from geo.inputs.road_source import RoadSource
from geo.pipeline import open_explorer, run
from geo.study.load import load_study
from geo.study.model import ProfileInput
from tests.worlds.hand_study import write_hand_study


def test_a_variant_shares_the_roads_and_has_its_own_networks(tmp_path: Path) -> None:
    study = load_study(write_hand_study(tmp_path))
    source = RoadSource(study, QualityLog(), cache=None)
    before = source.network("walk", "to")
    faster = source.varied(profiles={"walk": ProfileInput(kmh=8.0)})
    assert faster.roads is source.roads and faster.plane is source.plane
    np.testing.assert_array_equal(
        faster.network("walk", "to").arrays()["length_m"], before.arrays()["length_m"]
    )
    changed = study.model_copy(update={"profiles": {"walk": ProfileInput(kmh=8.0)}})
    fresh = RoadSource(changed, QualityLog(), cache=None).network("walk", "to")
    for name, array in fresh.arrays().items():
        np.testing.assert_array_equal(faster.network("walk", "to").arrays()[name], array)
    assert source.network("walk", "to") is before


def test_an_explorer_takes_inputs_that_are_read_already(tmp_path: Path) -> None:
    study = load_study(write_hand_study(tmp_path))
    inputs = read_inputs(study, QualityLog())
    found = open_explorer(study, inputs=inputs).analysis()
    expected = run(study)
    for name in ("demand", "units", "gaps", "sites", "quality"):
        assert getattr(found, name).equals(getattr(expected, name)), name
    assert found.summary == expected.summary or repr(found.summary) == repr(expected.summary)
