"""Questions about a study: every answer is what a run of the really changed study finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyproj
import pytest
from pandas.testing import assert_frame_equal

from geo.analysis import Analysis
from geo.base.errors import CancelledError, QuestionError, StudyError
from geo.base.progress import Progress
from geo.coverage.figures.capacity import DEMAND_COLUMNS, SITE_COLUMNS, UNIT_COLUMNS
from geo.pipeline import open_explorer, run
from geo.questions.explorer import Explorer
from geo.study.load import load_study
from layers.export.results import result_names, write_results
from tests.worlds.changed_studies import TABLES, assert_same_tables, rerun
from tests.worlds.hand_study import write_hand_study
from tests.worlds.streets import WUHAN

AT_C, NORTH_ROAD, FAR_OFF = (114.02, 30.0), (114.025, 30.02), (114.0, 30.2)
QUESTIONS = [
    {"limit": 7.0},
    {"limit": 30.0},
    {"added": (AT_C,)},
    {"added": (AT_C, NORTH_ROAD)},
    {"added": (FAR_OFF,)},
    {"closed": ("s1",)},
    {"closed": ("s3",)},
    {"closed": ("s1", "s2")},
    {"added": (AT_C, AT_C), "closed": ("s1",), "limit": 12.5},
    {"moved": {"s1": AT_C}},
    {"moved": {"s2": FAR_OFF, "s3": NORTH_ROAD}},
    {"added": (AT_C,), "closed": ("s1",), "moved": {"s2": NORTH_ROAD}, "limit": 12.5},
]
LAYERS = ["walk", "car_to", "car_from", "parking", "old_rural"]


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hand_study(tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def asked(hand: Path) -> Explorer:
    return open_explorer(load_study(hand))


@pytest.fixture(scope="module")
def changed_run(hand: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Analysis]:
    """`rerun` of a question; each question is run once for all tests, and no test changes it."""
    done: dict[str, Analysis] = {}

    def run_of(key: str, **question: object) -> Analysis:
        named = repr((key, question))
        if named not in done:
            done[named] = rerun(hand, tmp_path_factory.mktemp("changed"), key, **question)  # type: ignore[arg-type]
        return done[named]

    return run_of


@pytest.mark.parametrize("key", LAYERS)
@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_a_question_is_answered_as_by_a_run_of_the_changed_study(
    asked: Explorer, changed_run: Callable[..., Analysis], key: str, question: dict
) -> None:
    found = asked.analysis_with(key, **question, isochrones=True)
    expected = changed_run(key, **question)
    assert_same_tables(found, expected, key)
    assert found.isochrones.drop(columns="geometry").equals(
        expected.isochrones.drop(columns="geometry")
    )
    assert found.isochrones.geometry.to_wkb().equals(expected.isochrones.geometry.to_wkb())


def test_a_layer_without_sites_takes_trial_sites(
    hand: Path, asked: Explorer, tmp_path: Path
) -> None:
    found = asked.analysis_with("nothing", added=(AT_C,))
    assert_same_tables(found, rerun(hand, tmp_path / "c", "nothing", added=(AT_C,)), "nothing")


@pytest.mark.parametrize("before", ["nothing", "a question", "everything"])
def test_the_whole_study_is_what_a_run_finds(hand: Path, before: str) -> None:
    asked = open_explorer(load_study(hand))
    if before == "a question":
        asked.analysis_with("car_to", limit=9.0, added=(AT_C,))
    elif before == "everything":
        asked.prepare()
    found, expected = asked.analysis(), run(load_study(hand))
    for name in (*TABLES, "quality"):
        assert_frame_equal(getattr(found, name), getattr(expected, name), check_exact=True)
    assert repr(found.summary) == repr(expected.summary)
    assert found.isochrones.geometry.to_wkb().equals(expected.isochrones.geometry.to_wkb())
    columns = found.isochrones.columns.drop("geometry")
    assert_frame_equal(found.isochrones[columns], expected.isochrones[columns])


def test_every_file_of_the_whole_study_is_the_run_s_own(hand: Path, tmp_path: Path) -> None:
    study = load_study(hand)
    write_results(open_explorer(study).analysis(), tmp_path / "explorer")
    whole = run(study)
    write_results(whole, tmp_path / "run")
    files = sorted(path.name for path in (tmp_path / "run").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "explorer").iterdir())
    assert set(files) == set(result_names(whole))
    for name in files:
        one, other = ((tmp_path / way / name).read_bytes() for way in ("explorer", "run"))
        if name == "summary.json":
            one, other = map(_without_time, (one, other))
        assert one == other, name


def _without_time(content: bytes) -> object:
    """The summary without the time at which it was written."""
    found = json.loads(content)
    del found["generated_at"]
    return found


def test_the_whole_study_can_be_cancelled_between_layers(hand: Path) -> None:
    asked = open_explorer(load_study(hand))
    progress = Progress(lambda state: progress.cancel() if state.done == 1 else None)
    with pytest.raises(CancelledError):
        asked.analysis(progress)
    assert len(asked.analysis().summary["layers"]) == len(asked.study.layers)


def test_nothing_asked_is_the_study_and_stays_so(
    asked: Explorer, changed_run: Callable[..., Analysis]
) -> None:
    for key in LAYERS:
        asked.analysis_with(key, added=(AT_C,), closed=("s2",))
        asked.depends_on(key, "s1")
        found = asked.analysis_with(key)
        assert_same_tables(found, changed_run(key), key)


def test_the_sites_that_change_are_listed_with_what_happens_to_them(asked: Explorer) -> None:
    change = asked.change("walk", added=(AT_C,), closed=("s1",), moved={"s2": FAR_OFF})
    rows = change.sites[["site_id", "change", "used", "reason"]].to_numpy().tolist()
    assert rows == [
        ["+1", "added", True, ""],
        ["s2", "moved", False, "off_network"],
        ["s1", "closed", True, ""],
    ]
    assert change.sites["name"].tolist()[1:] == ["two", "one"]
    assert change.added["site_id"].tolist() == ["+1"]


def test_a_site_back_at_its_place_changes_nothing(asked: Explorer, hand: Path) -> None:
    found = asked.analysis_with("walk", moved={"s1": (114.0, 30.0)})
    assert_same_tables(found, run(load_study(hand), layers=["walk"]), "walk")
    with pytest.raises(QuestionError, match="site_moved_and_closed"):
        asked.change("walk", closed=("s1",), moved={"s1": AT_C})


def test_the_loss_by_a_closing_counts_the_other_changes_before_and_after(asked: Explorer) -> None:
    alone = asked.depends_on("walk", "s1")
    beside = asked.depends_on("walk", "s1", added=((114.0, 30.0),))
    assert len(alone.lost) and beside.lost.empty
    assert beside.covered_before == beside.covered_after


def test_every_answer_has_an_id_of_its_own(asked: Explorer) -> None:
    asked_for = [{}, *QUESTIONS]
    answers = [asked.analysis_with("walk", **question) for question in asked_for]
    assert len({answer.summary["analysis_id"] for answer in answers}) == len(asked_for)
    assert "what_if" not in answers[0].summary
    assert answers[-1].summary["what_if"] == {
        "layer": "walk",
        "added": (AT_C,),
        "closed": ("s1",),
        "moved": (("s2", *NORTH_ROAD),),
    }
    assert [layer.key for layer in answers[1].study.layers] == ["walk"]
    assert answers[1].study.layers[0].minutes == 7.0


def test_catchments_are_all_that_lacks_without_them(hand: Path) -> None:
    fresh = open_explorer(load_study(hand))
    quick = fresh.analysis_with("walk", limit=8.0, added=(AT_C,), catchments=False)
    whole = fresh.analysis_with("walk", limit=8.0, added=(AT_C,))
    sums = ["demand_within", "demand_alone"]
    assert quick.sites.loc[quick.sites["used"], sums].isna().all(axis=None)
    assert whole.sites[sums].notna().all(axis=None)
    assert quick.demand["sites_within"].isna().all()
    assert whole.demand["sites_within"].notna().all()
    assert "capacity" not in quick.summary["layers"]["walk"]
    assert "capacity" in whole.summary["layers"]["walk"]
    for name in ("gaps", "gap_points"):
        assert_frame_equal(getattr(quick, name), getattr(whole, name))
    lacking = {
        "units": list(UNIT_COLUMNS),
        "sites": [*sums, *SITE_COLUMNS],
        "demand": ["sites_within", *DEMAND_COLUMNS],
    }
    for name, columns in lacking.items():
        mine, full = getattr(quick, name), getattr(whole, name)
        assert_frame_equal(mine.drop(columns=columns), full.drop(columns=columns))
        assert mine[[c for c in columns if c not in sums]].isna().all(axis=None)


def test_isochrones_are_drawn_on_request_and_kept(hand: Path) -> None:
    fresh = open_explorer(load_study(hand))
    assert fresh.analysis_with("walk", limit=8.0).isochrones.empty
    drawn = fresh.analysis_with("walk", limit=8.0, isochrones=True).isochrones
    assert drawn["minutes"].tolist() == [5.0, 8.0]
    assert fresh.analysis_with("walk", limit=8.0).isochrones["minutes"].tolist() == [5.0, 8.0]


@pytest.mark.parametrize("key", LAYERS)
@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_change_says_what_two_runs_differ_in(
    asked: Explorer, changed_run: Callable[..., Analysis], key: str, question: dict
) -> None:
    changed = asked.change(key, **question)
    limit = {name: value for name, value in question.items() if name == "limit"}
    before = changed_run(key, **limit)
    after = changed_run(key, **question)
    for moment, one in (("before", before), ("after", after)):
        figures = one.summary["layers"][key]
        assert changed.demand_total == figures["demand_total"]
        assert getattr(changed, f"covered_{moment}") == figures["demand_covered"]
        np.testing.assert_equal(getattr(changed, f"share_{moment}"), figures["share_by_time"])
        units = changed.units.sort_values(["unit_id", "level"], kind="stable")
        table = one.units.sort_values(["unit_id", "level"], kind="stable")
        assert units["unit_id"].tolist() == table["unit_id"].tolist()
        assert units["demand_total"].tolist() == table["demand_total"].tolist()
        assert units[f"covered_{moment}"].tolist() == table["demand_covered"].tolist()
        np.testing.assert_equal(
            units[f"share_{moment}"].to_numpy(), table["share_by_time"].to_numpy()
        )
    was, now = before.demand.set_index("demand_id"), after.demand.set_index("demand_id")
    for points, ids in (
        (changed.gained, was.index[~was["covered"] & now["covered"]]),
        (changed.lost, was.index[was["covered"] & ~now["covered"]]),
    ):
        assert sorted(points["demand_id"]) == sorted(ids)
        assert points["weight"].is_monotonic_decreasing
        rows = points.set_index("demand_id")
        for moment, run_rows in (("before", was.loc[rows.index]), ("after", now.loc[rows.index])):
            for figure in ("minutes", "metres"):
                np.testing.assert_array_equal(
                    rows[f"{figure}_{moment}"].to_numpy(), run_rows[figure].to_numpy()
                )
            assert rows[f"site_{moment}"].tolist() == run_rows["site_id"].tolist()


def test_a_trial_site_away_from_roads_says_why_it_does_not_count(asked: Explorer) -> None:
    changed = asked.change("walk", added=(AT_C, FAR_OFF))
    added = changed.added.set_index("site_id")
    assert added.index.tolist() == ["+1", "+2"]
    assert added["used"].tolist() == [True, False]
    assert added["reason"].tolist() == ["", "off_network"]
    assert added.loc["+1", "demand_owned"] == 100.0  # C, D and the estate's gate at D
    assert added.loc["+1", "unit_id"] == "u2"
    assert len(changed.gained) and changed.lost.empty


def test_limits_can_be_compared(asked: Explorer) -> None:
    changed = asked.change("walk", limit=5.0, limit_before=15.0)
    assert changed.covered_after < changed.covered_before
    assert changed.gained.empty and len(changed.lost)


def test_trial_sites_never_take_an_id_of_the_study(hand: Path, tmp_path: Path) -> None:
    folder = write_hand_study(tmp_path / "study")
    sites = (folder / "sites.csv").read_text(encoding="utf-8")
    (folder / "sites.csv").write_text(sites + "+1,mine,114.025,30.02,\n", encoding="utf-8")
    changed = open_explorer(load_study(folder)).change("walk", added=(AT_C,), closed=("+1",))
    assert changed.added["site_id"].tolist() == ["++1"]
    assert len(changed.gained) and len(changed.lost)


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"limit": 0.0}, "limit_wrong"),
        ({"limit": float("nan")}, "limit_wrong"),
        ({"limit": float("inf")}, "limit_wrong"),
        ({"limit": 121.0}, "limit_too_long"),
        ({"added": ((114.0, 95.0),)}, "place_wrong"),
        ({"added": ((float("nan"), 30.0),)}, "place_wrong"),
        ({"closed": ("s9",)}, "site_unknown"),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    asked: Explorer, question: dict, code: str
) -> None:
    for ask in (asked.change, asked.analysis_with):
        with pytest.raises(QuestionError) as refused:
            ask("walk", **question)
        assert refused.value.code == code
    with pytest.raises(StudyError):
        asked.change("no such layer", **question)


@pytest.mark.parametrize(
    ("key", "question"),
    [
        ("medical_insurance", {"added": ((114.305, 30.553), (114.27, 30.6)), "closed": ("MI001",)}),
        ("parking", {"limit": 650.0, "added": ((114.305, 30.553),)}),
        ("medical_insurance_ebike", {"closed": ("MI003", "MI010", "MI011"), "limit": 9.0}),
    ],
)
def test_a_real_city_agrees_with_a_run_of_the_changed_study(
    tmp_path: Path, wuhan: Explorer, wuhan_cache: Path, key: str, question: dict
) -> None:
    found = wuhan.analysis_with(key, **question)
    expected = rerun(WUHAN, tmp_path / "changed", key, **question, cache=wuhan_cache)
    assert_same_tables(found, expected, key)


@pytest.fixture(scope="module")
def wuhan_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def wuhan(wuhan_cache: Path) -> Explorer:
    return open_explorer(load_study(WUHAN), cache=wuhan_cache)


def test_from_here_in_a_real_city_the_path_is_as_long_as_it_says(wuhan: Explorer) -> None:
    geod = pyproj.Geod(ellps="WGS84")
    for lon, lat in ((114.30, 30.55), (114.27, 30.60), (114.35, 30.53)):
        for found in wuhan.from_here(lon, lat):
            assert found.walk is not None and found.path is not None and found.along is not None
            assert found.walk.time_ms == found.time_ms
            assert abs(found.walk.metres - found.metres) < 0.001
            assert abs(geod.geometry_length(found.path) - found.metres) < 0.003 * found.metres + 0.5
            assert found.path.coords[0] == (lon, lat)
            assert found.path.coords[-1] == (found.site_lon, found.site_lat)
            shaped = wuhan.inputs.sites[found.layer].set_index("id").loc[found.site_id]
            assert (shaped["lon"], shaped["lat"]) == (found.site_lon, found.site_lat)


def test_from_here_off_every_road(wuhan: Explorer) -> None:
    for found in wuhan.from_here(114.30, 31.5):
        assert found.cause == "data_doubt" and found.time_ms is None and found.path is None
    with pytest.raises(QuestionError):
        wuhan.from_here(30.55, 114.30)


def test_a_site_alone_is_drawn_as_in_the_run_of_every_site(hand: Path, asked: Explorer) -> None:
    every = run(load_study(hand), per_site=True).isochrones
    for key, site_id in (("walk", "s1"), ("walk", "s2"), ("car_to", "s2"), ("parking", "s1")):
        found = asked.site_area(key, site_id)
        expected = every[(every["layer"] == key) & (every["site_id"] == site_id)]
        assert_frame_equal(
            found.drop(columns="geometry"),
            expected.drop(columns="geometry").reset_index(drop=True),
            check_dtype=False,
        )
        assert found.geometry.to_wkb().tolist() == expected.geometry.to_wkb().tolist()
    assert asked.site_area("walk", "s3").empty  # off network
    assert asked.site_area("walk", FAR_OFF).empty
    trial = asked.site_area("walk", (114.0, 30.0), limit=12.0)
    assert trial["minutes"].tolist() == [5.0, 10.0, 12.0]
    assert trial["area_km2"].iat[0] == asked.site_area("walk", "s1")["area_km2"].iat[0]
    with pytest.raises(QuestionError):
        asked.site_area("walk", "s9")


def test_several_threads_get_the_answers_of_one(hand: Path, asked: Explorer) -> None:
    fresh = open_explorer(load_study(hand))
    jobs = [(key, question) for key in LAYERS for question in QUESTIONS]
    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(lambda job: fresh.change(job[0], **job[1]).share_after, jobs * 2))
    expected = [asked.change(key, **question).share_after for key, question in jobs]
    np.testing.assert_equal(shares, expected * 2)
