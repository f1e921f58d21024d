"""Times that the search did not find read `>120` where there is a longer way, and never a dash."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from geo.analysis import Analysis
from layers.words.catalogue import Words
from layers.words.layer_sentences import spread_sentence
from layers.words.travel_texts import change_measure, medians_beyond, quantile_beyond
from tests.worlds.made_analysis import made_analysis


@pytest.fixture(scope="module")
def far() -> Analysis:
    """All demand of the first layer has a way that is longer than the search."""
    found = made_analysis()
    key = found.study.layers[0].key
    mine = found.demand["layer"] == key
    blank = found.demand["time_ms"].astype(float).mask(mine)
    demand = found.demand.assign(time_ms=blank, cause=found.demand["cause"].mask(mine, "too_far"))
    figures = dict(found.summary["layers"][key]) | {"minutes_p50": np.nan, "minutes_p90": np.nan}
    layers = dict(found.summary["layers"]) | {key: figures}
    return replace(found, demand=demand, summary={**found.summary, "layers": layers})


def test_quantiles_need_a_way_for_their_share() -> None:
    rows = pd.DataFrame(
        {
            "weight": [6.0, 4.0],
            "time_ms": [np.nan, np.nan],
            "cause": ["too_far", "data_doubt"],
        }
    )
    assert quantile_beyond(rows, 0.5) and not quantile_beyond(rows, 0.9)
    assert not quantile_beyond(rows.iloc[:0], 0.5)


def test_units_of_every_level(far: Analysis) -> None:
    key, study = far.study.layers[0].key, far.study
    with_demand = set(far.demand.loc[far.demand["layer"] == key, "unit_id"].dropna()) - {""}
    assert medians_beyond(far, key, study.units.level) == with_demand
    for parent in study.units.parents:
        above = far.units[(far.units["layer"] == key) & (far.units["level"] == parent)]
        found = medians_beyond(far, key, parent)
        assert set(above["unit_id"]) <= found


def test_the_report_names_the_longest_time(far: Analysis) -> None:
    key = far.study.layers[0].key
    for locale, word in (("zh-CN", "不可达"), ("en", "not reached")):
        text = spread_sentence(far, key, Words(locale))
        assert text.count(">120") == 2 and word not in text


def test_trial_tables() -> None:
    analysis = made_analysis()
    layer = next(one for one in analysis.study.layers if not one.limit.in_metres)
    point = {"minutes_before": np.nan, "metres_before": np.nan, "cause_before": "too_far"}
    text = change_measure(point, "before", layer, analysis.study, Words("zh-CN"))
    assert text == ">120分钟"
    point["cause_before"] = "data_doubt"
    assert change_measure(point, "before", layer, analysis.study, Words("zh-CN")) == "—"
