"""HiGHS: linear and mixed-integer models with a start, a time limit and a request to stop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.siting.watch import Watch

__all__ = ["Model", "Outcome", "solved"]


@dataclass(frozen=True)
class Model:
    """Minimise ``cost @ x`` with ``row_low <= rows @ x <= row_high`` and ``low <= x <= high``.

    The rows are in CSR form: row ``r`` holds ``value[first[r]:first[r + 1]]`` at ``index``.
    """

    cost: NDArray[np.float64]
    high: NDArray[np.float64]
    integer: NDArray[np.bool_]
    first: NDArray[np.int64]
    index: NDArray[np.int64]
    value: NDArray[np.float64]
    row_low: NDArray[np.float64]
    row_high: NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """How a model was solved.

    Attributes
    ----------
    status : str
        ``optimal``, ``stopped`` or ``infeasible``.
    x : float64 or None
        The best solution; None where none was found.
    bound : float
        No solution has a lower objective; -inf where nothing is known.
    """

    status: str
    x: NDArray[np.float64] | None
    bound: float


def solved(
    model: Model,
    watch: Watch,
    *,
    start: NDArray[np.float64] | None = None,
    target: float | None = None,
    sign: float = 1.0,
    offset: float = 0.0,
    gap: float = 0.0,
    quiet: bool = False,
) -> Outcome:
    """Solve a mixed-integer model.

    Parameters
    ----------
    start : float64, optional
        A feasible solution.
    target : float, optional
        Stop at a solution that is at least as good.
    sign, offset : float
        What `watch` is told is ``offset + sign × objective``.
    gap : float
        Absolute gap at which the solution counts as optimal.
    quiet : bool
        Do not report: the objective is not that of the problem.
    """
    scale = _scale(model.cost)
    highs = _loaded(model, scale)
    # A relative gap of 0 and a small absolute one: the answer is to be proven, not nearly so.
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", max(1e-6, gap * scale))
    highs.setOptionValue("mip_feasibility_tolerance", 1e-7)
    if target is not None:
        highs.setOptionValue("objective_target", target * scale)
    if start is not None:
        import highspy

        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        highs.setSolution(solution)
    _interruptible(highs, watch, None if quiet else lambda value: offset + sign * value / scale)
    status = _run(highs, watch)
    info = highs.getInfo()
    if status == "infeasible":
        return Outcome(status, None, math.inf)
    x = None
    if info.primal_solution_status == 2:
        x = np.asarray(highs.getSolution().col_value)
    bound = info.mip_dual_bound / scale
    if not math.isfinite(bound) or abs(bound) > 1e29:
        bound = -math.inf
    if status == "optimal" and x is not None and target is None:
        # The solver's own bound may be that of its last node.
        bound = max(bound, float(model.cost @ x) - gap)
    return Outcome(status, x, bound)


def _scale(cost: NDArray[np.float64]) -> float:
    """A factor that brings costs into the range of the solver's absolute tolerances."""
    largest = float(np.abs(cost).max(initial=0.0))
    if largest == 0.0 or 1.0 <= largest <= 1e7:
        return 1.0
    return float(2.0 ** round(math.log2(1000.0 / largest)))


def _loaded(model: Model, scale: float) -> Any:
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(model.cost), len(model.row_low)
    lp.col_cost_ = model.cost * scale
    lp.col_lower_ = np.zeros(len(model.cost))
    lp.col_upper_ = model.high
    lp.row_lower_, lp.row_upper_ = model.row_low, model.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.first.astype(np.int32)
    lp.a_matrix_.index_ = model.index.astype(np.int32)
    lp.a_matrix_.value_ = model.value
    if model.integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in model.integer]
    highs = _quiet_solver()
    highs.passModel(lp)
    return highs


def _quiet_solver() -> Any:
    """A solver that prints nothing, its notice at the start of a process included."""
    import highspy

    class Quiet(highspy.Highs):
        def enableCallbacks(self) -> None:
            self.silent()  # before the first call prints the notice
            super().enableCallbacks()

    return Quiet()


def _interruptible(highs: Any, watch: Watch, as_objective: Any) -> None:
    """Let the solver ask `watch` whether to stop, and report its progress."""

    def ask(event: Any) -> None:
        if as_objective is not None:
            out = event.data_out
            found, bound = (
                as_objective(value) if abs(value) < 1e29 else None
                for value in (out.mip_primal_bound, out.mip_dual_bound)
            )
            watch.report(found, bound)
        if watch.over:
            event.interrupt()

    def ask_only(event: Any) -> None:
        if watch.over:
            event.interrupt()

    highs.cbMipInterrupt += ask
    highs.cbIpmInterrupt += ask_only
    highs.cbSimplexInterrupt += ask_only


def _run(highs: Any, watch: Watch) -> str:
    import highspy

    highs.setOptionValue("time_limit", max(0.01, watch.left_s))
    highs.run()
    states = highspy.HighsModelStatus
    status = highs.getModelStatus()
    if status == states.kNotset:
        # Another user of HiGHS in this process has asked for another number of threads.
        highspy.Highs.resetGlobalScheduler(True)
        highs.run()
        status = highs.getModelStatus()
    if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return "infeasible"
    return "optimal" if status in (states.kOptimal, states.kModelEmpty) else "stopped"
