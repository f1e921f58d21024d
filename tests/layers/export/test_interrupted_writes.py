"""Writing that is killed or cancelled: one set of files, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.worlds.streets import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def interrupted(folder: Path, how: str, count: int, seed: int) -> list[dict[str, Any]]:
    """What came of `count` writes, each interrupted at a step drawn from the seed."""
    command = [sys.executable, "-m", "tests.worlds.interrupted_writes"]
    ended = subprocess.run(
        [*command, str(folder), how, str(count), str(seed)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=600, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "Traceback" not in ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()]


def assert_one_set(found: list[dict[str, Any]], how: str) -> None:
    for write in found:
        if how == "kill":
            assert write["code"] in (-signal.SIGKILL, 0), write
            # While files take their places, the next command finishes what was begun.
            assert write["after"] in ("old", "new"), write
        else:
            assert write["code"] in (0, 130, 131), write
            # A cancel says what was written: nothing, or everything.
            assert write["state"] == {0: "new", 130: "old", 131: "new"}[write["code"]], write
        assert write["left"] == [] and write["extra"] == [], write
        assert write["next"] == "new", write


@pytest.mark.parametrize("how", ["kill", "cancel"])
def test_a_few_interruptions(tmp_path: Path, how: str) -> None:
    assert_one_set(interrupted(tmp_path, how, 8, seed=1), how)
