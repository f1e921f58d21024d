"""Traps that give a false 100 %: found where they are, silent where they are not."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geo.coverage.false_full_coverage import demand_at_sites, units_built_around_sites
from geo.inputs.areas import Areas
from tests.worlds.streets import LAT, LON, areas_of

# Metres per degree at 30° N, rounded down: enough to place points 40 or 60 m away.
EAST_M, NORTH_M = 96_486.0, 110_852.0
Floats = NDArray[np.float64]


def trap(offsets_m: list[float], *, own: list[bool] | None = None, north: bool = False) -> bool:
    """Demand at these distances from the site, each in the site's unit unless told otherwise."""
    away = np.array(offsets_m)
    lon = LON + (0 if north else 1) * away / EAST_M
    lat = LAT + (1 if north else 0) * away / NORTH_M
    unit = np.where(own or [True] * len(away), 3, 4)
    site = (np.array([LON]), np.array([LAT]), np.array([3]))
    return demand_at_sites(lon + 0 * away, lat + 0 * away, unit, *site)


@pytest.mark.parametrize("north", [False, True])
def test_over_a_fifth_within_fifty_metres(north: bool) -> None:
    assert trap([0, 49.5] + [900] * 3, north=north)
    assert not trap([0, 50.5] + [900] * 8, north=north)
    # Exactly 20 % is not over 20 %.
    assert not trap([10] + [900] * 4, north=north)
    assert trap([10, 10] + [900] * 7, north=north)


def test_only_sites_of_the_own_unit_count() -> None:
    assert not trap([10, 10, 900], own=[False, False, True])


def test_demand_and_sites_outside_every_unit_say_nothing() -> None:
    spot, out = np.array([LON]), np.array([-1])
    assert not demand_at_sites(spot, spot, out, spot, spot, out)


def test_several_sites_make_no_point_count_twice() -> None:
    lon, lat = np.array([LON, LON + 1, LON + 2, LON + 3, LON + 4]), np.full(5, LAT)
    site = np.full(3, LON), np.full(3, LAT), np.zeros(3, int)
    assert not demand_at_sites(lon, lat, np.zeros(5, int), *site)


def test_nothing_to_look_at() -> None:
    none, point = np.empty(0), np.array([LON])
    empty = np.empty(0, int)
    assert not demand_at_sites(none, none, empty, point, point, np.zeros(1, int))
    assert not demand_at_sites(point, point, np.zeros(1, int), none, none, empty)


def voronoi(seed: int, count: int = 25) -> tuple[Areas, Floats]:
    """Areas drawn around points, and the points in the order of the areas."""
    rng = np.random.default_rng(seed)
    spots = rng.uniform([LON, LAT], [LON + 0.5, LAT + 0.5], (count, 2))
    frame = shapely.box(LON, LAT, LON + 0.5, LAT + 0.5)
    # The plane the tool looks at is not the degrees' own, so build it there.
    scale = np.array([EAST_M, NORTH_M])
    cells = shapely.voronoi_polygons(shapely.multipoints(spots * scale))
    parts = shapely.get_parts(cells)
    back = [shapely.transform(part, lambda xy: xy / scale) for part in parts]
    owner = [next(i for i, p in enumerate(spots) if c.intersects(shapely.Point(p))) for c in back]
    units = [(f"{i:02}", c.intersection(frame), {}) for i, c in zip(owner, back, strict=True)]
    return areas_of(units), spots


def test_areas_drawn_around_the_sites_are_found_out() -> None:
    areas, spots = voronoi(1)
    assert units_built_around_sites(areas, *spots.T, np.arange(25))


def test_real_looking_areas_are_not() -> None:
    rows = [
        (f"{x}{y}", shapely.box(LON + x / 10, LAT + y / 10, LON + x / 10 + 0.1, LAT + y / 10 + 0.1))
        for x in range(5)
        for y in range(5)
    ]
    areas = areas_of([(i, g, {}) for i, g in rows])
    rng = np.random.default_rng(2)
    inside = areas.frame.geometry.bounds.to_numpy()
    spots = rng.uniform(inside[:, :2], inside[:, 2:])
    assert not units_built_around_sites(areas, *spots.T, np.arange(25))


def test_a_unit_without_a_site_or_few_units_say_nothing() -> None:
    areas, spots = voronoi(3)
    assert not units_built_around_sites(areas, *spots[1:].T, np.arange(1, 25))
    few, spots = voronoi(4, count=9)
    assert not units_built_around_sites(few, *spots.T, np.arange(9))
