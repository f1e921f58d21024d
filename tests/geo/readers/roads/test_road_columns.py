"""Columns of road tables: names as programs and offices write them."""

from __future__ import annotations

import pandas as pd
import pytest

from geo.readers.roads.road_columns import find_road_columns, packed_tags


@pytest.mark.parametrize(
    ("names", "of"),
    [
        (["highway", "oneway"], {"highway": "highway", "oneway": "oneway"}),
        (["HIGHWAY", "OneWay"], {"highway": "HIGHWAY", "oneway": "OneWay"}),
        (["fclass", "maxspeed"], {"highway": "fclass", "maxspeed": "maxspeed"}),
        (["FCLASS"], {"highway": "FCLASS"}),
        (["highway", "fclass"], {"highway": "highway"}),
        (["oneway_bicycle"], {"oneway:bicycle": "oneway_bicycle"}),
        (["oneway:bicycle"], {"oneway:bicycle": "oneway:bicycle"}),
        (["cycleway.left.oneway"], {"cycleway:left:oneway": "cycleway.left.oneway"}),
        # cut by a DBF
        (["motor_vehi"], {"motor_vehicle": "motor_vehi"}),
        (["MOTOR_VEHI"], {"motor_vehicle": "MOTOR_VEHI"}),
        (["oneway_bic"], {"oneway:bicycle": "oneway_bic"}),
        (["osm_id", "fclass"], {"highway": "fclass", "id": "osm_id"}),
        (["id", "osm_id"], {"id": "id"}),
        (["Length_M", "SPEED_KMH"], {"length_m": "Length_M", "speed_kmh": "SPEED_KMH"}),
        (["U", "V"], {"u": "U", "v": "V"}),
        (["name"], {}),
    ],
)
def test_columns_are_found(names: list[str], of: dict[str, str]) -> None:
    assert find_road_columns(names).of == of


@pytest.mark.parametrize(
    ("names", "unread"),
    [
        (["highway", "speed"], ("speed",)),
        (["highway", "maxspd"], ()),
        (["highway", "SPEED_KPH"], ("SPEED_KPH",)),
        (["highway", "限速"], ("限速",)),
        (["highway", "设计时速"], ("设计时速",)),
        (["highway", "direction"], ("direction",)),
        (["highway", "单行"], ("单行",)),
        (["highway", "one_way"], ("one_way",)),
        (["highway", "type"], ()),
        (["type"], ("type",)),
        (["road_class", "道路等级"], ("road_class", "道路等级")),
        # two tags begin with these ten letters
        (["highway", "oneway_mot"], ("oneway_mot",)),
        (["highway", "maxspeed"], ()),
        # known in OSM, and not modelled
        (["highway", "access:conditional", "source:maxspeed", "maxspeed:type"], ()),
        (["highway", "name", "surface", "width"], ()),
    ],
)
def test_columns_that_are_not_read_are_named(names: list[str], unread: tuple[str, ...]) -> None:
    assert find_road_columns(names).unread == unread


def test_tags_packed_in_one_column() -> None:
    frame = pd.DataFrame(
        {
            "name": ["a", "b", "c", "d"],
            "other_tags": [
                '"oneway"=>"yes","maxspeed"=>"50"',
                '"note"=>"say \\"no\\"","access"=>"private"',
                "",
                "broken",
            ],
        }
    )
    found = packed_tags(frame)
    assert {tag: cells.tolist() for tag, cells in found.items()} == {
        "access": ["", "private", "", ""],
        "oneway": ["yes", "", "", ""],
        "maxspeed": ["50", "", "", ""],
    }


def test_tags_as_json() -> None:
    frame = pd.DataFrame({"Tags": ['{"Highway": "path", "foot": null}', "{broken", "[1]"]})
    assert {tag: cells.tolist() for tag, cells in packed_tags(frame).items()} == {
        "highway": ["path", "", ""]
    }
