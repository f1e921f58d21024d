"""A siting question on a study: the travel of its candidates, and its solution."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.errors import CancelledError, QuestionError
from geo.base.exact import exact_sum, share_of
from geo.base.progress import Progress
from geo.network.positions import Positions
from geo.questions.explorer import Explorer
from geo.questions.question import check_tried
from geo.questions.siting.question import (
    SitingQuestion,
    checked_siting,
    covering,
    places_of,
    problem_of,
    times_within,
)
from geo.search.seeds import place_sites
from geo.search.times import reachable_positions
from geo.siting.candidates import Candidates
from geo.siting.coverage_sets import covered_points
from geo.siting.methods import solve
from geo.siting.problem import Problem
from geo.siting.result import Siting
from geo.siting.watch import Watch

__all__ = ["SitingSession"]

_MS_PER_MINUTE = 60_000.0


class SitingSession:
    """The travel of all columns of one question, computed once; answers it for any number of sites.

    Parameters
    ----------
    explorer : Explorer
        Of the study with the weights of the question.
    question : SitingQuestion
    candidates : Candidates

    Raises
    ------
    QuestionError
        See `checked_siting` and `problem_of`.
    """

    def __init__(
        self,
        explorer: Explorer,
        question: SitingQuestion,
        candidates: Candidates,
        progress: Progress | None = None,
    ) -> None:
        progress = progress or Progress()
        self.explorer = explorer
        key = question.layer
        check_tried(explorer.study.layer(key))
        run, rows = explorer.layer_state(key)
        known = set(run.sites["id"].tolist())
        self.question = checked_siting(explorer.study, question, known)
        frame = _with_new_ids(candidates.frame, known)
        candidates = replace(candidates, frame=frame)
        positions = explorer.positions(
            key, frame["lon"].to_numpy(float), frame["lat"].to_numpy(float)
        )
        areas, points = explorer.inputs.areas, explorer.inputs.points
        self.run, self.rows = run, rows
        self.places = places_of(run, self.question, candidates, positions, areas)
        progress.stage("siting_travel")
        self.pairs = covering(run, self.places, points, rows)
        self._time: NDArray[np.float64] | None = None
        self.reasons = self._reasons()
        if not self.question.covers:
            # Points that nothing reaches are named and count nowhere.
            _ = self.time
        self.weight = np.where(self.reasons == "", run.demand.weight, 0.0)
        self.problem = problem_of(
            self.question,
            self.places,
            run.demand.weight if self.question.covers else self.weight,
            pairs=self.pairs if self.question.covers else None,
            time=None if self.question.covers else self.time,
        )

    @property
    def time(self) -> NDArray[np.float64]:
        """Milliseconds (demand, columns), at most the access limit."""
        if self._time is None:
            assert self.question.access_minutes is not None
            self._time = times_within(
                self.run,
                self.places,
                self.explorer.inputs.points,
                self.rows,
                self.question.access_minutes,
            )
        return self._time

    def _usable(self) -> NDArray[np.int64]:
        """Columns that may be open."""
        forbidden = self.places.candidates.frame["status"].to_numpy(dtype=object) == "forbidden"
        return np.concatenate([np.arange(len(self.places.existing)), self.places.new[~forbidden]])

    def _reasons(self) -> NDArray[np.object_]:
        """Why nothing can reach each point, "" where something can, object (demand)."""
        demand, usable = self.run.demand, self._usable()
        if self.question.covers:
            reached = covered_points(self.pairs, usable, self.question.at_least)
        else:
            cap = float(self.question.access_minutes or 0) * _MS_PER_MINUTE
            reached = (self.time[:, usable] < cap).any(axis=1) | covered_points(
                self.pairs, usable, 1
            )
        reasons = np.full(len(demand), "", dtype=object)
        lost = np.flatnonzero(~reached)
        if not len(lost):
            return reasons
        at = self.places.positions
        seeds = place_sites(
            self.run.network,
            Positions(at.edge[usable], at.fraction[usable], at.access_m[usable]),
        )
        paths = reachable_positions(self.run.network, seeds, self.rows)
        joined = np.zeros(len(self.explorer.inputs.points), np.bool_)
        point_of_row = self.explorer.inputs.points.point_of_row
        np.logical_or.at(joined, point_of_row, paths)
        on = np.zeros(len(joined), np.bool_)
        np.logical_or.at(on, point_of_row, self.rows.on_network)
        point = demand.point[lost]
        reasons[lost] = np.where(
            ~on[point], "off_network", np.where(~joined[point], "no_path", "too_far")
        )
        return reasons

    @property
    def unreachable(self) -> pd.DataFrame:
        """unreachable.csv: points that no choice reaches, by id."""
        demand = self.run.demand
        at = np.flatnonzero(self.reasons != "")
        ids = self.explorer.inputs.points.frame["id"].to_numpy(dtype=object)
        return pd.DataFrame(
            {
                "demand_id": ids[demand.point[at]],
                "weight": demand.weight[at],
                "reason": self.reasons[at],
                "lon": demand.lon[at],
                "lat": demand.lat[at],
            }
        )

    @property
    def coverable(self) -> float:
        """Share of all demand that can be covered at most, 0-1."""
        weight = self.run.demand.weight
        reached = covered_points(self.pairs, self._usable(), self.question.at_least)
        return share_of(exact_sum(weight[reached]), exact_sum(weight))

    def solved(self, watch: Watch, problem: Problem | None = None) -> Siting:
        """Solve the question.

        Raises
        ------
        CancelledError
            Stopped before any choice was found.
        QuestionError
            ``siting_target`` (with the share that can be reached) or ``siting_infeasible``.
        """
        problem = problem or self.problem
        found = solve(problem, watch)
        if found.status == "infeasible":
            self._refuse(problem, watch)
        if not found.chosen and math.isnan(found.objective):
            if watch.stopped:
                raise CancelledError()
            raise QuestionError("siting_no_choice", seconds=f"{found.seconds:.0f}")
        return found

    def _refuse(self, problem: Problem, watch: Watch) -> None:
        if problem.method == "lscp" and problem.target is not None:
            most = replace(problem, method="mclp", target=None)
            total = exact_sum(problem.weight)
            best = solve(most, Watch(max(5.0, watch.left_s)))
            share = share_of(best.objective, total) if best.status != "infeasible" else 0.0
            # Rounded down: the share that is named must be reachable.
            named = math.floor(share * 10_000 + 1e-9) / 100
            raise QuestionError(
                "siting_target", target=f"{problem.target * 100:g}", reachable=f"{named:.2f}"
            )
        raise QuestionError("siting_infeasible")


def _with_new_ids(frame: pd.DataFrame, taken: set[str]) -> pd.DataFrame:
    """Candidates whose id an existing site has get a plus sign in front."""
    ids = []
    used = taken | set(frame["id"].tolist())
    for name in frame["id"].tolist():
        new = name
        if name in taken:
            new = "+" + name
            while new in used:
                new = "+" + new
            used.add(new)
        ids.append(new)
    order = np.argsort(np.array(ids, dtype=object), kind="stable")
    return frame.assign(id=ids).iloc[order].reset_index(drop=True)
