"""The share curve counts all demand, whether it is reached or not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.coverage.share_curve import share_curve


def test_the_share_counts_unreached_demand_too() -> None:
    demand = pd.DataFrame({"minutes": [15.0, 5.0, np.nan, 40.0], "weight": [2, 1, 3, 4]})
    curve = share_curve(demand, "minutes")
    assert curve.x.tolist() == [5.0, 15.0, 40.0]
    assert np.allclose(curve.share, [0.1, 0.3, 0.7])
    assert np.allclose(curve.at(np.array([0.0, 5.0, 39.9, 99.0])), [0.0, 0.1, 0.3, 0.7])


def test_without_weight_the_curve_is_flat() -> None:
    demand = pd.DataFrame({"metres": [10.0, np.nan], "weight": [0.0, 0.0]})
    assert share_curve(demand, "metres").at(np.array([0.0, 20.0])).tolist() == [0.0, 0.0]
