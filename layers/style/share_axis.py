"""The axis of shares of a chart whose scale follows its figures, and the colours of its bars."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["HIGHER", "LOWER", "RANGE", "share_axis", "tick_text"]

# Okabe and Ito's orange and blue; their greys differ in print.
LOWER, HIGHER = "#d55e00", "#0072b2"
# The area from the lowest to the highest share.
RANGE = "#eef3f7"
_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)


def share_axis(values: Sequence[float]) -> tuple[float, float, float]:
    """First and last tick of an axis that holds some shares (0-1), and the distance of ticks.

    >>> share_axis([0.153, 0.182, 0.214])
    (0.14, 0.22, 0.02)
    """
    span = max(values) - min(values)
    step = next((step for step in _STEPS if span / step <= 5), _STEPS[-1])
    low = math.floor(min(values) / step + 1e-9) * step
    high = max(math.ceil(max(values) / step - 1e-9) * step, low + step)
    return round(low, 6), round(high, 6), step


def tick_text(value: float, step: float) -> str:
    """A tick in per cent, with a decimal where the steps are small."""
    return f"{value * 100:.{0 if step >= 0.01 else 1}f}%"
