"""Parts: what a part decides is what the whole decides, to the byte."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.analysis import Analysis
from geo.base.errors import CancelledError
from geo.base.progress import Progress
from geo.base.quality_log import QualityLog
from geo.inputs.demand import DemandPoints, build_demand
from geo.parts.division import Division, divide
from geo.parts.files import read_part
from geo.parts.halo import Cutter
from geo.parts.run import _terms, compute_here, run_part
from geo.pipeline import run
from geo.search.seeds import place_sites
from geo.search.site_reach import demand_within
from geo.search.site_union import SiteUnion
from geo.study.load import load_study
from geo.study.model import Study
from tests.worlds.parts_studies import POA, differing, in_parts, poa_study, province_study
from tests.worlds.streets import (
    WUHAN,
    Searched,
    World,
    areas_of,
    demand_rows,
    read,
    search,
    worlds,
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> tuple[Study, Analysis]:
    """A study and what it gives in one piece."""
    study = province_study(tmp_path_factory.mktemp("studies") / "province")
    return study, run(study, cache=cache)


@settings(max_examples=60, deadline=None)
@given(worlds(nodes_at_most=7, streets_at_most=12), st.data())
def test_any_cut_of_any_world_decides_the_same(world: World, data: st.DataObject) -> None:
    """Private ways, one-ways, loops, ties, streets without length, horizons shorter than a way."""
    whole = search(world)
    if whole is None:
        return
    part_of = data.draw(
        st.lists(st.integers(0, 2), min_size=len(world.demand), max_size=len(world.demand))
    )
    cutter = Cutter(whole.network, horizon_ms=world.horizon_ms)
    limit_ms = data.draw(st.integers(0, world.horizon_ms))
    for limit_m in (None, 150.0):
        alone = _listed(whole, limit_ms, limit_m)
        found = set()
        for number in set(part_of):
            which = np.flatnonzero(np.array(part_of) == number)
            found |= _same_in_part(whole, world, cutter, which, limit_ms, limit_m)
        assert found == alone


def _same_in_part(
    whole: Searched,
    world: World,
    cutter: Cutter,
    which: np.ndarray,
    limit_ms: int,
    limit_m: float | None,
) -> set[tuple[int, int]]:
    """Compare times, owners and metres; returns (site rank, demand) within the limit."""
    cut = cutter.cut(whole.demand, which, (whole.seeds,))
    rank = whole.seeds.rank[cut.sites[0]]
    seeds = place_sites(cut.network, cut.positions(whole.sites, rank))
    union = SiteUnion(cut.network, seeds, horizon_ms=world.horizon_ms, near_ms=60_000)
    rows = cut.positions(whole.demand, which)
    _, times = read(cut.network, seeds, union.label, rows, world.horizon_ms)
    np.testing.assert_array_equal(times.time_ms, whole.times.time_ms[which])
    np.testing.assert_array_equal(np.append(rank, -1)[times.rank], whole.times.rank[which])
    np.testing.assert_array_equal(times.metres, whole.times.metres[which])
    part = replace(whole, network=cut.network, demand=rows, seeds=seeds)
    return {(int(rank[s]), int(which[p])) for s, p in _listed(part, limit_ms, limit_m)}


def _listed(found: Searched, limit_ms: int, limit_m: float | None) -> set[tuple[int, int]]:
    count = len(found.demand)
    first, listed = demand_within(
        found.network,
        found.seeds,
        found.demand,
        np.arange(count, dtype=np.int32),
        count,
        limit_ms=limit_ms,
        limit_m=limit_m,
    )
    site = np.repeat(found.seeds.rank, np.diff(first))
    return {(int(s), int(p)) for s, p in zip(site, listed, strict=True)}


def test_units_stay_whole_and_neighbours_together() -> None:
    points, areas = _street_of_units(20)
    parts = divide(points, areas, 4)
    assert [len(part) for part in parts] == [50, 50, 50, 50]
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(200))
    for part in parts:
        units = np.unique(points.unit[part])
        assert len(part) == np.isin(points.unit, units).sum()
        assert units.max() - units.min() == len(units) - 1
    assert len(divide(points, areas, 1)) == 1
    # More parts than units: as many as units.
    assert [len(part) for part in divide(points, areas, 500)] == [10] * 20


def test_demand_outside_goes_with_the_nearest_unit() -> None:
    points, areas = _street_of_units(4, outside=[(114.0355, 30.02), (113.99, 30.0)])
    assert [int(unit) for unit in points.unit[-2:]] == [-1, -1]
    of = {int(p): number for number, part in enumerate(divide(points, areas, 4)) for p in part}
    assert of[40] == of[30]  # the last unit's first point
    assert of[41] == of[0]


def _street_of_units(
    count: int, *, outside: list[tuple[float, float]] | None = None
) -> tuple[DemandPoints, object]:
    areas = areas_of(
        (f"U{i:03d}", shapely.box(114 + i / 100, 30, 114.01 + i / 100, 30.01), {})
        for i in range(count)
    )
    rows = [
        {"id": f"P{i:03d}-{n}", "lon": 114.001 + i / 100 + n / 2000, "lat": 30.005}
        for i in range(count)
        for n in range(10)
    ]
    rows += [{"id": f"Z{n}", "lon": x, "lat": y} for n, (x, y) in enumerate(outside or [])]
    frame = demand_rows(rows)
    return build_demand(frame, areas, QualityLog(), file="demand.csv"), areas


@given(st.lists(st.floats(0, 1e12, allow_subnormal=False), max_size=40), st.data())
def test_sums_of_parts_add_up_exactly(values: list[float], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(values)))
    terms: list[float] = []
    for part in (values[:cut], values[cut:]):
        array = np.array(part, np.float64)
        terms += _terms(array, np.array([0, len(part)]))[1].tolist()
    assert math.fsum(terms) == math.fsum(values)


def test_wuhan_in_twelve_parts(tmp_path: Path, cache: Path) -> None:
    if not WUHAN.is_dir():
        pytest.skip("data/wuhan is missing")
    study = load_study(WUHAN)
    found, report = in_parts(study, 12, tmp_path / "parts", cache)
    assert differing(run(study, cache=cache), found) == []
    assert len(report.sizes) == 12
    assert sum(size.points for size in report.sizes) == report.whole.points == 1455
    # The halo is a part of the city, and a shorter horizon makes it smaller.
    shares = [report.shares(minutes).mean() for minutes in (120.0, 60.0, 30.0)]
    assert 1 > shares[0] > shares[1] > shares[2] > 0


def test_porto_alegre_on_foot_and_by_car_to_and_from(tmp_path: Path, cache: Path) -> None:
    if not POA.is_dir():
        pytest.skip("../shared/data/poa is missing")
    study = poa_study(tmp_path / "poa")
    found, report = in_parts(study, 9, tmp_path / "parts", cache)
    assert differing(run(study, cache=cache), found) == []
    assert len(report.sizes) == 9
    assert {0.0} < set(found.demand["weight"] % 1)


@pytest.mark.parametrize("count", [1, 12])
def test_a_province_with_all_that_roads_can_have(
    province: tuple[Study, Analysis], count: int, tmp_path: Path, cache: Path
) -> None:
    study, whole = province
    found, report = in_parts(study, count, tmp_path / "parts", cache)
    assert differing(whole, found) == []
    assert len(report.sizes) <= count
    # Every cause and an estate of several gates are there, or the test would prove little.
    assert set(whole.demand["cause"]) == {"", "data_doubt", "no_site", "cut_off", "too_far"}
    assert (whole.demand["unit_id"] == "").any()
    assert len(whole.demand[whole.demand["layer"] == "walk_to"]) < 700


def test_computing_a_part_twice_leaves_the_same_files(
    province: tuple[Study, Analysis], tmp_path: Path, cache: Path
) -> None:
    study, _ = province

    def twice(folders, progress):  # type: ignore[no-untyped-def]
        for folder in folders:
            run_part(str(folder))
            first = {p.name: p.read_bytes() for p in (folder.parent / "results").iterdir()}
            cost = run_part(str(folder))
            assert first == {p.name: p.read_bytes() for p in (folder.parent / "results").iterdir()}
            assert {"demand.parquet", "manifest.json"} < {p.name for p in folder.iterdir()}
            yield folder, cost

    in_parts(study, 3, tmp_path / "parts", cache, twice)


def test_results_are_partitioned_geoparquet(
    province: tuple[Study, Analysis], tmp_path: Path, cache: Path
) -> None:
    import geopandas as gpd

    study, _ = province
    found, _ = in_parts(study, 4, tmp_path / "parts", cache)
    files = sorted((tmp_path / "parts" / "results").glob("part-????.parquet"))
    assert [path.name for path in files] == [f"part-{n:04d}.parquet" for n in (1, 2, 3, 4)]
    rows = pd.concat([gpd.read_parquet(path) for path in files], ignore_index=True)
    assert rows.crs == "EPSG:4326" and len(rows) == len(found.demand)
    # Missing is missing: no -1 stands for it.
    assert not (rows["time_ms"] < 0).any() and rows["time_ms"].isna().any()


def test_a_part_of_another_version_is_refused(
    province: tuple[Study, Analysis], tmp_path: Path, cache: Path
) -> None:
    study, _ = province

    def altered(folders, progress):  # type: ignore[no-untyped-def]
        for folder in folders:
            manifest = folder / "manifest.json"
            manifest.write_text(manifest.read_text().replace('"format": [', '"format": [9'))
            read_part(folder)
            yield

    with pytest.raises(RuntimeError, match="cluster_version"):
        run(study, cache=cache, division=Division(3, tmp_path, altered))


def test_cancel_stops_between_parts(
    province: tuple[Study, Analysis], tmp_path: Path, cache: Path
) -> None:
    study, _ = province
    (tmp_path / "parts").mkdir()
    states = []

    def listen(state) -> None:  # type: ignore[no-untyped-def]
        states.append(state)
        if state.stage == "parts" and state.done == 2:
            progress.cancel()

    progress = Progress(listen)
    division = Division(10, tmp_path / "parts", compute_here)
    with pytest.raises(CancelledError):
        run(study, cache=cache, division=division, progress=progress)
    assert states[-1].stage == "parts" and states[-1].total == 10


def _with_codes(folder: Path) -> Study:
    """The province, whose sites carry codes of units that they do not stand in."""
    study = province_study(folder)
    sites = pd.read_csv(folder / "sites.csv")
    sites["unit"] = ["U0000" if n % 3 else "" for n in range(len(sites))]
    sites.to_csv(folder / "sites.csv", index=False)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('path = "sites.csv"', 'path = "sites.csv"\nunit = "unit"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(study.folder)


def test_sites_with_codes_of_units_belong_to_them_in_parts_too(tmp_path: Path, cache: Path) -> None:
    study = _with_codes(tmp_path / "codes")
    whole = run(study, cache=cache)
    found, _ = in_parts(study, 5, tmp_path / "parts", cache)
    assert differing(whole, found) == []
    walk = whole.sites[whole.sites["layer"] == "walk_to"]
    assert (walk["unit_id"] == "U0000").sum() > 30


def test_a_list_of_units_without_areas_is_divided_by_its_codes(tmp_path: Path, cache: Path) -> None:
    folder = tmp_path / "list"
    province_study(folder)
    import geopandas as gpd

    units = gpd.read_file(folder / "units.geojson")
    for name in ("demand.csv", "sites.csv"):
        rows = pd.read_csv(folder / name)
        at = gpd.points_from_xy(rows["lon"], rows["lat"])
        inside = gpd.GeoSeries(at, crs="EPSG:4326").to_frame("geometry").sjoin(units, how="left")
        rows["unit"] = inside["id"][~inside.index.duplicated()].fillna("")
        rows.to_csv(folder / name, index=False)
    units.drop(columns="geometry").to_csv(folder / "units.csv", index=False)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace('path = "units.geojson"', 'path = "units.csv"')
    for name in ("demand.csv", "sites.csv"):
        text = text.replace(f'path = "{name}"', f'path = "{name}"\nunit = "unit"')
    (folder / "study.toml").write_text(text, encoding="utf-8")
    study = load_study(folder)
    whole = run(study, cache=cache)
    assert not whole.has_borders and (whole.demand["unit_id"] == "").any()
    for count in (1, 6):
        found, report = in_parts(study, count, tmp_path / f"parts{count}", cache)
        assert differing(whole, found) == []
        assert len(report.sizes) == count
