"""The ledger under kills: 100 rounds with three writers, 40 migrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worlds.ledger_writers import kill_while_migrating, kill_while_writing

pytestmark = pytest.mark.soak


def test_a_hundred_rounds_of_killed_writers(tmp_path: Path) -> None:
    print("acknowledged:", kill_while_writing(tmp_path, rounds=100))


def test_forty_killed_migrations(tmp_path: Path) -> None:
    kill_while_migrating(tmp_path, rounds=40)
