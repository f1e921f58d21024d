"""Thirty kills and thirty cancels in the write stage, and Ctrl+C at a hundred moments."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.cli.conftest import study, surroundings  # noqa: F401
from tests.cli.test_interrupts import assert_cancelled, interrupted
from tests.layers.export.test_interrupted_writes import assert_one_set
from tests.layers.export.test_interrupted_writes import interrupted as interrupted_writes

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]


@pytest.mark.parametrize("how", ["kill", "cancel"])
@pytest.mark.parametrize("seed", range(3))
def test_thirty_interruptions(tmp_path: Path, how: str, seed: int) -> None:
    found = interrupted_writes(tmp_path, how, 30, seed)
    assert len(found) == 30
    assert_one_set(found, how)


def test_ctrl_c_at_a_hundred_moments(study: Path, tmp_path: Path) -> None:  # noqa: F811
    moments = random.Random(1).sample(range(1, 4_300), 100)
    for at in moments:
        ended = interrupted(study, tmp_path / f"out-{at}", at)
        if ended.returncode == 0 and "left" in ended.stderr:
            continue  # the run was over before
        assert_cancelled(ended, tmp_path / f"out-{at}")
