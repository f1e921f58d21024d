"""`at_least` and `delay_minutes`: against brute force, counted by hand, and bad input."""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geo.base.errors import QuestionError, StudyError
from geo.base.progress import Progress
from geo.coverage.layer_run import run_layer
from geo.coverage.tables import sites_searched
from geo.inputs.read import Inputs
from geo.parts.division import Division
from geo.parts.run import compute_here, run_in_parts
from geo.pipeline import open_explorer, run
from geo.questions.siting.question import SitingQuestion, checked_siting
from geo.rules.layer_demand import LayerDemand
from geo.study.load import load_study
from layers.words.catalogue import words_for
from layers.words.layer_sentences import layer_sentence
from tests.geo.rules.test_assigned import OneNetwork
from tests.geo.rules.test_scope import AREAS, Case, cases, network_of, pairs, points_of, sites_of
from tests.worlds.hand_study import STUDY, write_hand_study
from tests.worlds.parts_studies import differing, in_parts
from tests.worlds.streets import positions_of

EXAMPLES = int(os.environ.get("QUARTERHOUR_CHOICE", "25"))
SITES = """id,name,lon,lat,turnout
s1,one,114.0,30.0,2.5
s2,two,114.02,30.0,
s3,three,114.03,30.0,x
"""


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    phases=(Phase.generate,),
)
@given(cases(), st.integers(2, 3), st.booleans(), st.booleans(), st.integers(1, 2))
def test_it_equals_brute_force_whole_and_in_parts(
    case: Case, at_least: int, scoped: bool, delayed: bool, parts: int
) -> None:
    network = network_of(case.world)
    points, order = points_of(case)
    rows = positions_of(network, [case.world.demand[i] for i in order])
    at = positions_of(network, case.world.sites)
    horizon_ms = case.world.horizon_ms
    sites = sites_of(case)
    delays = [float(7_001 * i) for i in range(len(sites))]
    if delayed and "minutes" in case.limit:
        sites["delay_ms"] = delays
    else:
        delayed = False
    layer = case.layer(case.scope if scoped else "any").model_copy(update={"at_least": at_least})

    def searched(layer, sites):  # type: ignore[no-untyped-def]
        return run_layer(layer, network, sites, at, points, rows, AREAS, horizon_ms=horizon_ms)

    one = searched(
        layer.model_copy(update={"at_least": None}), sites.drop(columns="delay_ms", errors="ignore")
    )
    table = pairs(one, points, rows, horizon_ms)
    if delayed:
        table["time_ms"] += [int(delays[int(name[1:])]) for name in table["site_id"]]
        table = table[table["time_ms"] <= horizon_ms]
    run = searched(layer, sites)
    demand, ids = run.demand, points.frame["id"].tolist()
    for row in range(len(demand)):
        mine = table[table["demand_id"] == ids[demand.point[row]]]
        listed = sorted(
            (int(time), int(site[1:]), metres)
            for time, site, metres in zip(
                mine["time_ms"], mine["site_id"], mine["metres"], strict=True
            )
        )
        time, rank, metres = listed[at_least - 1] if len(listed) >= at_least else (-1, -1, math.nan)
        assert (demand.time_ms[row], demand.rank[row]) == (time, rank)
        np.testing.assert_equal(demand.metres[row], metres)
        assert demand.covered[row] == bool(
            layer.limit.holds(np.array([time]), np.array([metres]))[0]
        )

    run, found = sites_searched(run, points, rows, AREAS, horizon_ms=horizon_ms)
    if not layer.limit.in_metres:
        np.testing.assert_array_equal(run.demand.sites_within >= at_least, run.demand.covered)
    with tempfile.TemporaryDirectory() as folder:
        (cut,), (cut_sites,) = run_in_parts(
            [layer],
            Inputs(AREAS, points, {"k": sites}, OneNetwork(network)),  # type: ignore[arg-type]
            lambda layer: rows,
            lambda layer: at,
            division=Division(parts, Path(folder), compute_here),
            horizon_ms=horizon_ms,
            progress=Progress(),
        )
    for column in fields(LayerDemand):
        np.testing.assert_array_equal(
            getattr(cut.demand, column.name), getattr(run.demand, column.name)
        )
    pd.testing.assert_frame_equal(cut_sites, found)


def write(folder: Path, keys: str) -> Path:
    write_hand_study(folder)
    (folder / "sites.csv").write_text(SITES, encoding="utf-8")
    head = STUDY.partition("[[layers]]")[0]
    layer = f'\n[[layers]]\nkey = "k"\npath = "sites.csv"\n{keys}\n'
    (folder / "study.toml").write_text(head + layer, encoding="utf-8")
    return folder


def test_the_second_site_counts(tmp_path: Path) -> None:
    study = load_study(write(tmp_path / "s", "minutes = 25\nat_least = 2"))
    found = run(study)
    demand = found.demand.set_index("demand_id")
    # d1 is 500 m from s1 and 1,500 m from s2: 22.5 minutes; C is 2,000 m from A, 1,000 m from D.
    assert demand.loc["d1", ["site_id", "minutes", "metres"]].tolist()[0] == "s2"
    assert demand.loc["d1", "minutes"] == pytest.approx(22.5, abs=0.05)
    assert demand.loc["d2", "site_id"] == "s3" and demand.loc["d3", "site_id"] == "s2"
    assert demand.loc["d4", "cause"] == "cut_off"
    assert found.summary["layers"]["k"]["at_least"] == 2
    assert (demand["covered"] == (demand["sites_within"] >= 2)).all()
    parts, _ = in_parts(study, 3, tmp_path / "parts", None)
    assert differing(found, parts) == []
    # Closing s2 takes the second site from d1, d2 and d3.
    explorer = open_explorer(study)
    closed = explorer.analysis_with("k", closed=("s2",)).demand.set_index("demand_id")
    assert closed.loc["d2", "site_id"] == "s1" and not closed.loc["d1", "covered"]
    alone = found.sites.set_index("site_id")["demand_alone"]
    assert alone["s2"] >= 100.0
    (way,) = explorer.from_here(114.02, 30.0)
    assert (way.site_id, way.covered) == ("s3", True)
    for locale, text in (("zh-CN", "不少于2个服务点"), ("en", "At least 2 sites")):
        assert text in layer_sentence(found, "k", words_for(locale))
    with pytest.raises(QuestionError) as error:
        checked_siting(study, SitingQuestion("k", "mclp", sites=1), set())
    assert error.value.code == "siting_choice"


def test_a_start_delay_is_part_of_every_time(tmp_path: Path) -> None:
    keys = 'minutes = 10\ndelay_minutes = "turnout"'
    study = load_study(write(tmp_path / "s", keys))
    found = run(study)
    without = run(load_study(write(tmp_path / "w", "minutes = 10")))
    late, soon = (a.demand.set_index("demand_id") for a in (found, without))
    assert late.loc["d1", "time_ms"] == soon.loc["d1", "time_ms"] + 150_000
    assert late.loc["d1", "metres"] == soon.loc["d1", "metres"]
    assert late.loc["d2", "time_ms"] == soon.loc["d2", "time_ms"]
    assert bool(soon.loc["d1", "covered"]) and bool(late.loc["d1", "covered"])
    figures = found.summary["layers"]["k"]
    assert figures["sites_without_delay"] == 2
    findings = found.quality.set_index("problem")
    assert findings.loc["delay_bad", ["row", "field", "value"]].tolist() == [4, "turnout", "x"]
    assert findings.loc["delay_blank", "value"] == "1"
    parts, _ = in_parts(study, 2, tmp_path / "parts", None)
    assert differing(found, parts) == []
    (way,) = open_explorer(study).from_here(114.005, 30.0)
    assert way.minutes == late.loc["d1", "minutes"]


@pytest.mark.parametrize(
    ("keys", "code", "field"),
    [
        ("minutes = 10\nat_least = 0", "value_wrong", "layers[1].at_least"),
        ('minutes = 10\nat_least = "2"', "value_wrong", "layers[1].at_least"),
        ('metres = 300\ndelay_minutes = "turnout"', "delay_in_metres", "layers[1].delay_minutes"),
        ('minutes = 9\ndelay_minutes = "no"', "column_missing", "layers[1].delay_minutes"),
        (
            'minutes = 9\nat_least = 2\ncapacity = "turnout"',
            "choice_with_capacity",
            "layers[1].at_least",
        ),
    ],
)
def test_wrong_keys_are_one_line(keys: str, code: str, field: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError) as error:
        run(load_study(write(tmp_path, keys)))
    assert error.value.code == code and field in error.value.params.values()
    for locale in ("zh-CN", "en"):
        assert all("\n" not in line for line in words_for(locale).error(error.value))
