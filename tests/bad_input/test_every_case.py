"""Every bad input: the exact lines that a user sees, the counts, and no traceback.

The lines stand in `expected_lines.json`, to be read like the page of a manual. After a change that
is meant, write it again with ``QUARTERHOUR_WRITE_EXPECTED=1 pytest tests/bad_input`` and read the
difference.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.bad_input.bad_reading import CASES, make, read

EXPECTED = Path(__file__).parent / "expected_lines.json"
WRITE = os.environ.get("QUARTERHOUR_WRITE_EXPECTED") == "1"


@pytest.fixture(scope="module")
def expected() -> Any:
    lines = json.loads(EXPECTED.read_text(encoding="utf-8")) if EXPECTED.exists() else {}
    yield lines
    if WRITE:
        kept = {name: lines[name] for name in sorted(CASES) if name in lines}
        text = json.dumps(kept, ensure_ascii=False, indent=1)
        EXPECTED.write_text(text + "\n", encoding="utf-8")


def test_there_are_enough() -> None:
    assert len(CASES) >= 90


@pytest.mark.parametrize("name", sorted(CASES))
def test_case(tmp_path: Path, name: str, expected: dict[str, Any]) -> None:
    make(tmp_path / "study", name)
    shown = read(tmp_path / "study")
    for locale in ("zh-CN", "en"):
        for line in shown[locale]:
            assert len(line.splitlines()) == 1
            assert "Traceback" not in line and "None" not in line
    for role, rows_in, used, set_aside in shown["counts"]:
        assert rows_in == used + set_aside, role
    if WRITE:
        expected[name] = shown
    assert shown == expected.get(name), "see the module's first lines"


def test_no_expectation_without_a_case(expected: dict[str, Any]) -> None:
    assert set(expected) == set(CASES)
