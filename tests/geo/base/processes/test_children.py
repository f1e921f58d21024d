"""Child processes end with their parent."""

from __future__ import annotations

import subprocess
import sys

import pytest

from geo.base.processes.children import start_child
from tests.worlds.streets import ROOT

PARENT = f"""
import os, sys, time; sys.path.insert(0, {str(ROOT)!r})
from geo.base.processes.children import start_child
child = "import sys, time; sys.path.insert(0, {str(ROOT)!r});" \\
    "from geo.base.processes.children import end_with_parent; end_with_parent(int(sys.argv[1]));" \\
    "print(1, flush=True); time.sleep(60)"
process = start_child([sys.executable, "-c", child, str(os.getpid())], stdout=-1)
process.stdout.readline()
print(process.pid, flush=True)
time.sleep(60)
"""


def test_a_child_ends_with_its_parent() -> None:
    psutil = pytest.importorskip("psutil")
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs([child], timeout=10)
    assert not alive or alive[0].status() == psutil.STATUS_ZOMBIE


def test_a_child_of_a_parent_that_has_ended_does_nothing() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r});"
        "from geo.base.processes.children import end_with_parent;"
        "end_with_parent(1 << 22); print('on')"
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("elsewhere the parent is watched")
    process = start_child([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert process.communicate(timeout=60)[0] == b""
