"""Access rules, one row each: tags → foot, cycle, drive."""

from __future__ import annotations

import math

import pytest

from geo.roads.osm_access import DRIVE_CLASSES, classify
from geo.roads.roads import CLOSED, OPEN, PRIVATE

# Short, so that the table reads as one.
NO, OK, OWN = CLOSED, OPEN, PRIVATE


def _tags(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


@pytest.mark.parametrize(
    ("tags", "foot", "cycle", "drive"),
    [
        # class alone
        ("highway=residential", OK, OK, OK),
        ("highway=motorway", NO, NO, OK),
        ("highway=motorway_link", NO, NO, OK),
        ("highway=trunk", OK, OK, OK),
        ("highway=trunk_link", OK, OK, OK),
        ("highway=footway", OK, NO, NO),
        ("highway=pedestrian", OK, NO, NO),
        ("highway=steps", OK, NO, NO),
        ("highway=cycleway", OK, OK, NO),
        ("highway=path", OK, OK, NO),
        ("highway=track", OK, OK, NO),
        ("highway=road", OK, OK, NO),
        ("highway=construction", NO, NO, NO),
        ("highway=proposed", NO, NO, NO),
        ("highway=raceway", NO, NO, NO),
        ("highway=bus_guideway", NO, NO, NO),
        # no class: an edge table without the column
        ("", OK, OK, OK),
        ("oneway=yes", OK, OK, OK),
        ("access=no", NO, NO, NO),
        # trunk
        ("highway=trunk foot=no", NO, OK, OK),
        ("highway=trunk bicycle=no", OK, NO, OK),
        ("highway=trunk motorroad=yes", NO, NO, OK),
        ("highway=trunk_link motorroad=yes foot=yes", NO, NO, OK),
        ("highway=primary motorroad=yes", OK, OK, OK),
        # from the most special tag to the most general
        ("highway=service access=private", OWN, OWN, OWN),
        ("highway=service access=no", NO, NO, NO),
        ("highway=service access=no foot=yes", OK, NO, NO),
        ("highway=service access=private bicycle=permissive", OWN, OK, OWN),
        ("highway=service access=no vehicle=yes", NO, OK, OK),
        ("highway=service vehicle=no bicycle=yes", OK, OK, NO),
        ("highway=service access=no motor_vehicle=private", NO, NO, OWN),
        ("highway=residential motor_vehicle=no motorcar=yes", OK, OK, OK),
        ("highway=residential motorcar=no motor_vehicle=yes", OK, OK, NO),
        ("highway=residential motor_vehicle=no", OK, OK, NO),
        ("highway=residential foot=private", OWN, OK, OK),
        ("highway=residential access=destination", OK, OK, OK),
        ("highway=residential access=customers motor_vehicle=delivery", OK, OK, OK),
        # what a class excludes no tag opens, but for bicycle on steps, pedestrian, footway
        ("highway=motorway foot=yes bicycle=yes", NO, NO, OK),
        ("highway=construction access=yes motorcar=yes", NO, NO, NO),
        ("highway=footway motorcar=yes", OK, NO, NO),
        ("highway=footway vehicle=yes", OK, NO, NO),
        ("highway=footway bicycle=yes", OK, OK, NO),
        ("highway=pedestrian bicycle=designated", OK, OK, NO),
        ("highway=steps bicycle=permissive", OK, OK, NO),
        ("highway=footway bicycle=private", OK, NO, NO),
        ("highway=footway access=no bicycle=yes", NO, OK, NO),
        # how to behave is no answer to whether
        ("highway=footway bicycle=dismount", OK, NO, NO),
        ("highway=residential bicycle=dismount", OK, OK, OK),
        ("highway=residential bicycle=use_sidepath", OK, OK, OK),
        ("highway=service access=no bicycle=dismount", NO, NO, NO),
        # ferries
        ("route=ferry", NO, NO, NO),
        ("route=ferry foot=yes motorcar=yes", NO, NO, NO),
        ("route=bus highway=service", OK, OK, OK),
    ],
)
def test_access(tags: str, foot: int, cycle: int, drive: int) -> None:
    found = classify(_tags(tags))
    assert (found.foot, found.cycle, found.drive) == (foot, cycle, drive)


@pytest.mark.parametrize("name", sorted(DRIVE_CLASSES))
def test_links_go_like_their_parents(name: str) -> None:
    link = classify({"highway": f"{name}_link"})
    assert (
        link._replace(highway=name) == pytest.approx(classify({"highway": name}), nan_ok=True)
        or link[1:6] == classify({"highway": name})[1:6]
    )
    assert link.drive == OPEN


def test_a_ferry_is_called_one() -> None:
    assert classify({"route": "ferry"}).highway == "ferry"
    assert classify({"route": "hiking"}).highway == ""


@pytest.mark.parametrize(
    ("tags", "cycle", "drive"),
    [
        ("oneway=yes", 1, 1),
        ("oneway=true", 1, 1),
        ("oneway=1", 1, 1),
        ("oneway=True", 1, 1),
        ("oneway=-1", -1, -1),
        ("oneway=reverse", -1, -1),
        ("oneway=no", 0, 0),
        ("oneway=reversible", 0, 0),
        ("junction=roundabout", 1, 1),
        ("junction=roundabout oneway=no", 0, 0),
        ("junction=roundabout oneway=-1", -1, -1),
        ("oneway=yes oneway:bicycle=no", 0, 1),
        ("junction=roundabout oneway:bicycle=no", 0, 1),
        ("oneway=no oneway:bicycle=yes", 1, 0),
        ("highway=residential", 0, 0),
    ],
)
def test_oneway(tags: str, cycle: int, drive: int) -> None:
    found = classify(_tags(tags))
    assert (found.oneway_cycle, found.oneway_drive) == (cycle, drive)


@pytest.mark.parametrize(
    ("sign", "kmh"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("30 mph", 48.28032),
        ("30mph", 48.28032),
        ("50;30", 30),
        ("50|30|none", 30),
        ("['50', '30 mph']", 48.28032),
        ("walk", 6),
        ("7.5", 7.5),
        ("none", math.nan),
        ("signals", math.nan),
        ("DE:urban", math.nan),
        ("0", math.nan),
        ("-30", math.nan),
        ("", math.nan),
    ],
)
def test_maxspeed(sign: str, kmh: float) -> None:
    assert classify({"maxspeed": sign}).maxspeed_kmh == pytest.approx(kmh, nan_ok=True)
