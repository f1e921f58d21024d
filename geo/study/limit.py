"""The limit of a layer, in minutes of travel or in metres along the network.

This is the one place that tells the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Limit", "whole_ms"]

T = TypeVar("T")


@dataclass(frozen=True)
class Limit:
    """How far is near enough.

    Attributes
    ----------
    value : float
        In `unit`.
    unit : "minutes" or "metres"
        Also the name of the column that the limit is compared with.

    Examples
    --------
    >>> quarter = Limit(15, "minutes")
    >>> quarter.holds(np.array([900_000, 900_001, -1]), np.array([1000.0, 1000.0, np.nan]))
    array([ True, False, False])
    >>> Limit(300, "metres").holds(np.array([1, 1]), np.array([300.0, 300.1]))
    array([ True, False])
    """

    value: float
    unit: Literal["minutes", "metres"]

    @property
    def in_metres(self) -> bool:
        """Whether the limit is one of length."""
        return self.unit == "metres"

    @property
    def ms(self) -> int | None:
        """Whole milliseconds; None for a limit in metres."""
        return None if self.in_metres else whole_ms(self.value)

    @property
    def metres(self) -> float | None:
        """Metres; None for a limit in minutes."""
        return self.value if self.in_metres else None

    def holds(
        self,
        time_ms: NDArray[np.int64],
        metres: NDArray[np.float64],
        *,
        exclusive: bool = False,
    ) -> NDArray[np.bool_]:
        """Whether the limit holds, inclusive; time -1 and metres NaN are within no limit.

        Parameters
        ----------
        time_ms : int64 (n)
            -1 where unreached.
        metres : float64 (n)
            NaN where unreached.
        exclusive : bool
            Whether exactly the limit is too far, for sensitivity.
        """
        reached = time_ms >= 0
        within = np.less if exclusive else np.less_equal
        if self.in_metres:
            return reached & within(metres, self.value)
        return reached & within(time_ms, whole_ms(self.value))

    def with_value(self, value: float) -> Limit:
        """Another limit in the same unit."""
        return replace(self, value=float(value))

    def of(self, minutes: T, metres: T) -> T:
        """Whichever of two values is in the limit's unit."""
        return metres if self.in_metres else minutes


def whole_ms(minutes: float) -> int:
    """Minutes as written, to the thousandth that results are given in, as whole milliseconds.

    In decimal: 4.1 minutes are 246,000 ms, where the float's own product falls just short.

    >>> whole_ms(4.1)
    246000
    """
    return int(Decimal(repr(minutes)) * 1000) * 60
