"""The classes of highways: ranks, links, and the one list that the speeds follow."""

from __future__ import annotations

import numpy as np

from geo.network.profiles import DRIVE_KMH
from geo.roads.highways import (
    DRIVE_CLASSES,
    FOOTWAY_CLASSES,
    MAIN_CLASSES,
    RANKS,
    parent_classes,
    road_rank,
)


def test_classes_have_ranks() -> None:
    names = np.array(["motorway_link", "", "residential", "steps", "no such class", "tertiary"])
    assert road_rank(names).tolist() == [0, 3, 4, 6, 5, 3]
    assert road_rank(names[:0]).tolist() == []


def test_links_go_like_their_parents() -> None:
    names = np.array(["trunk_link", "trunk", "", "service"])
    assert parent_classes(names).tolist() == ["trunk", "trunk", "", "service"]
    assert parent_classes(names[:0]).tolist() == []


def test_the_lists_agree() -> None:
    assert set(DRIVE_KMH) == DRIVE_CLASSES
    ranked = {name: rank for rank, names in enumerate(RANKS) for name in names}
    assert {*DRIVE_CLASSES, *FOOTWAY_CLASSES} <= set(ranked)
    assert [ranked[name] for name in MAIN_CLASSES] == sorted(ranked[n] for n in MAIN_CLASSES)
    main = {name for names in RANKS[: ranked[MAIN_CLASSES[-1]] + 1] for name in names}
    assert {name.removesuffix("_link") for name in main} == set(MAIN_CLASSES)
