"""Which objects meet a condition, by the cells of their rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from geo.readers.table.row_filter import numbers
from geo.study.condition import And, Column, Comparison, Constant, Node, Not, Operand, Or

__all__ = ["Outcome", "outcome_of"]

Cells = NDArray[np.object_]
Mask = NDArray[np.bool_]

# A day as tables write it, with a time of day or without: 2026-03-04, 2026/3/4, 2026年3月4日.
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::[\d.]+)?)?")


@dataclass(frozen=True)
class Outcome:
    """What a condition says of each object.

    Attributes
    ----------
    met : bool (n)
        False where unknown.
    unknown : bool (n)
        A cell that the condition reads is blank, or cannot be read as what it is compared with.
    unreadable : dict of column to bool (n)
        The cells that are not blank, yet cannot be read as a number or a date.
    """

    met: Mask
    unknown: Mask
    unreadable: dict[str, Mask]


def outcome_of(condition: Node, cells: Mapping[str, Cells]) -> Outcome:
    """Evaluate a condition on the rows of a table.

    Parameters
    ----------
    cells : mapping of column to object (n)
        Text, "" where blank, for all columns that the condition reads.
    """
    evaluation = _Evaluation(cells)
    met = evaluation.of(condition)
    unknown = np.zeros(len(met), np.bool_)
    for column in cells.values():
        unknown |= column == ""
    for bad in evaluation.unreadable.values():
        unknown |= bad
    return Outcome(met & ~unknown, unknown, evaluation.unreadable)


class _Evaluation:
    """Evaluates a condition and collects the cells that cannot be read."""

    def __init__(self, cells: Mapping[str, Cells]) -> None:
        self._cells = cells
        self._count = len(next(iter(cells.values())))
        self._numbers: dict[str, NDArray[np.float64]] = {}
        self._days: dict[str, NDArray[np.float64]] = {}
        self.unreadable: dict[str, Mask] = {}

    def of(self, node: Node) -> Mask:
        """Whether each object meets the condition, where all cells can be read."""
        if isinstance(node, Not):
            return ~self.of(node.part)
        if isinstance(node, And | Or):
            parts = np.stack([self.of(part) for part in node.parts])
            return np.asarray(parts.all(axis=0) if isinstance(node, And) else parts.any(axis=0))
        return self._comparison(node)

    def _comparison(self, node: Comparison) -> Mask:
        if node.operator in ("in", "not in"):
            each = np.stack([self._compared(node.left, "=", value) for value in node.right])
            found: Mask = np.asarray(each.any(axis=0), np.bool_)
            return found if node.operator == "in" else ~found
        return self._compared(node.left, node.operator, node.right[0])

    def _compared(self, left: Operand, operator: str, right: Operand) -> Mask:
        if isinstance(left, Column) and isinstance(right, Column):
            return self._columns(left.name, operator, right.name)
        kind = _kind(left if isinstance(left, Constant) else right)
        both = isinstance(left, Constant) and isinstance(right, Constant)
        if both and _kind(left) != _kind(right):
            return np.full(self._count, operator == "!=")
        return _holds(self._values(left, kind), operator, self._values(right, kind))

    def _columns(self, left: str, operator: str, right: str) -> Mask:
        """Two columns: as numbers or days where both cells are, else as texts."""
        one, other = self._cells[left], self._cells[right]
        found = _holds(one, operator, other)
        for read in (self._days_of, self._numbers_of):
            a, b = read(left), read(right)
            both = np.isfinite(a) & np.isfinite(b)
            found = np.where(both, _holds(a, operator, b), found)
            if both.any():
                # In columns of numbers, a cell that is none cannot be compared.
                self._note(left, ~np.isfinite(a) & np.isfinite(b))
                self._note(right, ~np.isfinite(b) & np.isfinite(a))
        return found

    def _note(self, name: str, bad: Mask) -> None:
        bad = bad & (self._cells[name] != "")
        if bad.any():
            self.unreadable[name] = self.unreadable.get(name, bad) | bad

    def _values(self, operand: Operand, kind: str) -> Cells | NDArray[np.float64]:
        """The values of an operand as numbers, as days (numbers too), or as texts."""
        if isinstance(operand, Constant):
            value = operand.value
            if kind == "day":
                return np.full(self._count, _day(str(value)))
            if kind == "number":
                return np.full(self._count, float(str(value)))
            return np.full(self._count, str(value), dtype=object)
        cells = self._cells[operand.name]
        if kind == "text":
            return cells
        read = self._days_of(operand.name) if kind == "day" else self._numbers_of(operand.name)
        self._note(operand.name, ~np.isfinite(read))
        return read

    def _numbers_of(self, name: str) -> NDArray[np.float64]:
        if name not in self._numbers:
            self._numbers[name] = numbers(self._cells[name])
        return self._numbers[name]

    def _days_of(self, name: str) -> NDArray[np.float64]:
        if name not in self._days:
            self._days[name] = np.array([_day(cell) for cell in self._cells[name]], np.float64)
        return self._days[name]


def _kind(operand: Operand) -> str:
    """As what a constant is compared: a text that is a day counts as one."""
    assert isinstance(operand, Constant)
    if isinstance(operand.value, float):
        return "number"
    return "text" if np.isnan(_day(str(operand.value))) else "day"


def _day(text: str) -> float:
    """The number of a day, NaN for any other text."""
    match = _DAY.fullmatch(text)
    if match is None:
        return float("nan")
    try:
        return float(date(int(match[1]), int(match[2]), int(match[3])).toordinal())
    except ValueError:
        return float("nan")


def _holds(
    left: Cells | NDArray[np.float64], operator: str, right: Cells | NDArray[np.float64]
) -> Mask:
    found = {
        "=": np.equal,
        "!=": np.not_equal,
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
    }[operator](left, right)
    return np.asarray(found, np.bool_)
