"""Ctrl+C at any moment of a command: one line, exit code 130, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.worlds.streets import ROOT

# Sends Ctrl+C to itself at the n-th import or opened file after the command has begun.
_COMMAND = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from cli import main
left = int(sys.argv[1])
def hook(event, arguments):
    global left
    if event in ("import", "open"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
code = main(sys.argv[2:])
if left > 0:
    print("left", left, file=sys.stderr)
sys.exit(code)
"""


def interrupted(study: Path, out: Path, at: int) -> subprocess.CompletedProcess[str]:
    arguments = ["run", str(study), "--out", str(out), "--lang", "en"]
    return subprocess.run(
        [sys.executable, "-c", _COMMAND, str(at), *arguments],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


def assert_cancelled(ended: subprocess.CompletedProcess[str], out: Path) -> None:
    lines = ended.stderr.strip().splitlines()
    assert ended.returncode == 130, ended.stderr
    assert len(lines) == 1 and lines[0].startswith("Cancelled"), ended.stderr
    if lines[0].startswith("Cancelled; nothing was written"):
        assert not out.exists() or not list(out.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="no os.kill with Ctrl+C")
@pytest.mark.parametrize("at", [1, 3, 20, 200, 700, 1_500, 3_000, 4_000])
def test_ctrl_c_is_a_cancel_from_the_first_import_on(study: Path, tmp_path: Path, at: int) -> None:
    assert_cancelled(interrupted(study, tmp_path / "out", at), tmp_path / "out")
