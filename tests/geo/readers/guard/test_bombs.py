"""Small files that become large or never end: refused in time and in little memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.bombs import BOMBS
from tests.worlds.streets import ROOT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="measured by resource")


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused(tmp_path: Path, name: str) -> None:
    for step in ("write", "read"):
        ended = subprocess.run(
            [sys.executable, "-m", "tests.worlds.bombs", name, str(tmp_path), step],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout)
    assert found["code"] in BOMBS[name][2], found
    assert found["file_kb"] < 20_000, found
    assert found["child_mb"] < 500, found
    assert found["seconds"] < 10, found
