"""The administrative levels of a study."""

from __future__ import annotations

import geopandas as gpd
from shapely.geometry import box

from geo.inputs.areas import build_areas
from geo.study.model import UnitsInput


def test_a_unit_without_a_name_is_called_by_its_id() -> None:
    units = gpd.GeoDataFrame(
        {"id": ["u2", "u1", "u3"], "name": ["", "一号", None]},
        geometry=[box(at, 0, at + 1, 1) for at in range(3)],
        crs="EPSG:4326",
    )
    areas = build_areas(units, UnitsInput(path="units.geojson"))
    assert areas.frame["unit_name"].tolist() == ["一号", "u2", "u3"]
