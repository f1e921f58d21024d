"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from geo.base.access import guard

# What is proved does not depend on how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# What takes longest, by its seconds (pytest --durations=0), begins first: a long file that begins
# last is run by one process while the others have ended.
_LONGEST_FIRST = (
    "tests/browser/test_walk.py",
    "tests/browser/test_data_in_browser.py",
    "tests/browser/test_lists_in_browser.py",
    "tests/browser/test_start_in_browser.py",
    "tests/browser/test_app.py",
    "tests/browser/test_map_layers.py",
    "tests/browser/",
    "tests/geo/scenarios/test_apply.py",
    "tests/geo/questions/test_explorer.py",
    "tests/app/test_server_runs.py",
    "tests/geo/base/test_cache.py",
    "tests/app/test_coverage_page.py",
    "tests/app/test_data_page.py",
    "tests/geo/parts/test_run.py",
    "tests/geo/readers/guard/",
    "tests/geo/questions/test_trial_sites.py",
    "tests/app/",
    "tests/layers/export/test_interrupted_writes.py",
    "tests/geo/parts/",
    "tests/geo/checks/test_detect_datum.py",
    "tests/geo/rules/",
    "tests/bad_input/test_exploits.py",
    "tests/layers/export/",
    "tests/cli/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files by `_LONGEST_FIRST`; the tests of a file stay together and in their order."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    places = enumerate(_LONGEST_FIRST)
    found = next((rank for rank, place in places if item.nodeid.startswith(place)), None)
    return len(_LONGEST_FIRST) if found is None else found


@pytest.fixture(autouse=True)
def no_guard_of_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages that an earlier test has run in this process have installed their guard."""
    monkeypatch.setattr(guard, "_find", [])
