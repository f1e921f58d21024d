"""What is in memory when the server is ready is left out of later collections."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own: what is frozen stays frozen.
_SCRIPT = """
import gc
from app_pages.web.memory import set_up_collection, settle_memory
set_up_collection()
kept = [[] for _ in range(1000)]
settle_memory()
assert gc.get_threshold()[0] > 700
assert gc.get_freeze_count() >= 1000
assert not any(one is kept for one in gc.get_objects())
later = []
assert any(one is later for one in gc.get_objects())
"""


def test_objects_of_before_are_not_looked_through_again() -> None:
    subprocess.run([sys.executable, "-c", _SCRIPT], check=True)
