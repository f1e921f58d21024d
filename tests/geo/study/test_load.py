"""The study file: defaults, problems in one pass, nearest keys, paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.study.load import load_study
from geo.study.model import Study

GOOD = """
[study]
name = { "zh-CN" = "武汉", en = "Wuhan" }
[units]
path = "units.gpkg"
parents = ["county", "city"]
[demand]
path = "demand.csv"
bands = { "60+" = "old" }
class = "kind"
[network]
path = "roads.osm.pbf"
[profiles.drive]
speeds = { motorway = 100 }
[[layers]]
key = "care"
title = "养老"
path = "care.csv"
minutes = 15
bands = [5, 10, 15]
demand = "60+"
only = { kind = ["城", "乡"] }
[[layers]]
key = "parking"
osm = { amenity = ["parking"], parking = ["surface", "lane"] }
metres = 300
"""


def _load(folder: Path, text: str) -> Study:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(folder)


def _codes(folder: Path, text: str) -> list[tuple[str, str]]:
    with pytest.raises(StudyError) as caught:
        _load(folder, text)
    found = [caught.value, *caught.value.others]
    return [(error.code, error.params.get("field", "")) for error in found]


def test_a_good_study_and_its_defaults(tmp_path: Path) -> None:
    study = _load(tmp_path, GOOD)
    assert study.network.max_access_m == 500
    assert study.network.horizon_minutes == 120
    assert study.demand.unit_word == "个"
    assert study.demand.class_ == "kind"
    care, parking = study.layers
    assert (care.limit.ms, parking.limit.ms) == (900_000, None)
    assert (care.profile, care.direction, care.service_key) == ("walk", "to", "care")
    assert care.only == {"kind": ("城", "乡")}
    assert parking.osm == {"amenity": ("parking",), "parking": ("surface", "lane")}
    assert study.layer("parking") is parking
    assert study.profiles["drive"].speeds == {"motorway": 100}


def test_parameters_are_plain_and_complete(tmp_path: Path) -> None:
    parameters = _load(tmp_path, GOOD).parameters()
    assert parameters["network"]["horizon_minutes"] == 120
    assert parameters["demand"]["class"] == "kind"
    assert "folder" not in parameters


def test_a_key_of_ones_own_goes_into_no_result(tmp_path: Path) -> None:
    plain = _load(tmp_path, GOOD)
    keyed = _load(tmp_path, GOOD.replace("[study]", '[study]\ntianditu_key = "0a1B2c3D"', 1))
    assert keyed.study.tianditu_key == "0a1B2c3D"
    assert keyed.parameters() == plain.parameters()
    assert "0a1B2c3D" not in repr(keyed)
    bad = GOOD.replace("[study]", '[study]\ntianditu_key = "x&tk=\\"><img>"', 1)
    assert _codes(tmp_path, bad) == [("value_wrong", "study.tianditu_key")]


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('class = "kind"', 'datums = "wgs84"\nlat = 3') + 'profil = "walk"\n'
    assert set(_codes(tmp_path, text)) == {
        ("unknown_key", "demand.datums"),
        ("value_wrong", "demand.lat"),
        ("unknown_key", "layers[2].profil"),
    }


def test_one_wrong_layer_is_one_problem_and_no_layer_is_one_too(tmp_path: Path) -> None:
    head = GOOD[: GOOD.index("[[layers]]")]
    one = head + '[[layers]]\nkey = "a"\nsites = "none"\n'
    assert _codes(tmp_path, one) == [("layer_limit", "layers[1]")]
    assert _codes(tmp_path, head) == [("key_missing", "layers")]
    assert _codes(tmp_path, "layers = []\n" + head) == [("key_missing", "layers")]


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ('path = "roads.osm.pbf"', "", "key_missing", "network.path"),
        ("minutes = 15", "", "layer_limit", "layers[1]"),
        ("metres = 300", "metres = 300\nminutes = 5", "layer_limit", "layers[2]"),
        ('path = "care.csv"', 'path = "c"\nsites = "none"', "layer_source", "layers[1]"),
        ('key = "parking"', 'key = "care"', "layer_twice", "layers[2].key"),
        ('key = "parking"', 'key = "停车"', "value_wrong", "layers[2].key"),
        ('demand = "60+"', 'demand = "80+"', "band_unknown", "layers[1].demand"),
        ("minutes = 15", "minutes = 121", "limit_over_horizon", "layers[1].minutes"),
        ("bands = [5, 10, 15]", "bands = [5, 150]", "limit_over_horizon", "layers[1].minutes"),
        ("minutes = 15", "minutes = 0", "value_wrong", "layers[1].minutes"),
        ("minutes = 15", "minutes = inf", "value_wrong", "layers[1].minutes"),
        ("[profiles.drive]", "[profiles.walk]", "speeds_only_drive", "profiles.walk.speeds"),
        ("speeds = {", "kmh = 30\nspeeds = {", "drive_has_speeds", "profiles.drive.kmh"),
        ("motorway = 100", "motorway = 0", "value_wrong", "profiles.drive.speeds.motorway"),
        ("motorway = 100", "motorwy = 90", "unknown_key", "profiles.drive.speeds.motorwy"),
        ("[profiles.drive]", "[profiles.fly]", "value_wrong", "profiles.fly"),
        ('path = "units.gpkg"', 'seats = "s.csv"\npath = "u"', "units_source", "units"),
        ("[demand]", '[demand]\ndatum = "xian80"', "value_wrong", "demand.datum"),
        ("[study]", "zzzzzz = 1\n[study]", "unknown_key_alone", "zzzzzz"),
        ("[study]", 'folder = "/"\n[study]', "unknown_key_alone", "folder"),
    ],
)
def test_single_problems(tmp_path: Path, old: str, new: str, code: str, field: str) -> None:
    assert old in GOOD
    found = _codes(tmp_path, GOOD.replace(old, new, 1))
    assert [item[0] for item in found] == [code] * len(found)
    assert found[0][1].startswith(field)


def test_the_nearest_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        _load(tmp_path, GOOD.replace("minutes = 15", "minuts = 15\nminutes = 15"))
    assert caught.value.params["nearest"] == "minutes"


def test_unreadable_files(tmp_path: Path) -> None:
    for content, code in (
        (None, "no_study"),
        (b"[study\n", "toml_broken"),
        ("name = '武汉'".encode("gbk"), "toml_not_utf8"),
    ):
        if content is not None:
            (tmp_path / "study.toml").write_bytes(content)
        with pytest.raises(StudyError) as caught:
            load_study(tmp_path)
        assert caught.value.code == code


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert len(load_study(tmp_path).layers) == 2


def test_files(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    (inside / "sub").mkdir(parents=True)
    (inside / "sub" / "a.csv").write_text("x")
    (tmp_path / "out.csv").write_text("x")
    (inside / "link.csv").symlink_to(tmp_path / "out.csv")
    (inside / "ring").symlink_to(inside / "ring")
    study = _load(inside, GOOD)
    assert study.file("sub/../sub/a.csv") == (inside / "sub" / "a.csv").resolve()
    for relative, code in (
        ("../out.csv", "path_outside"),
        (str(tmp_path / "out.csv"), "path_outside"),
        ("link.csv", "path_outside"),
        ("none.csv", "file_missing"),
        ("sub", "file_missing"),
        ("", "file_missing"),
        ("a\0b", "file_missing"),
        ("x" * 5_000, "file_missing"),
        ("ring", "file_missing"),
        ("http://example.org/a.csv", "file_missing"),
    ):
        with pytest.raises(StudyError) as caught:
            study.file(relative)
        assert caught.value.code == code, relative


def test_layer_unknown(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        _load(tmp_path, GOOD).layer("x")
    assert caught.value.params == {"value": "x", "known": "care, parking"}
