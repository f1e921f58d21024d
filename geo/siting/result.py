"""The answer of a siting problem, and the names of the methods."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["METHODS", "Siting", "as_siting", "gap_of"]

METHODS = ("mclp", "lscp", "p-median", "p-center")

# Solvers work in floating point: a relative gap below this is none.
_CLOSED = 1e-7


@dataclass(frozen=True)
class Siting:
    """The chosen sites, and how far from the optimum they can be at most.

    Attributes
    ----------
    chosen : tuple of int
        Columns of the chosen candidates in ascending order, without the existing sites.
    objective : float
        mclp: the weight covered; lscp: number (or cost) of the chosen sites; p-median: the sum of
        weight × time; p-center: the longest time. NaN where the problem is infeasible.
    bound : float
        No choice has a better objective than this. Equals `objective` where that is optimal.
    status : str
        ``optimal`` (proven), ``gap`` (stopped before the proof) or ``infeasible``.
    seconds : float
        Time taken.
    closed : tuple of int
        Existing columns that close, where sites may move.
    """

    chosen: tuple[int, ...]
    objective: float
    bound: float
    status: str
    seconds: float
    closed: tuple[int, ...] = ()

    @property
    def proven_gap(self) -> float:
        """How much better the optimum can be at most, relative to the objective; NaN if unknown."""
        return gap_of(self.objective, self.bound)


def gap_of(objective: float, bound: float) -> float:
    """Relative distance of an objective from its bound."""
    difference = abs(objective - bound)
    if difference == 0.0:
        return 0.0
    return difference / abs(objective) if objective else math.inf


def as_siting(
    chosen: list[int],
    objective: float,
    bound: float,
    seconds: float,
    *,
    highest: bool,
    closed: list[int],
) -> Siting:
    """The answer with its status; the bound is cut to the objective where no gap is left.

    Parameters
    ----------
    highest : bool
        Whether a higher objective is better.
    """
    bound = max(bound, objective) if highest else min(bound, objective)
    proven = abs(bound - objective) <= _CLOSED * max(1e-9, abs(objective))
    if proven:
        bound = objective
    status = "optimal" if proven else "gap"
    return Siting(tuple(chosen), objective, bound, status, seconds, tuple(closed))
