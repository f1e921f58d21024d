"""Access rules, one row each: tags → foot, cycle, drive."""

from __future__ import annotations

import math
from pathlib import Path

import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.roads.highways import CLOSED_CLASSES, DRIVE_CLASSES, FOOT_CLASSES
from geo.roads.osm_access import ACCESS_TAGS, classify
from geo.roads.roads import ALONG, AT_ENDS, CLOSED, NOWHERE, OPEN, PRIVATE
from tests.worlds.access_oracle import permissions
from tests.worlds.streets import SHARED

# Short, so that the table reads as one.
NO, OK, OWN = CLOSED, OPEN, PRIVATE


def _tags(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split(" ") if pair)


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
        ("highway=track", OK, OK, OWN),
        ("highway=road", OK, OK, OK),
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
        ("highway=trunk_link motorroad=yes foot=yes", OK, NO, OK),
        ("highway=primary motorroad=yes", NO, NO, OK),
        ("highway=trunk motorroad=yes bicycle=designated", NO, OK, OK),
        ("highway=trunk motorroad=yes access=yes vehicle=yes", NO, NO, OK),
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
        ("highway=residential access=destination", OWN, OWN, OWN),
        ("highway=residential access=customers motor_vehicle=delivery", OWN, OWN, NO),
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
        ("highway=residential bicycle=use_sidepath", OK, NO, OK),
        ("highway=service access=no bicycle=dismount", NO, NO, NO),
        # no class in a table that has classes
        ("highway=", NO, NO, NO),
        ("highway= foot=yes motorcar=yes", NO, NO, NO),
        # a class that is not listed is closed, whatever its tags
        ("highway=busway foot=yes", NO, NO, NO),
        ("highway=residental", NO, NO, NO),
        ("highway=service_link", OK, OK, OK),
        ("highway=footway_link", NO, NO, NO),
        # tracks: cars only at the ends of a trip, unless a tag of their own opens them
        ("highway=track motor_vehicle=yes", OK, OK, OK),
        ("highway=track access=yes", OK, OK, OWN),
        ("highway=track motor_vehicle=agricultural", OK, OK, NO),
        ("highway=track access=no motorcar=designated", NO, NO, OK),
        # several values, several classes: the strictest counts
        ("highway=service access=yes;private", OWN, OWN, OWN),
        ("highway=service motor_vehicle=destination;agricultural", OK, OK, NO),
        ("highway=residential;footway", OK, NO, NO),
        ("highway=['residential','track']", OK, OK, OWN),
        ("highway=service access=maybe;no", NO, NO, NO),
        # words whatever their case
        ("highway=Residential access=No", NO, NO, NO),
        ("highway=SERVICE access=PRIVATE", OWN, OWN, OWN),
        # reserved for some
        ("highway=service vehicle=psv", OK, NO, NO),
        ("highway=service motorcar=delivery", OK, OK, NO),
        ("highway=service service=emergency_access", OK, OK, NO),
        ("highway=service service=emergency_access motor_vehicle=yes", OK, OK, OK),
        # Geofabrik's classes
        ("highway=track_grade2", OK, OK, OWN),
        ("highway=unknown", OK, OK, OK),
        # ferries
        ("route=ferry", NO, NO, NO),
        ("route=ferry foot=yes motorcar=yes", NO, NO, NO),
        ("route=ferry highway=service", NO, NO, NO),
        ("route=bus highway=service", OK, OK, OK),
    ],
)
def test_access(tags: str, foot: int, cycle: int, drive: int) -> None:
    found = classify(_tags(tags))
    assert (found.foot, found.cycle, found.drive) == (foot, cycle, drive)


@pytest.mark.parametrize("name", sorted(DRIVE_CLASSES))
def test_links_go_like_their_parents(name: str) -> None:
    link, parent = classify({"highway": f"{name}_link"}), classify({"highway": name})
    assert (link.foot, link.cycle, link.drive) == (parent.foot, parent.cycle, parent.drive)
    assert not link.not_understood


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
        ("oneway=Yes", 1, 1),
        ("oneway=F", 1, 1),
        ("oneway=T", -1, -1),
        ("oneway=B", 0, 0),
        ("oneway=–1", -1, -1),
        ("highway=motorway", 1, 1),
        ("highway=motorway oneway=no", 0, 0),
        ("highway=motorway_link", 0, 0),
        ("oneway=yes cycleway=opposite", 0, 1),
        ("oneway=yes cycleway:left=opposite_lane", 0, 1),
        ("oneway=yes cycleway:both=opposite_track", 0, 1),
        ("oneway=yes cycleway:left=lane cycleway:left:oneway=-1", 0, 1),
        ("oneway=yes cycleway:right:oneway=no", 0, 1),
        ("oneway=yes cycleway:right:oneway=yes", 1, 1),
        ("oneway=yes bicycle:backward=yes", 0, 1),
        ("oneway=-1 oneway:bicycle=no", 0, -1),
        ("oneway:motor_vehicle=yes", 0, 1),
        ("oneway:motorcar=-1", 0, -1),
        ("oneway=yes oneway:motorcar=no", 1, 0),
        ("oneway:vehicle=yes", 1, 1),
        ("vehicle:backward=no", 1, 1),
        ("vehicle:backward=no bicycle:backward=yes", 0, 1),
        ("motor_vehicle:backward=no", 0, 1),
        ("motor_vehicle:forward=no", 0, -1),
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


@pytest.mark.parametrize(
    ("tags", "foot"),
    [
        ("oneway=yes", 0),
        ("highway=footway oneway=yes", 0),
        ("highway=footway oneway:foot=yes", 1),
        ("highway=path foot:backward=no", 1),
        ("highway=path foot:forward=no", -1),
        ("highway=steps conveying=forward", 0),
    ],
)
def test_oneway_of_walkers(tags: str, foot: int) -> None:
    assert classify(_tags(tags)).oneway_foot == foot


@pytest.mark.parametrize("word", ["reversible", "alternating", "Reversible"])
def test_a_changing_direction_closes_a_road_to_cars(word: str) -> None:
    found = classify({"highway": "residential", "oneway": word})
    assert (found.foot, found.cycle, found.drive) == (OK, OK, NO)
    assert (found.oneway_cycle, found.oneway_drive) == (0, 0)


@pytest.mark.parametrize(
    ("tags", "attachable"),
    [
        ("highway=residential", ALONG),
        ("highway=trunk", ALONG),
        ("", ALONG),
        ("highway=motorway", NOWHERE),
        ("highway=motorway_link", NOWHERE),
        ("highway=primary motorroad=yes", NOWHERE),
        ("highway=primary motorroad=yes foot=yes", NOWHERE),
        ("highway=primary motorroad=no", ALONG),
        ("highway=tertiary tunnel=yes", AT_ENDS),
        ("highway=service tunnel=building_passage", ALONG),
        ("highway=footway tunnel=covered", ALONG),
        ("highway=residential tunnel=no", ALONG),
        ("highway=residential tunnel=F bridge=F", ALONG),
        ("highway=residential bridge=T", AT_ENDS),
        ("highway=residential bridge=viaduct", AT_ENDS),
        ("highway=path bridge=boardwalk", ALONG),
        ("highway=path bridge=boardwalk;yes", AT_ENDS),
        ("route=ferry", NOWHERE),
    ],
)
def test_where_points_attach(tags: str, attachable: int) -> None:
    assert classify(_tags(tags)).attachable == attachable


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("highway=residential access=yes", ()),
        ("highway=service access=maybe", ("access=maybe",)),
        ("highway=service access=no foot=perhaps", ("foot=perhaps",)),
        ("highway=residential oneway=sometimes", ("oneway=sometimes",)),
        ("highway=residental", ("highway=residental",)),
        ("highway=razed", ()),
        ("highway=residential maxspeed=fast", ("maxspeed=fast",)),
        ("highway=residential maxspeed=CN:urban", ()),
        ("highway=residential maxspeed=none", ()),
        ("highway=residential bicycle=dismount", ()),
        ("highway=residential motor_vehicle=official", ()),
    ],
)
def test_words_that_are_not_understood_are_named(tags: str, words: tuple[str, ...]) -> None:
    found = classify(_tags(tags))
    assert found.not_understood == words
    # An unknown word changes nothing.
    assert found.foot == (
        NO if "access=no" in tags or "residental" in tags or "razed" in tags else OK
    )


_WORDS = (
    *("yes", "no", "designated", "permissive", "official", "dismount", "use_sidepath"),
    *("private", "destination", "customers", "permit", "residents", "agricultural", "bus"),
    *("-1", "1", "reversible", "roundabout", "opposite_lane", "opposite", "lane", "maybe"),
    *("emergency_access", "building_passage", "boardwalk", "viaduct", "ferry", "F", "T", "B"),
)
_CLASSES = (*FOOT_CLASSES, *DRIVE_CLASSES, *CLOSED_CLASSES, "primary_link", "track_grade1", "xyz")


def _same_as_the_oracle(tags: dict[str, str]) -> None:
    found = classify(tags)
    expected = permissions({key: value.lower() for key, value in tags.items()})
    assert {name: getattr(found, name) for name in expected._fields} == expected._asdict(), tags


@settings(max_examples=400)
@given(
    st.sampled_from(sorted(_CLASSES)),
    st.dictionaries(st.sampled_from(ACCESS_TAGS[1:-1]), st.sampled_from(_WORDS), max_size=5),
)
def test_equals_the_tables_read_word_by_word(highway: str, tags: dict[str, str]) -> None:
    _same_as_the_oracle({"highway": highway, **tags})


@pytest.mark.parametrize(
    "path",
    [
        "poa/poa_osm.pbf",
        "heidelberg/heidelberg.test.pbf",
        "liechtenstein/liechtenstein-latest.osm.pbf",
    ],
)
def test_every_way_of_real_cities_equals_the_tables(path: str) -> None:
    file: Path = SHARED / path
    if not file.is_file():
        pytest.skip(f"../shared/data/{path} is missing")
    seen = set()
    for way in osmium.FileProcessor(file, osmium.osm.WAY).with_filter(
        osmium.filter.KeyFilter("highway")
    ):
        seen.add(tuple((tag.k, tag.v) for tag in way.tags if tag.k in ACCESS_TAGS))
    assert len(seen) > 100
    for tags in seen:
        # Several values at once are tested above.
        if not any(";" in value or "," in value for _, value in tags):
            _same_as_the_oracle(dict(tags))
