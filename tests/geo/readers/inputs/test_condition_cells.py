"""Conditions on cells as people type them: numbers, dates, texts, blanks."""

from __future__ import annotations

import numpy as np
import pytest

from geo.readers.inputs.condition_cells import outcome_of
from geo.study.condition import columns_of, parse

CELLS = {
    "n": ["1", "2.0", "1,234", "", "多", "-3"],
    "m": ["2", "2", "1234", "1", "5", "-2"],
    "t": ["是", "否", "", "是", "x", "是"],
    "d": ["2024-06-30", "2024/7/1", "2024年6月1日", "", "2024-06", "2024-06-30 08:00:00"],
}


@pytest.mark.parametrize(
    ("text", "met", "unknown"),
    [
        ("n >= 2", "011000", "000110"),
        ("not n >= 2", "100001", "000110"),
        ("n in (1, -3)", "100001", "000110"),
        ("n not in (1, -3)", "011000", "000110"),
        ("2 <= n", "011000", "000110"),
        ("t = '是'", "100101", "001000"),
        ("t != '是'", "010010", "001000"),
        ("d <= 2024-06-30", "101001", "000110"),
        ("d > '2024-06-30'", "010000", "000110"),
        ("n = m", "011000", "000110"),
        ("n < m", "100001", "000110"),
        # A blank in any column that is read makes the object unknown, whatever the rest says.
        ("t = '是' or n > 0", "110001", "001110"),
        ("t = '是' and (n > 0 or m > 0)", "100000", "001110"),
    ],
)
def test_outcome(text: str, met: str, unknown: str) -> None:
    condition = parse(text)
    cells = {name: np.array(CELLS[name], dtype=object) for name in columns_of(condition)}
    found = outcome_of(condition, cells)
    assert "".join(map(str, found.met.astype(int))) == met
    assert "".join(map(str, found.unknown.astype(int))) == unknown


def test_cells_that_cannot_be_read_are_named() -> None:
    condition = parse("n > 0 and d < 2025-01-01")
    cells = {name: np.array(CELLS[name], dtype=object) for name in ("n", "d")}
    found = outcome_of(condition, cells).unreadable
    assert np.flatnonzero(found["n"]).tolist() == [4]
    assert np.flatnonzero(found["d"]).tolist() == [4]
