"""What a road file says and nobody understands is counted, and named beside the shares."""

from __future__ import annotations

import numpy as np

from geo.base.quality_log import QualityLog
from geo.readers.roads.word_report import report_unread_columns, report_words, road_doubts
from geo.roads.osm_access import classify


def _reported(*roads: dict[str, str], has_class: bool = True) -> list[tuple[str, str, str, str]]:
    quality = QualityLog()
    classes = [classify(tags) for tags in roads]
    # The first combination stands for three roads, the others for one each.
    class_of = np.array([0, 0, 0, *range(1, len(roads))], np.int64)
    report_words(classes, class_of, quality, file="r", has_class=has_class)
    return [(row.severity, row.problem, row.field, row.value) for row in quality.rows]


def test_understood_roads_give_no_finding() -> None:
    assert _reported({"highway": "residential", "access": "yes", "maxspeed": "none"}) == []


def test_unknown_words_are_counted_by_road() -> None:
    found = _reported(
        {"highway": "service", "access": "maybe"},
        {"highway": "track", "access": "maybe", "foot": "perhaps"},
        {"highway": "residental"},
    )
    assert found == [
        ("warning", "road_words_unknown", "access", "maybe (4)"),
        ("warning", "road_words_unknown", "foot", "perhaps (1)"),
        ("warning", "road_class_unknown", "highway", "residental (1)"),
    ]


def test_of_many_unknown_words_the_rest_is_counted_together() -> None:
    found = _reported(*({"highway": "path", "foot": f"word{n}"} for n in range(15)))
    assert len(found) == 13
    assert found[-1] == ("warning", "road_words_unknown", "", "… 3 (3)")


def test_closed_classes_and_lines_without_class_are_counted() -> None:
    found = _reported({"highway": "construction"}, {"highway": "razed"}, {"highway": ""})
    assert found == [
        ("info", "road_classes_closed", "highway", "construction 3, razed 1"),
        ("warning", "road_without_class", "highway", "1"),
    ]


def test_a_table_without_classes_is_said_once() -> None:
    assert _reported({}, {"oneway": "yes"}, has_class=False) == [
        ("warning", "road_class_missing", "highway", "")
    ]


def test_what_must_stand_beside_the_shares() -> None:
    quality = QualityLog()
    assert road_doubts(quality) == []
    report_unread_columns(["speed"], quality, file="r")
    quality.add("info", "road_classes_closed", file="r")
    assert road_doubts(quality) == ["road_column_unread"]
