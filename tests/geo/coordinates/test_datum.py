"""Datums: published reference points, exact inverses, the edge of the rectangle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.coordinates.datum import DATUMS, from_wgs84, to_wgs84


def _metres(lon: np.ndarray, lat: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> np.ndarray:
    return np.hypot((lon2 - lon) * 111_320 * np.cos(np.radians(lat)), (lat2 - lat) * 111_320)


# Published test vectors: coordtransform's (Beijing, Tiananmen) and eviltransform's.
@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_published_gcj02(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert np.array(from_wgs84(*wgs, "gcj02")) == pytest.approx(gcj, abs=1e-6)
    assert np.array(to_wgs84(*gcj, "gcj02")) == pytest.approx(wgs, abs=1e-6)


def test_published_bd09() -> None:
    wgs = to_wgs84(116.404, 39.915, "gcj02")
    bd = (116.41036949371029, 39.92133699351021)
    assert np.array(from_wgs84(*wgs, "bd09")) == pytest.approx(bd, abs=1e-9)


@pytest.mark.parametrize("datum", DATUMS)
def test_round_trip_is_exact_inside_china(datum: str) -> None:
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(72.004, 137.8347, 50_000), rng.uniform(0.8293, 55.8271, 50_000)
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert _metres(lon, lat, *back).max() < 1e-6


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@given(lon=st.floats(72.004, 137.8347), lat=st.floats(0.8293, 55.8271))
def test_round_trip_property(datum: str, lon: float, lat: float) -> None:
    x, y = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert abs(x - lon) < 1e-10
    assert abs(y - lat) < 1e-10


def test_outside_the_rectangle_gcj02_shifts_nothing() -> None:
    lon, lat = np.array([-51.2, 8.7, 140.0, 100.0]), np.array([-30.0, 49.4, 35.0, -5.0])
    for convert in (from_wgs84, to_wgs84):
        x, y = convert(lon, lat, "gcj02")
        assert (x == lon).all()
        assert (y == lat).all()


def test_near_the_edge_nothing_is_farther_off_than_the_shift_itself() -> None:
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(137.82, 137.85, 5_000), rng.uniform(30, 45, 5_000)
    x, y = to_wgs84(lon, lat, "gcj02")
    assert np.isfinite(x).all()
    assert _metres(lon, lat, x, y).max() < 1_000


def test_shift_has_the_known_size_and_cgcs2000_none() -> None:
    lon, lat = np.array([114.3]), np.array([30.6])
    assert 300 < _metres(lon, lat, *from_wgs84(lon, lat, "gcj02"))[0] < 800
    assert 800 < _metres(lon, lat, *from_wgs84(lon, lat, "bd09"))[0] < 1_500
    assert from_wgs84(lon, lat, "cgcs2000")[0][0] == 114.3


@pytest.mark.parametrize("datum", DATUMS)
def test_shapes_nan_and_arguments_stay(datum: str) -> None:
    lon = np.array([[114.3, np.nan], [0.0, 114.4]])
    kept = lon.copy()
    x, y = to_wgs84(lon, np.full((2, 2), 30.5), datum)
    assert x.shape == y.shape == (2, 2)
    assert np.isnan(x[0, 1])
    np.testing.assert_array_equal(lon, kept)
    assert to_wgs84(114.3, 30.5, datum)[0].shape == ()
    assert to_wgs84([], [], datum)[0].shape == (0,)


def test_unknown_datum() -> None:
    with pytest.raises(ValueError, match="beijing54"):
        to_wgs84(114.0, 30.0, "beijing54")
