"""How demand and supply weigh less with distance: the key `decay` of a layer."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

__all__ = ["Decay", "DecayKey"]

# Steps are pairs of the end of a zone, in the unit of the limit, and its weight.
Decay = Literal["none", "gaussian"] | tuple[tuple[float, float], ...]

_NAMES = ("none", "gaussian")


def _checked(value: Any) -> Any:
    """The value as a name or as steps; the ends of steps ascend, weights are from 0 to 1."""
    if value is None or (isinstance(value, str) and value in _NAMES):
        return value
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("decay_wrong")
    steps = []
    for step in value:
        if not isinstance(step, list | tuple) or len(step) != 2:
            raise ValueError("decay_wrong")
        if any(isinstance(x, bool) or not isinstance(x, int | float) for x in step):
            raise ValueError("decay_wrong")
        steps.append((float(step[0]), float(step[1])))
    before = 0.0
    for end, weight in steps:
        if not (math.isfinite(end) and end > before and 0.0 <= weight <= 1.0):
            raise ValueError("decay_wrong")
        before = end
    return tuple(steps)


DecayKey = Annotated[Decay, BeforeValidator(_checked)]
