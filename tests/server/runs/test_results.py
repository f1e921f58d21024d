"""Results as files: equal after reading, mapped, refused where they are damaged."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.base.cache import stored
from server.runs.results import has_result, keep_result, load_result, prune_results


def test_tables_geometries_and_locks(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": ["甲", ""], "n": [1.5, np.nan], "b": [True, False]})
    shapes = gpd.GeoDataFrame(table, geometry=shapely.points([[1, 2], [3, 4]]), crs="EPSG:4326")
    value = {"table": table, "shapes": shapes, "lock": threading.Lock(), "again": table}
    keep_result(tmp_path / "r", "k", value)
    found = load_result(tmp_path / "r", "k")
    pd.testing.assert_frame_equal(found["table"], table)
    assert found["again"] is found["table"]
    assert shapes.geom_equals(found["shapes"]).all() and found["shapes"].crs == shapes.crs
    with found["lock"]:
        pass
    found["table"].loc[0, "n"] = 9.0
    assert load_result(tmp_path / "r", "k")["table"].loc[0, "n"] == 1.5, "changed in memory only"


def test_arrays_are_as_writable_as_they_were(tmp_path: Path) -> None:
    fixed = np.arange(3)
    fixed.flags.writeable = False
    keep_result(tmp_path / "r", "k", (fixed, np.arange(4), np.empty(0)))
    found = load_result(tmp_path / "r", "k")
    assert [array.flags.writeable for array in found[:2]] == [False, True]
    assert [array.tolist() for array in found] == [[0, 1, 2], [0, 1, 2, 3], []]


def test_an_array_of_the_cache_is_named_and_not_written_again(tmp_path: Path) -> None:
    big = np.arange(200_000.0).reshape(-1, 2)
    arrays, _ = stored(tmp_path / "cache", "a" * 64, lambda: ({"big": big}, {}))
    keep_result(tmp_path / "r", "k", {"x": arrays["big"][1:, 1], "all": arrays["big"]})
    assert sum(path.stat().st_size for path in (tmp_path / "r").iterdir()) < 10_000
    found = load_result(tmp_path / "r", "k")
    assert np.array_equal(found["all"], big) and np.array_equal(found["x"], big[1:, 1])
    assert not found["all"].flags.writeable
    file = next((tmp_path / "cache").rglob("big.npy"))
    np.save(file, big + 1)
    with pytest.raises(LookupError):
        load_result(tmp_path / "r", "k")


def test_what_is_damaged_or_strange_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    assert not has_result(folder, "k")
    keep_result(folder, "k", np.arange(1000))
    assert has_result(folder, "k") and not has_result(folder, "other")
    content = (folder / "arrays.bin").read_bytes()
    (folder / "arrays.bin").write_bytes(b"\x01" + content[1:])
    with pytest.raises(LookupError):
        load_result(folder, "k")
    keep_result(folder, "k", 1)
    assert load_result(folder, "k") == 1
    if sys.platform != "win32":
        assert folder.stat().st_mode & 0o077 == 0
        folder.chmod(0o777)
        assert not has_result(folder, "k"), "others may have written it"


def test_the_results_used_longest_ago_are_removed(tmp_path: Path) -> None:
    for number, name in enumerate("abcd"):
        keep_result(tmp_path / name, name, np.zeros(1000))
        os.utime(tmp_path / name, (number, number))
    assert load_result(tmp_path / "a", "a").sum() == 0  # used now
    assert (tmp_path / "a").stat().st_mtime > time.time() - 60
    prune_results(tmp_path, most_bytes=25_000, spare=tmp_path / "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "d"]
    prune_results(tmp_path / "absent", most_bytes=0)
