"""curve.csv: what each number of sites could cover at most, each number solved alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.base.exact import exact_sum, share_of
from geo.base.progress import Progress
from geo.questions.siting.session import SitingSession
from geo.siting.coverage_sets import covered_points
from geo.siting.methods import solve
from geo.siting.watch import Watch

__all__ = ["curve_table"]


def curve_table(
    session: SitingSession, most: int, new_watch: Callable[[], Watch], progress: Progress
) -> pd.DataFrame:
    """The rows of curve.csv.

    Parameters
    ----------
    most : int
        Each number of sites from 1 to this one.
    new_watch : callable
        Gives the watch of each number.

    Returns
    -------
    pd.DataFrame
        sites, covered, share (0-1), proven_gap.
    """
    problem = session.problem
    method = "mclp" if problem.method == "lscp" else problem.method
    weight = session.run.demand.weight
    total = exact_sum(weight)
    rows = []
    for number in range(1, most + 1):
        one = replace(problem, method=method, sites=number, target=None)
        found = solve(one, new_watch())
        progress.step()
        if found.status == "infeasible" or math.isnan(found.objective):
            continue
        old = np.setdiff1d(np.arange(len(session.places.existing)), found.closed)
        opened = np.union1d(old, np.array(found.chosen, np.int64)).astype(np.int64)
        covered = exact_sum(
            weight[covered_points(session.pairs, opened, session.question.at_least)]
        )
        rows.append(
            {
                "sites": number,
                "covered": covered,
                "share": round(share_of(covered, total), 6),
                "proven_gap": round(found.proven_gap, 6),
            }
        )
    return pd.DataFrame(rows, columns=["sites", "covered", "share", "proven_gap"])
