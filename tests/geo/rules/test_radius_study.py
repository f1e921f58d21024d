"""Rule `radius` in the tiny study: straight lines along a parallel, counted by hand.

At 30.5° N the estates are 480, 864, 1,440 and 2,400 m from the station, and E5, which no road
reaches, about 1,250 m.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyproj
import pytest

from geo.analysis import Analysis
from geo.base.errors import QuestionError, StudyError
from geo.pipeline import open_explorer, run
from geo.search.straight_line import lines_within, nearest_lines
from geo.study.load import load_study
from layers.words.catalogue import LOCALES, words_for
from layers.words.phrases import share_by_time_name, time_basis
from tests.worlds.parts_studies import differing, in_parts
from tests.worlds.tiny_study import write_study

GEOD = pyproj.Geod(ellps="WGS84")


def write(folder: Path, *, metres: float = 1300) -> Path:
    """The study, with a further layer by radius."""
    write_study(folder)
    more = (
        f'\n[[layers]]\nkey = "ring"\npath = "stations.csv"\nrule = "radius"\nmetres = {metres}\n'
    )
    with (folder / "study.toml").open("a", encoding="utf-8") as text:
        text.write(more)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("radius"))


@pytest.fixture(scope="module")
def found(folder: Path) -> Analysis:
    return run(load_study(folder))


def rows(table: pd.DataFrame, index: str) -> pd.DataFrame:
    return table[table["layer"] == "ring"].set_index(index)


def test_the_straight_line_decides(found: Analysis) -> None:
    demand = rows(found.demand, "demand_id")
    assert demand["covered"].tolist() == [True, True, False, False, True]
    assert demand["cause"].tolist() == ["", "", "too_far", "too_far", ""]
    expected = GEOD.inv(114.300, 30.5, 114.306, 30.51)[2]
    assert demand.loc["E5", "metres"] == pytest.approx(expected, abs=1e-6)
    assert demand[["minutes", "time_ms"]].isna().all(axis=None)
    assert demand["sites_within"].tolist() == [1, 1, 0, 0, 1]
    entry = found.summary["layers"]["ring"]
    assert entry["share_by_radius"] == 0.6 and entry["by_cause"] == {"too_far": 2.0}
    assert np.isnan(entry["share_by_time"]) and entry["share_by_presence"] == 0.5
    assert (entry["metres"], entry["sites_used"]) == (1300.0, 1)
    units = rows(found.units, "unit_id")
    assert units.loc["U1", "share_by_radius"] == 1.0 and units.loc["U2", "share_by_radius"] == 0.0
    others = found.units[found.units["layer"] != "ring"]
    assert others["share_by_radius"].isna().all() and units["share_by_time"].isna().all()
    site = rows(found.sites, "site_id").loc["S1"]
    assert site[["demand_within", "demand_owned", "demand_alone"]].tolist() == [3.0, 3.0, 3.0]
    assert bool(site["used"])


def test_the_area_of_a_circle(found: Analysis) -> None:
    (area,) = found.isochrones.loc[found.isochrones["layer"] == "ring", "area_km2"]
    assert area == pytest.approx(np.pi * 1.3**2, rel=1e-4)


def test_the_radius_is_inclusive() -> None:
    at = np.array([114.3]), np.array([30.5])
    east = float(GEOD.fwd(114.3, 30.5, 90, 500.0)[0])
    place = np.array([east]), np.array([float(GEOD.fwd(114.3, 30.5, 90, 500.0)[1])])
    metres = nearest_lines(*place, *at).metres[0]
    assert len(lines_within(*place, *at, metres)[0]) == 1
    assert len(lines_within(*place, *at, np.nextafter(metres, 0))[0]) == 0


def test_pairs_and_nearest_equal_brute_force() -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(114, 114.1, 300), rng.uniform(30, 30.1, 300)
    site_lon, site_lat = rng.uniform(114, 114.1, 25), rng.uniform(30, 30.1, 25)
    site_lon[7], site_lat[7] = site_lon[3], site_lat[3]  # two at one place: the first counts
    all_of = np.array([GEOD.inv(lon, lat, np.full(300, x), np.full(300, y))[2]
                       for x, y in zip(site_lon, site_lat, strict=True)])  # fmt: skip
    near = nearest_lines(lon, lat, site_lon, site_lat)
    assert near.site.tolist() == np.argmin(all_of, axis=0).tolist()
    assert np.array_equal(near.metres, all_of.min(axis=0))
    site, place = lines_within(lon, lat, site_lon, site_lat, 2000.0)
    expected = np.nonzero(all_of <= 2000.0)
    assert site.tolist() == expected[0].tolist() and place.tolist() == expected[1].tolist()


def test_parts_and_explorer_give_the_same(folder: Path, found: Analysis, tmp_path: Path) -> None:
    study = load_study(folder)
    whole, _ = in_parts(study, 2, tmp_path / "parts", None)
    assert differing(found, whole) == []
    explorer = open_explorer(study)
    assert differing(found, explorer.analysis()) == []
    with pytest.raises(QuestionError):
        explorer.change("ring", limit=500)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_radius_has_its_own_name(found: Analysis, locale: str) -> None:
    words = words_for(locale)
    name = share_by_time_name(found.study.layer("ring"), words)
    assert (
        name == {"zh-CN": "1300米服务半径覆盖率", "en": "Share within a radius of 1300 m"}[locale]
    )
    assert {"zh-CN": "直线距离", "en": "straight line"}[locale] in time_basis(found, "ring", words)


def test_no_site_is_told(tmp_path: Path) -> None:
    folder = write(tmp_path)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    head, _, tail = text.rpartition('path = "stations.csv"')
    (folder / "study.toml").write_text(head + 'sites = "none"' + tail, encoding="utf-8")
    entry = run(load_study(folder)).summary["layers"]["ring"]
    assert entry["by_cause"]["no_site"] == 5.0 and entry["share_by_radius"] == 0.0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("metres = 1300", "minutes = 15"), "rule_key_unused"),
        (("metres = 1300", ""), "layer_limit"),
        (("metres = 1300", 'metres = 1300\nprofile = "drive"'), "rule_key_unused"),
    ],
)
def test_a_wrong_radius_is_one_line(change: tuple[str, str], code: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    (folder / "study.toml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        load_study(folder)
    assert caught.value.code == code
