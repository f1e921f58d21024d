"""Units from seats: every place to its nearest seat, inside the parent, marked approximate."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import from_wgs84
from geo.coordinates.local_metres import metres_per_degree
from geo.readers.inputs.areas.voronoi import areas_around_seats, parent_of_seats
from geo.readers.inputs.units import read_units
from geo.study.load import load_study
from tests.worlds.streets import WUHAN, write_geojson

EAST = shapely.box(114.2, 30.0, 114.4, 30.2)
WEST = shapely.box(114.0, 30.0, 114.2, 30.2)
KEYS = 'seats = "seats.csv"\nwithin = "districts.geojson"\nparents = ["county"]\n'


def test_every_place_goes_to_the_nearest_seat() -> None:
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(114.2, 114.4, 25), rng.uniform(30.0, 30.2, 25)
    ring = (
        shapely.Point(114.3, 30.1).buffer(0.09).difference(shapely.Point(114.3, 30.1).buffer(0.02))
    )
    parents = np.array([ring, WEST], dtype=object)
    parent = parent_of_seats(parents, lon, lat)
    held = parent == 0
    assert held.any() and not held.all()
    lon, lat = lon[held], lat[held]
    areas = areas_around_seats(parents, np.zeros(len(lon), np.int64), lon, lat)
    assert shapely.is_valid(areas).all()
    assert shapely.area(areas).sum() == pytest.approx(ring.area, rel=1e-9)
    assert shapely.union_all(areas).symmetric_difference(ring).area < 1e-9
    x, y = rng.uniform(114.21, 114.39, 3000), rng.uniform(30.01, 30.19, 3000)
    inside = shapely.contains_xy(ring, x, y)
    x, y = x[inside], y[inside]
    east, north = metres_per_degree(np.array([30.1]))
    away = np.hypot((x[:, None] - lon) * east, (y[:, None] - lat) * north)
    nearest = away.argmin(axis=1)
    second = np.sort(away, axis=1)
    clear = second[:, 1] - second[:, 0] > 1.0
    assert shapely.contains_xy(areas[nearest[clear]], x[clear], y[clear]).all()


def _study(folder: Path, seats: str, *, keys: str = KEYS):  # type: ignore[no-untyped-def]
    (folder / "seats.csv").write_text(seats, encoding="utf-8")
    districts = [({"county": "West"}, WEST), ({"county": "East"}, EAST)]
    districts.append(({"county": "Empty"}, shapely.box(115.0, 30.0, 115.1, 30.1)))
    write_geojson(folder / "districts.geojson", districts)
    (folder / "study.toml").write_text(
        f'[study]\nname = "t"\n[units]\n{keys}[demand]\npath = "d.csv"\n'
        '[network]\npath = "r.osm"\n[[layers]]\nkey = "a"\nsites = "none"\nminutes = 15\n',
        encoding="utf-8",
    )
    return load_study(folder)


def test_reading_seats(tmp_path: Path) -> None:
    seats = (
        "id,name,lon,lat\n001,A,114.1,30.1\n002,B,114.3,30.05\n003,C,114.3,30.15\n"
        "004,far,113.0,30.1\n005,same,114.1,30.1\n001,twice,114.3,30.1\n"
    )
    study = _study(tmp_path, seats)
    quality = QualityLog()
    units = read_units(study, quality)
    assert units["id"].tolist() == ["001", "002", "003"]
    assert units["parent:county"].tolist() == ["West", "East", "East"]
    assert units.geometry.iloc[0].equals(WEST)
    # Two seats one above the other halve their parent.
    assert units.geometry.iloc[1].area == pytest.approx(EAST.area / 2, rel=1e-9)
    aside = [(row.problem, row.row) for row in quality.rows if row.action == "set_aside"]
    assert sorted(aside) == [("id_twice", 7), ("seat_outside", 5), ("seat_same_place", 6)]
    counts = {c.role: (c.rows_in, c.rows_used, c.rows_set_aside) for c in quality.inputs}
    assert counts == {"units": (6, 3, 3), "within": (3, 3, 0)}
    said = {row.problem: row.value for row in quality.rows if row.action == "kept"}
    assert said == {"units_approximate": "3", "within_without_seat": "1"}


def test_marked_approximate_by_itself(tmp_path: Path) -> None:
    study = _study(tmp_path, "id,lon,lat\n1,114.1,30.1\n")
    text = study.units.approximate
    assert isinstance(text, dict) and set(text) == {"zh-CN", "en"} and "近似" in text["zh-CN"]
    own = _study(tmp_path, "id,lon,lat\n1,114.1,30.1\n", keys=KEYS + 'approximate = "mine"\n')
    assert own.units.approximate == "mine"


def test_datums_of_seats_and_boundary_may_differ(tmp_path: Path) -> None:
    lon, lat = from_wgs84([114.19999], [30.1], "gcj02")
    seats = f"id,lon,lat\n1,{float(lon[0])!r},{float(lat[0])!r}\n"
    keys = KEYS + 'datum = "gcj02"\nwithin_datum = "wgs84"\n'
    units = read_units(_study(tmp_path, seats, keys=keys), QualityLog())
    assert units["parent:county"].tolist() == ["West"]
    assert units.geometry.iloc[0].equals(WEST)


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ('seats = "seats.csv"\n', "units_seats_within"),
        ('within = "districts.geojson"\npath = "u.geojson"\n', "units_seats_within"),
        ("", "units_source"),
        ('seats = "seats.csv"\nwithin = "districts.geojson"\nosm = {}\n', "units_source"),
    ],
)
def test_keys_that_do_not_fit(tmp_path: Path, keys: str, code: str) -> None:
    with pytest.raises(StudyError) as caught:
        _study(tmp_path, "id,lon,lat\n", keys=keys)
    assert caught.value.code == code


def test_no_seat_can_be_used_and_no_such_parent(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        read_units(_study(tmp_path, "id,lon,lat\n1,100.0,30.1\n"), QualityLog())
    assert caught.value.code == "units_empty"
    keys = KEYS.replace("county", "province")
    with pytest.raises(StudyError) as caught:
        read_units(_study(tmp_path, "id,lon,lat\n1,114.1,30.1\n", keys=keys), QualityLog())
    assert caught.value.code == "column_missing"


def test_seats_in_metres_name_their_projection(tmp_path: Path) -> None:
    """The place is then known by the boundary, not by units that need the seats first."""
    with pytest.raises(StudyError) as caught:
        read_units(_study(tmp_path, "id,lon,lat\n1,509639.2,3330986.1\n"), QualityLog())
    assert caught.value.code == "coordinates_metres"
    assert caught.value.params["value"] == "EPSG:4547"


def test_real_offices_of_the_sample() -> None:
    """Around the sample's offices the areas fill the districts and hold one office each."""
    features = json.loads((WUHAN / "units.geojson").read_text(encoding="utf-8"))["features"]
    shapes = np.array([shapely.geometry.shape(f["geometry"]) for f in features], dtype=object)
    names = np.array([f["properties"]["county"] for f in features])
    parents = np.array(
        [shapely.union_all(shapes[names == n]) for n in np.unique(names)], dtype=object
    )
    spots = shapely.point_on_surface(shapes)
    lon, lat = shapely.get_x(spots), shapely.get_y(spots)
    parent = parent_of_seats(parents, lon, lat)
    areas = areas_around_seats(parents, parent, lon, lat)
    assert shapely.contains(areas, spots).all()
    assert shapely.area(areas).sum() == pytest.approx(shapely.area(parents).sum(), rel=1e-9)
