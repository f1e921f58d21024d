"""Each row of a sensitivity analysis is the share of a run of a study changed by hand."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo.analysis import Analysis
from geo.base.errors import CancelledError, QuestionError, StudyError
from geo.base.progress import Progress, ProgressState
from geo.network import profiles
from geo.network.profiles import DRIVE_KMH, MOVING_KMH
from geo.pipeline import open_explorer, run
from geo.sensitivity.result import Sensitivity, kept_sensitivity
from geo.sensitivity.share_range import sensitivity
from geo.study.load import load_study
from tests.worlds.sensitivity_studies import (
    write_known_study,
    write_one_road,
    write_random_study,
)
from tests.worlds.streets import GEOD

DRAWS = 2
Edit = Callable[[Path], None]


def _sensitivity(folder: Path, *, draws: int = DRAWS, seed: int = 0) -> Sensitivity:
    return sensitivity(open_explorer(load_study(folder)), draws=draws, seed=seed)


@pytest.fixture(scope="module", params=[1, 2, 3])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("random") / "study"
    return write_random_study(folder, request.param)


@pytest.fixture(scope="module")
def found(world: Path) -> Sensitivity:
    return _sensitivity(world)


def _changed(world: Path, into: Path, *edits: Edit) -> Analysis:
    shutil.copytree(world, into)
    for edit in edits:
        edit(into)
    return run(load_study(into))


def _toml(pattern: str, by: str) -> Edit:
    def edit(folder: Path) -> None:
        path = folder / "study.toml"
        text, count = re.subn(pattern, by, path.read_text(encoding="utf-8"))
        assert count
        path.write_text(text, encoding="utf-8")

    return edit


def _profiles(factor: float) -> str:
    lines = [f"[profiles.{name}]\nkmh = {kmh * factor}" for name, kmh in MOVING_KMH.items()]
    speeds = ", ".join(f"{name} = {kmh * factor}" for name, kmh in DRIVE_KMH.items())
    return "\n".join([*lines, f"[profiles.drive]\nspeeds = {{ {speeds} }}", "[[layers]]\n"])


def _speeds(factor: float) -> Edit:
    """Every speed of the study times a factor: of profiles, caps, roads and overrides."""

    def edit(folder: Path) -> None:
        _once(folder / "study.toml", "[[layers]]\n", _profiles(factor))
        path = folder / "roads.geojson"
        content = json.loads(path.read_text(encoding="utf-8"))
        for feature in content["features"]:
            tags = feature["properties"]
            if tags["maxspeed"]:
                tags["maxspeed"] = str(float(tags["maxspeed"]) * factor)
            if tags["speed_kmh"]:
                tags["speed_kmh"] *= factor
        path.write_text(json.dumps(content), encoding="utf-8")
        _once(folder / "overrides.csv", ",7.5,", f",{7.5 * factor},")

    return edit


def _once(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def _access(factor: float) -> Edit:
    return _toml(r"\[network\]\n", f"[network]\nmax_access_m = {500 * factor}\n")


def _without_overrides(folder: Path) -> None:
    _toml('overrides = "overrides.csv"\n', "")(folder)


def _walking(folder: Path) -> None:
    walk = "".join(f"[profiles.{name}]\nkmh = 5\n" for name in ("walk", "walk_senior"))
    _once(folder / "study.toml", "[[layers]]\n", f"{walk}[[layers]]\n")


def _moved(draw: int) -> Edit:
    """Estates 30 m away, by an own reading of the hash; those of a group go together."""

    def edit(folder: Path) -> None:
        path = folder / "estates.csv"
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        for row in rows:
            group = [r["id"] for r in rows if r["estate"] == row["estate"]]
            name = min(group) if row["estate"] else row["id"]
            head = hashlib.sha256(f"0:{draw}:{name}".encode()).hexdigest()[:16]
            bearing = int(head, 16) / 16**16 * 360
            lon, lat, _ = GEOD.fwd(float(row["lon"]), float(row["lat"]), bearing, 30.0)
            row["lon"], row["lat"] = repr(float(lon)), repr(float(lat))
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    return edit


CHANGES: dict[tuple[str, str], tuple[Edit, ...]] = {
    ("speed", "0.9"): (_speeds(0.9),),
    ("speed", "1.1"): (_speeds(1.1),),
    ("access_limit", "0.6"): (_access(0.6),),
    ("access_limit", "1.6"): (_access(1.6),),
    ("positions", "1"): (_moved(1),),
    ("positions", "2"): (_moved(2),),
    ("roads", "others.geojson"): (
        _without_overrides,
        _toml('path = "roads.geojson"', 'path = "others.geojson"'),
    ),
    ("walk_5kmh", "5"): (_walking,),
}


@pytest.mark.parametrize("change", CHANGES, ids="-".join)
def test_each_row_equals_a_run_of_the_changed_study(
    world: Path, found: Sensitivity, tmp_path: Path, change: tuple[str, str]
) -> None:
    shares = _changed(world, tmp_path / "study", *CHANGES[change]).summary["layers"]
    rows = found.rows[(found.rows["factor"] == change[0]) & (found.rows["setting"] == change[1])]
    expected = ["walk", "metres", "named"] if change[0] == "walk_5kmh" else list(shares)
    assert rows["layer"].tolist() == expected
    for key, share in zip(rows["layer"], rows["share_by_time"], strict=True):
        assert share == shares[key]["share_by_time"], key


def test_longer_legs_equal_a_slower_walk_between_point_and_road(
    world: Path, found: Sensitivity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who does not walk on the road walks beside it at a speed of its own."""
    monkeypatch.setattr(profiles, "OFF_ROAD_KMH", 4.0 / 1.3)
    shares = run(load_study(world), layers=["cycle", "drive"]).summary["layers"]
    rows = found.rows[found.rows["factor"] == "straight_legs"].set_index("layer")["share_by_time"]
    for key, layer in shares.items():
        assert rows[key] == layer["share_by_time"], key


def test_longer_legs_equal_points_that_lie_farther_beside_the_road(tmp_path: Path) -> None:
    """Walkers, too: along one straight road each leg is the distance beside it."""
    draw = np.random.default_rng(11)
    places = [
        (f"E{n:03}", float(along), float(beside))
        for n, (along, beside) in enumerate(draw.uniform((0, -600), (1200, 600), (300, 2)))
    ]
    longer = [(name, along, beside * 1.3) for name, along, beside in places]
    near, far = (
        write_one_road(tmp_path / name, rows, max_access_m=1000)
        for name, rows in (("near", places), ("far", longer))
    )
    rows = _sensitivity(near, draws=1).rows
    (share,) = rows.loc[rows["factor"] == "straight_legs", "share_by_time"]
    fresh, base = (run(load_study(folder)).summary["layers"]["station"] for folder in (far, near))
    assert share == fresh["share_by_time"] < base["share_by_time"]


def test_base_exclusive_and_straight_line(world: Path, found: Sensitivity) -> None:
    study = load_study(world)
    analysis = run(study)
    for key, layer in found.layers.items():
        assert layer.range.share == analysis.summary["layers"][key]["share_by_time"]
        demand = analysis.demand[analysis.demand["layer"] == key]
        limit = study.layer(key).limit
        value = demand["metres"] if limit.in_metres else demand["minutes"]
        shares = layer.rows.set_index("factor")["share_by_time"]
        nearer = demand["weight"][value < limit.value].sum() / demand["weight"].sum()
        assert shares["limit_exclusive"] == round(nearer, 6)
        if key == "drive":  # the speed depends on the road
            assert "straight_line" not in shares
            continue
        kmh = MOVING_KMH[study.layer(key).profile]
        metres = limit.metres or limit.value * kmh / 0.06
        assert shares["straight_line"] == _circles(world, metres, named=key == "named")


def _circles(world: Path, metres: float, *, named: bool) -> float:
    """The share within a distance of a site, by every pair."""
    estates = pd.read_csv(world / "estates.csv", dtype={"id": str}).fillna("")
    sites = pd.read_csv(world / "sites.csv")
    place = np.where(estates["estate"] == "", estates["id"], estates["estate"])
    estates = estates.assign(place=place).sort_values("id")
    estates["unit"] = estates.groupby("place")["unit"].transform("first")
    near = []
    for estate in estates.itertuples():
        of_unit = [not named or estate.unit in str(text).split(";") for text in sites["serves"]]
        some = sites[of_unit]
        here = np.full(len(some), estate.lon), np.full(len(some), estate.lat)
        near.append((GEOD.inv(*here, some["lon"], some["lat"])[2] <= metres).any())
    by_place = estates.assign(near=near).groupby("place")
    points = by_place.agg(near=("near", "max"), people=("people", "first"))
    return float(round(points["people"][points["near"]].sum() / points["people"].sum(), 6))


def test_the_range_and_the_curve_hold_every_variant(found: Sensitivity) -> None:
    for key, layer in found.layers.items():
        inside = layer.rows[layer.rows["in_range"]]
        assert set(layer.rows["factor"][~layer.rows["in_range"]]) <= {"walk_5kmh", "straight_line"}
        shares = [layer.range.share, *inside["share_by_time"]]
        assert (layer.range.low, layer.range.high) == (min(shares), max(shares))
        assert layer.range.low < layer.range.high, key
        main = inside.loc[inside["difference"].abs().idxmax(), "factor"]
        assert layer.range.main_factor == main == layer.bars()[0][0]
        assert (layer.curve.low <= layer.curve.high).all()
        at = np.searchsorted(layer.curve.x, load_limit(key))
        assert (layer.curve.low[at], layer.curve.high[at]) == (layer.range.low, layer.range.high)


def load_limit(key: str) -> float:
    """The limit of a layer of the random study."""
    return {"walk": 6, "metres": 450, "named": 8, "cycle": 3, "drive": 2.5}[key]


def test_draws_reproduce_with_the_seed(world: Path, found: Sensitivity) -> None:
    again, other = _sensitivity(world), _sensitivity(world, seed=7)
    pd.testing.assert_frame_equal(found.rows, again.rows)
    moved = found.rows["factor"] == "positions"
    assert not found.rows[moved].equals(other.rows[moved])
    pd.testing.assert_frame_equal(found.rows[~moved], other.rows[~moved])
    more = _sensitivity(world, draws=3).rows
    kept = more[~((more["factor"] == "positions") & (more["setting"] == "3"))]
    pd.testing.assert_frame_equal(found.rows, kept.reset_index(drop=True))


# -- the study whose range is known by hand -------------------------------------------------------


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_known_study(tmp_path_factory.mktemp("known") / "study")


def test_a_range_known_by_hand(known: Path) -> None:
    layer = _sensitivity(known, draws=4).layers["station"]
    assert layer.range.share == round(5 / 7, 6)
    assert (layer.range.low, layer.range.high) == (round(2 / 7, 6), round(6 / 7, 6))
    assert layer.range.main_factor == "speed"
    of_seven = {
        (row.factor, row.setting): round(row.share_by_time * 7) for row in layer.rows.itertuples()
    }
    drawn = {of_seven.pop(("positions", str(draw))) for draw in range(1, 5)}
    assert drawn == {4, 5}  # E7 stands at the limit
    assert of_seven == {
        ("speed", "0.9"): 2,
        ("speed", "1.1"): 6,
        ("straight_legs", "1.3"): 4,
        ("access_limit", "0.6"): 4,
        ("access_limit", "1.6"): 6,
        ("limit_exclusive", ""): 4,
        ("walk_5kmh", "5"): 6,
        ("straight_line", "1000"): 5,
    }


def test_kept_results_are_shown_at_once(known: Path, tmp_path: Path) -> None:
    study, cache = load_study(known), tmp_path / "cache"
    analysis = run(study)
    assert kept_sensitivity(analysis, cache=cache) is None
    computed = sensitivity(open_explorer(study), cache=cache)
    kept = kept_sensitivity(analysis, cache=cache)
    assert kept is not None and kept.ranges() == computed.ranges()
    assert kept.analysis_id == computed.analysis_id == analysis.summary["analysis_id"]
    pd.testing.assert_frame_equal(kept.rows, computed.rows)
    assert np.array_equal(kept.layers["station"].curve.low, computed.layers["station"].curve.low)
    assert kept_sensitivity(analysis, cache=cache, seed=1) is None
    trial = open_explorer(study).analysis_with("station", added=[(114.0, 30.0)])
    assert kept_sensitivity(trial, cache=cache) is None

    stages: list[ProgressState] = []
    sensitivity(open_explorer(study), cache=cache, progress=Progress(stages.append))
    assert not stages


def test_a_study_without_demand_or_sites_has_a_blank_or_empty_range(
    known: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(known, tmp_path / "study")
    text = (folder / "study.toml").read_text(encoding="utf-8")
    weighed = text.replace('weight_unit = "个"', 'weight = "n"')
    rows = (folder / "estates.csv").read_text(encoding="utf-8").splitlines()
    rows = [rows[0] + ",n", *(row + ",0" for row in rows[1:])]
    (folder / "estates.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "study.toml").write_text(weighed, encoding="utf-8")
    nobody = {"share": None, "low": None, "high": None, "main_factor": None}
    assert _sensitivity(folder).ranges() == {"station": nobody}
    (folder / "study.toml").write_text(
        text.replace('path = "stations.csv"', 'sites = "none"'), encoding="utf-8"
    )
    nothing = {"share": 0.0, "low": 0.0, "high": 0.0, "main_factor": None}
    assert _sensitivity(folder).ranges() == {"station": nothing}


def test_cancel_and_wrong_arguments(known: Path) -> None:
    explorer = open_explorer(load_study(known))
    seen: list[ProgressState] = []

    def listen(state: ProgressState) -> None:
        seen.append(state)
        if state.stage == "sensitivity" and state.done == 3:
            progress.cancel()

    progress = Progress(listen)
    with pytest.raises(CancelledError):
        sensitivity(explorer, progress=progress)
    assert seen[-1].done == 3 and seen[-1].total == 28
    with pytest.raises(QuestionError, match="sensitivity_draws"):
        sensitivity(explorer, draws=-1)
    with pytest.raises(StudyError, match="layer_unknown"):
        sensitivity(explorer, layers=["unknown"])
