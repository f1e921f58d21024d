"""Profiles of a study's own: a wheelchair on streets with steps, and bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from geo.base.errors import StudyError
from geo.network.profiles import profile_of
from geo.pipeline import run
from geo.study.load import load_study
from geo.study.profiles import ProfileInput
from layers.words.catalogue import words_for
from layers.words.layer_sentences import layer_sentence
from tests.worlds.field_cases import small_study
from tests.worlds.parts_studies import differing, in_parts
from tests.worlds.streets import GEOD

LON, LAT = 114.0, 30.0
PROFILE = """
[profiles.wheelchair]
base = "walk"
kmh = 3.0
avoid = ["steps"]
title = { "zh-CN" = "轮椅", en = "Wheelchair" }

[[layers]]
key = "wheels"
path = "sites-wheels.csv"
profile = "wheelchair"
minutes = 15
"""


def east(metres: float) -> float:
    return float(GEOD.fwd(LON, LAT, 90, metres)[0])


def study(folder: Path, text: str = PROFILE) -> Path:
    """A path of 500 m, then steps of 100 m, then a path of 400 m; the site stands at its start."""
    parts = [(0, 500, "path"), (500, 600, "steps"), (600, 1000, "path")]
    features = [
        {
            "type": "Feature",
            "properties": {"highway": highway},
            "geometry": {
                "type": "LineString",
                "coordinates": [[east(begin), LAT], [east(end), LAT]],
            },
        }
        for begin, end, highway in parts
    ]
    folder.mkdir(parents=True, exist_ok=True)
    roads = {"type": "FeatureCollection", "features": features}
    (folder / "roads.geojson").write_text(json.dumps(roads), encoding="utf-8")
    demand = [("near", east(400), LAT), ("above", east(800), LAT)]
    small_study(folder, "roads.geojson", demand, [("s", LON, LAT)], profiles=("walk",), minutes=15)
    (folder / "sites-wheels.csv").write_text(
        f"id,name,lon,lat\ns,s,{LON!r},{LAT!r}\n", encoding="utf-8"
    )
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    return folder


def test_it_avoids_steps_and_has_its_own_speed(tmp_path: Path) -> None:
    loaded = load_study(study(tmp_path / "s"))
    found = run(loaded)
    demand = found.demand.set_index(["layer", "demand_id"])
    assert demand.loc[("walk", "above"), "minutes"] == pytest.approx(12.0, abs=0.01)
    assert demand.loc[("wheels", "near"), "minutes"] == pytest.approx(8.0, abs=0.01)
    assert demand.loc[("wheels", "above"), "cause"] == "cut_off"
    assert found.summary["layers"]["wheels"]["profile"] == "wheelchair"
    parts, _ = in_parts(loaded, 2, tmp_path / "parts", None)
    assert differing(found, parts) == []
    for locale, text in (("zh-CN", "轮椅"), ("en", "Wheelchair")):
        assert text in layer_sentence(found, "wheels", words_for(locale))


def test_road_corrections_of_an_own_profile_are_its_own(tmp_path: Path) -> None:
    # A lift beside the steps for wheelchairs, in 3 minutes; the path behind them closed to walkers.
    folder = study(tmp_path / "s", PROFILE.replace("minutes = 15", "minutes = 17"))
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    network = 'path="roads.geojson"'
    assert text.count(network) == 1
    toml.write_text(text.replace(network, f'{network}\noverrides = "overrides.csv"'), "utf-8")
    rows = "edge,profile,allowed,speed_kmh,minutes\n2,wheelchair,yes,,3\n3,walk,no,,\n"
    (folder / "overrides.csv").write_text(rows, encoding="utf-8")
    loaded = load_study(folder)
    found = run(loaded)
    assert not (found.quality["file"] == "overrides.csv").any()
    demand = found.demand.set_index(["layer", "demand_id"])
    # 500 m and 200 m at 3 km/h, and the lift.
    assert demand.loc[("wheels", "above"), "minutes"] == pytest.approx(17.0, abs=0.02)
    assert demand.loc[("wheels", "near"), "minutes"] == pytest.approx(8.0, abs=0.01)
    # Walkers are placed on the steps, 200 m away.
    assert demand.loc[("walk", "above"), "access_m"] == pytest.approx(200, abs=0.5)
    parts, _ = in_parts(loaded, 2, tmp_path / "parts", None)
    assert differing(found, parts) == []


def test_corrections_of_the_base_do_not_apply_to_an_own_profile(tmp_path: Path) -> None:
    folder = study(tmp_path / "s")
    toml = folder / "study.toml"
    network = 'path="roads.geojson"'
    text = toml.read_text(encoding="utf-8").replace(
        network, f'{network}\noverrides = "overrides.csv"'
    )
    toml.write_text(text, encoding="utf-8")
    rows = (
        "edge,profile,allowed,speed_kmh,minutes\n1,walk,,1,\n9,wheelchair,no,,\n1,whelchair,no,,\n"
    )
    (folder / "overrides.csv").write_text(rows, encoding="utf-8")
    found = run(load_study(folder))
    demand = found.demand.set_index(["layer", "demand_id"])
    assert demand.loc[("walk", "near"), "minutes"] == pytest.approx(24.0, abs=0.02)
    assert demand.loc[("wheels", "near"), "minutes"] == pytest.approx(8.0, abs=0.01)
    wrong = found.quality[found.quality["file"] == "overrides.csv"]
    assert len(wrong) == 2 and "profile_unknown" in set(wrong["problem"])


def test_a_speed_of_the_base_holds_unless_it_has_its_own() -> None:
    profiles = {"walk": ProfileInput(kmh=3.6), "slow": ProfileInput(base="walk")}
    own = profile_of("slow", profiles)
    assert (own.name, own.mode, own.kmh, own.off_road_kmh) == ("slow", "foot", 3.6, 3.6)
    truck = profile_of("truck", {"truck": ProfileInput(base="drive", speeds={"primary": 40.0})})
    assert truck.class_kmh["primary"] == 40.0 and truck.class_kmh["residential"] == 20.0


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ('base = "walk"\n', "", "value_wrong", "profiles.wheelchair"),
        ('base = "walk"', 'base = "wlak"', "value_wrong", "profiles.wheelchair.base"),
        ('avoid = ["steps"]', 'avoid = ["stairs"]', "value_wrong", "profiles.wheelchair.avoid"),
        ('profile = "wheelchair"', 'profile = "whelchair"', "value_wrong", "profile"),
        ("kmh = 3.0", "kmh = 0", "value_wrong", "profiles.wheelchair.kmh"),
        ("[profiles.wheelchair]", "[profiles.walk_senior]", "profile_built_in", "walk_senior"),
        ("[profiles.wheelchair]", '[profiles."../x"]', "profile_name_wrong", "profiles"),
    ],
)
def test_wrong_profiles_are_one_line(
    old: str, new: str, code: str, field: str, tmp_path: Path
) -> None:
    with pytest.raises(StudyError) as error:
        load_study(study(tmp_path, PROFILE.replace(old, new)))
    found = [error.value, *error.value.others]
    assert any(one.code == code and field in str(one.params["field"]) for one in found)
    for locale in ("zh-CN", "en"):
        assert all("\n" not in line for line in words_for(locale).error(error.value))
