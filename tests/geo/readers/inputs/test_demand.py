"""Demand points, sites and units: what is used, what is set aside, what is counted."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import from_wgs84, to_wgs84
from geo.readers.inputs.demand import read_demand
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.study.load import load_study
from geo.study.model import Study

LAYER = '[[layers]]\nkey = "care"\npath = "sites.csv"\nminutes = 15\n'


def _study(
    folder: Path,
    *,
    demand: str = "",
    demand_csv: str = "id,name,lon,lat\na,A,114.3,30.5\n",
    sites_csv: str = "id,name,lon,lat\ns,S,114.3,30.5\n",
    layers: str = LAYER,
    units: str = "",
    units_geojson: dict | None = None,
    network: str = 'path = "roads.osm"\n',
) -> Study:
    (folder / "demand.csv").write_text(demand_csv, encoding="utf-8")
    (folder / "sites.csv").write_text(sites_csv, encoding="utf-8")
    (folder / "units.geojson").write_text(json.dumps(units_geojson or {}), encoding="utf-8")
    demand = demand if "path" in demand else f'path = "demand.csv"\n{demand}'
    text = f'[study]\nname = "t"\n[units]\npath = "units.geojson"\n{units}\n'
    text += f"[demand]\n{demand}\n[network]\n{network}\n{layers}"
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder)


def _problems(quality: QualityLog) -> list[tuple[str, int | None]]:
    return [(row.problem, row.row) for row in quality.rows if row.action == "set_aside"]


def _balanced(quality: QualityLog) -> None:
    for item in quality.inputs:
        assert item.rows_in == item.rows_used + item.rows_set_aside


def test_demand_rows_are_set_aside_one_by_one(tmp_path: Path) -> None:
    rows = [
        "ok,甲,114.3,30.5,10",
        "t,T,abc,30.5,1",
        "m,M,,30.5,1",
        "n,N,nan,30.5,1",
        "i,I,inf,30.5,1",
        "r,R,30.5,114.3,1",
        "z,Z,0,0,1",
        ",E,114.3,30.5,1",
        "ok,twice,114.3,30.5,1",
        "w1,W,114.3,30.5,",
        "w2,W,114.3,30.5,-1",
        "w3,W,114.3,30.5,inf",
        "w4,W,114.3,30.5,many",
        "w5,W,114.3,30.5,1_000",
        "zero,W, 114.4 ,30.6,0",
        "m,later row of an id whose first one was unusable,114.3,30.5,1",
        "ragged,x",
    ]
    csv = "id,name,lon,lat,pop\n" + "\n".join(rows) + "\n"
    quality = QualityLog()
    frame = read_demand(_study(tmp_path, demand='weight = "pop"', demand_csv=csv), quality)
    assert frame["id"].tolist() == ["ok", "zero", "m"]
    assert frame["row"].tolist() == [2, 16, 17]
    assert frame["weight"].tolist() == [10.0, 0.0, 1.0]
    assert frame.index.tolist() == [0, 1, 2]
    assert sorted(_problems(quality), key=lambda item: item[1] or 0) == [
        ("coordinate_bad", 3),
        ("coordinate_missing", 4),
        ("coordinate_bad", 5),
        ("coordinate_bad", 6),
        ("coordinate_range", 7),
        ("coordinate_zero", 8),
        ("id_empty", 9),
        ("id_twice", 10),
        ("weight_missing", 11),
        ("weight_negative", 12),
        ("weight_bad", 13),
        ("weight_bad", 14),
        ("weight_bad", 15),
        ("row_ragged", 18),
    ]
    item = quality.inputs[0]
    assert (item.role, item.rows_in, item.rows_used) == ("demand", 17, 3)
    assert item.sha256 == hashlib.sha256((tmp_path / "demand.csv").read_bytes()).hexdigest()
    _balanced(quality)


def test_demand_columns(tmp_path: Path) -> None:
    csv = "id,lon,lat,pop,old,estate,kind\na,114.3,30.5,10,3,e1,城\nb,114.3,30.5,5,,e1,\n"
    demand = (
        'weight = "pop"\nbands = { "60+" = "old" }\ngroup = "estate"\nclass = "kind"\n'
        'datum = "gcj02"\n'
    )
    layers = LAYER + 'demand = "60+"\nonly = { kind = ["城", "乡"] }\n'
    quality = QualityLog()
    study = _study(tmp_path, demand=demand, demand_csv=csv, layers=layers)
    frame = read_demand(study, quality)
    assert frame["id"].tolist() == ["a"]  # b has no weight in the band
    first = frame.iloc[0]
    assert (first["name"], first["group"], first["class"], first["col:kind"]) == ("", "e1", *"城城")
    assert (first["weight"], first["band:60+"]) == (10.0, 3.0)
    lon, lat = to_wgs84(114.3, 30.5, "gcj02")
    assert (first["lon"], first["lat"]) == (float(lon), float(lat))
    unknown = [row for row in quality.rows if row.problem == "only_value_unknown"]
    assert [(row.field, row.value) for row in unknown] == [("layers[1].only.kind", "乡")]


def test_demand_without_ids_and_without_weights(tmp_path: Path) -> None:
    quality = QualityLog()
    frame = read_demand(_study(tmp_path, demand_csv="lon;lat\n114.3;30.5\n114.4;30.6\n"), quality)
    assert frame["id"].tolist() == ["2", "3"]
    assert frame["weight"].tolist() == [1.0, 1.0]
    assert frame["name"].tolist() == frame["group"].tolist() == frame["class"].tolist() == ["", ""]
    assert [row.problem for row in quality.rows] == ["id_from_row"]


def test_every_absent_column_is_named_at_once(tmp_path: Path) -> None:
    study = _study(
        tmp_path,
        demand='id = "code"\nlon = "x"\nweight = "populaton"\n',
        demand_csv="id,lon,lat,population\na,114.3,30.5,1\n",
        layers=LAYER + 'only = { kind = ["a"] }\n',
    )
    with pytest.raises(StudyError) as caught:
        read_demand(study, QualityLog())
    found = [caught.value, *caught.value.others]
    assert {error.code for error in found} == {"column_missing"}
    fields = {error.params["field"]: error.params["nearest"] for error in found}
    assert set(fields) == {"demand.id", "demand.lon", "demand.weight", "layers[1].only.kind"}
    assert fields["demand.weight"].startswith("population")


def test_demand_from_features(tmp_path: Path) -> None:
    square = shapely.box(114.30, 30.50, 114.32, 30.52)
    features = [
        {"type": "Feature", "properties": {"id": i}, "geometry": geometry}
        for i, geometry in enumerate(
            [
                {"type": "Point", "coordinates": [114.3, 30.5]},
                shapely.geometry.mapping(square),
                None,
            ]
        )
    ]
    path = tmp_path / "d.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    quality = QualityLog()
    frame = read_demand(_study(tmp_path, demand='path = "d.geojson"'), quality)
    assert frame["row"].tolist() == [1, 2]
    assert square.contains(shapely.Point(frame.loc[1, "lon"], frame.loc[1, "lat"]))
    problems = [(row.problem, row.row, row.action) for row in quality.rows]
    assert problems == [
        ("geometry_missing", 3, "set_aside"),
        ("representative_point", 2, "repaired"),
    ]
    _balanced(quality)


def test_demand_empty_and_layer_empty(tmp_path: Path) -> None:
    study = _study(tmp_path, demand_csv="id,lon,lat\na,x,y\n", sites_csv="id,lon,lat\n")
    for code, read in (
        ("demand_empty", lambda quality: read_demand(study, quality)),
        ("layer_empty", lambda quality: read_sites(study, study.layers[0], quality)),
    ):
        quality = QualityLog()
        with pytest.raises(StudyError) as caught:
            read(quality)
        assert caught.value.code == code
        _balanced(quality)


def test_sites(tmp_path: Path) -> None:
    csv = "id,name,lon,lat,seats\n9,九,114.3,30.5,12\n10,十,114.4,30.5,\n11,x,114.5,30.5,lots\n"
    csv += "12,x,114.5,30.5,-1\n"
    quality = QualityLog()
    study = _study(tmp_path, sites_csv=csv, layers=LAYER + 'capacity = "seats"\n')
    frame = read_sites(study, study.layers[0], quality)
    assert frame.columns.tolist() == ["id", "name", "lon", "lat", "row", "capacity"]
    assert frame["id"].tolist() == ["9", "10", "11", "12"]
    np.testing.assert_array_equal(frame["capacity"], [12, np.nan, np.nan, np.nan])
    assert [(row.problem, row.row) for row in quality.rows] == [
        ("capacity_bad", 4),
        ("capacity_bad", 5),
    ]
    assert quality.inputs[0].role == "layer:care"


def test_a_layer_without_sites(tmp_path: Path) -> None:
    study = _study(tmp_path, layers='[[layers]]\nkey = "new"\nsites = "none"\nminutes = 15\n')
    quality = QualityLog()
    frame = read_sites(study, study.layers[0], quality)
    assert len(frame) == 0
    assert frame.columns.tolist() == ["id", "name", "lon", "lat", "row", "capacity"]
    assert frame["lon"].dtype == np.float64
    assert quality.inputs == []


OSM = """<osm version="0.6">
<node id="1" lat="30.5" lon="114.3"><tag k="amenity" v="parking"/><tag k="name" v="甲"/>
<tag k="capacity" v="20"/></node>
<node id="2" lat="30.50" lon="114.30"/><node id="3" lat="30.50" lon="114.31"/>
<node id="4" lat="30.51" lon="114.31"/><node id="5" lat="30.51" lon="114.30"/>
<node id="6" lat="30.5" lon="114.3"><tag k="amenity" v="bank"/></node>
<way id="7"><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="5"/><nd ref="2"/>
<tag k="amenity" v="parking"/></way>
<way id="8"><nd ref="2"/><nd ref="3"/><tag k="parking" v="lane"/></way>
<way id="9"><nd ref="98"/><nd ref="99"/><tag k="amenity" v="parking"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><nd ref="4"/></way>
<way id="12"><nd ref="4"/><nd ref="5"/><nd ref="2"/></way>
<relation id="10"><member type="way" ref="11" role="outer"/><member type="way" ref="12"
 role="outer"/><tag k="type" v="multipolygon"/><tag k="amenity" v="parking"/></relation>
<relation id="13"><member type="way" ref="11" role="outer"/><tag k="type" v="multipolygon"/>
<tag k="amenity" v="parking"/></relation>
</osm>"""


def test_sites_from_osm_tags(tmp_path: Path) -> None:
    (tmp_path / "roads.osm").write_text(OSM, encoding="utf-8")
    layers = '[[layers]]\nkey = "p"\nmetres = 300\ncapacity = "capacity"\n'
    layers += 'osm = { amenity = ["parking"], parking = ["lane"] }\n'
    study = _study(tmp_path, layers=layers)
    quality = QualityLog()
    frame = read_sites(study, study.layers[0], quality).set_index("id")
    assert frame.index.tolist() == ["n1", "r10", "r13", "w7", "w8"]
    assert frame["name"].tolist() == ["甲", "", "", "", ""]
    assert frame.loc["n1", "capacity"] == 20
    area = shapely.box(114.30, 30.50, 114.31, 30.51)
    for key in ("r10", "w7"):
        assert area.contains(shapely.Point(frame.loc[key, "lon"], frame.loc[key, "lat"]))
    assert _problems(quality) == [("osm_no_place", None)]
    assert quality.inputs[0].rows_in == 6
    _balanced(quality)


def test_sites_from_osm_need_an_osm_file_and_a_match(tmp_path: Path) -> None:
    layers = '[[layers]]\nkey = "p"\nmetres = 300\nosm = { amenity = ["cinema"] }\n'
    study = _study(tmp_path, layers=layers, network='path = "demand.csv"\n')
    with pytest.raises(StudyError) as caught:
        read_sites(study, study.layers[0], QualityLog())
    assert caught.value.code == "sites_not_osm"
    (tmp_path / "roads.osm").write_text(OSM, encoding="utf-8")
    study = _study(tmp_path, layers=layers)
    with pytest.raises(StudyError) as caught:
        read_sites(study, study.layers[0], QualityLog())
    assert caught.value.code == "layer_empty"


def _units(*rows: tuple[dict, object]) -> dict:
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for properties, shape in rows
    ]
    return {"type": "FeatureCollection", "features": features}


def test_units(tmp_path: Path) -> None:
    bowtie = shapely.Polygon([(114, 30), (115, 31), (115, 30), (114, 31)])
    content = _units(
        ({"code": 2, "name": "乙", "county": "c"}, shapely.box(114, 30, 115, 31)),
        ({"code": 1, "name": "甲", "county": "c"}, bowtie),
        ({"code": 3, "county": "d"}, None),
        ({"code": 4, "county": "d"}, shapely.Point(114, 30)),
        ({"code": 2, "county": "d"}, shapely.box(114, 30, 115, 31)),
        ({"county": "d"}, shapely.box(114, 30, 115, 31)),
        ({"code": 5, "county": "d"}, shapely.box(500000, 30, 500001, 31)),
    )
    quality = QualityLog()
    study = _study(tmp_path, units='id = "code"\nparents = ["county"]\n', units_geojson=content)
    frame = read_units(study, quality)
    assert frame.columns.tolist() == ["id", "name", "parent:county", "geometry"]
    assert frame["id"].tolist() == ["2", "1"]
    assert frame["parent:county"].tolist() == ["c", "c"]
    assert frame.crs == "EPSG:4326"
    assert frame.geometry.is_valid.all()
    assert shapely.area(frame.geometry.to_numpy()).tolist() == pytest.approx(
        [1.0, 0.5]
    )  # both halves of the bowtie
    assert sorted(_problems(quality), key=lambda item: item[1] or 0) == [
        ("geometry_missing", 3),
        ("geometry_not_area", 4),
        ("id_twice", 5),
        ("id_empty", 6),
        ("coordinate_range", 7),
    ]
    assert ("repaired", 2) in [(row.problem, row.row) for row in quality.rows]
    _balanced(quality)


def test_units_datum_shifts_every_vertex(tmp_path: Path) -> None:
    box = shapely.box(114, 30, 115, 31)
    study = _study(tmp_path, units='datum = "gcj02"\n', units_geojson=_units(({"id": 1}, box)))
    shifted = read_units(study, QualityLog()).geometry.iloc[0]
    back = np.column_stack(from_wgs84(*shapely.get_coordinates(shifted).T, "gcj02"))
    np.testing.assert_allclose(back, shapely.get_coordinates(box), atol=1e-11)
    assert shifted.centroid.distance(box.centroid) > 1e-3


@pytest.mark.parametrize(
    ("units", "content", "code"),
    [
        ("", {"type": "FeatureCollection", "features": []}, "column_missing"),
        ("", _units(({"id": 1}, None)), "units_empty"),
        ('parents = ["city"]', _units(({"id": 1}, shapely.box(0, 0, 1, 1))), "column_missing"),
        ('path = "demand.csv"', None, "units_no_geometry"),
    ],
)
def test_units_errors(tmp_path: Path, units: str, content: dict | None, code: str) -> None:
    if "path" in units:
        study = _study(tmp_path)
        study = study.model_copy(
            update={"units": study.units.model_copy(update={"path": "demand.csv"})}
        )
    else:
        study = _study(tmp_path, units=units, units_geojson=content)
    with pytest.raises(StudyError) as caught:
        read_units(study, QualityLog())
    assert caught.value.code == code
