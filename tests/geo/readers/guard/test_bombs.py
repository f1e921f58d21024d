"""Small files that become large or never end: refused in time and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.worlds.bombs import BOMBS
from tests.worlds.streets import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="measured by resource")


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What came of each bomb; one process reads all, since its imports take longer than a bomb.

    The peak of memory is that of the bombs so far, which is never less than a bomb's own.
    """
    folder = tmp_path_factory.mktemp("bombs")
    for step in ("write", "read"):
        ended = subprocess.run(
            [sys.executable, "-m", "tests.worlds.bombs", str(folder), step],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-2000:]
    lines = map(json.loads, ended.stdout.splitlines())
    return {line["name"]: line for line in lines}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(measured: dict[str, dict[str, Any]], name: str) -> None:
    found = measured[name]
    assert found["code"] in BOMBS[name][2], found
    assert found["file_kb"] < 20_000, found
    assert found["child_mb"] < 500, found
    assert found["seconds"] < 10, found
