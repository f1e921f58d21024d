"""The cache only saves time: whatever happens to it, the results are the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from geo import pipeline
from geo.analysis import Analysis
from geo.base.cache import default_cache, stored
from geo.base.checksums import digest
from geo.base.files import file_sha256
from geo.study.load import load_study
from tests.worlds.corrupted_cache import CORRUPTIONS, entries
from tests.worlds.hand_study import write_hand_study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_hand_study(tmp_path_factory.mktemp("hand"))


@pytest.fixture(scope="module")
def fresh(folder: Path) -> str:
    return run(folder, None)


def result(analysis: Analysis) -> str:
    """Every table as text, and the summary."""
    names = ("demand", "units", "gaps", "gap_points", "sites", "isochrones", "quality")
    tables = [getattr(analysis, name).to_csv() for name in names]
    return "\n".join([*tables, json.dumps(analysis.summary, sort_keys=True)])


def run(folder: Path, cache: Path | None) -> str:
    return result(pipeline.run(load_study(folder), layers=["walk", "car_from"], cache=cache))


def test_a_second_run_uses_it(
    folder: Path, fresh: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(folder, tmp_path) == fresh
    kept = entries(tmp_path)
    assert len(kept) == 7  # roads; on foot and by car the graph, the demand and the sites

    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("built again")

    monkeypatch.setattr("geo.inputs.road_source.read_roads", unwanted)
    monkeypatch.setattr("geo.inputs.road_source.build_network", unwanted)
    monkeypatch.setattr("geo.inputs.road_source.Snapper", unwanted)
    assert run(folder, tmp_path) == fresh
    assert entries(tmp_path) == kept


@pytest.fixture
def warm(folder: Path, warm_once: Path, tmp_path: Path) -> Path:
    """A cache that holds everything, to be harmed."""
    return Path(shutil.copytree(warm_once, tmp_path / "cache"))


@pytest.fixture(scope="module")
def warm_once(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = tmp_path_factory.mktemp("warm")
    run(folder, cache)
    return cache


def test_deleting_it_only_costs_time(folder: Path, fresh: str, warm: Path) -> None:
    for entry in entries(warm):
        next(entry.iterdir()).unlink()
    assert run(folder, warm) == fresh


def content(cache: Path) -> dict[str, bytes]:
    return {
        path.relative_to(cache).as_posix(): path.read_bytes()
        for path in cache.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_whatever_is_damaged_is_rebuilt(
    folder: Path, fresh: str, warm: Path, warm_once: Path, name: str
) -> None:
    CORRUPTIONS[name](warm)
    assert content(warm) != content(warm_once)
    assert run(folder, warm) == fresh
    # The entry itself is whole again, so that later runs do not build it once more.
    assert content(warm) == content(warm_once)


def test_there_are_enough_corruptions() -> None:
    assert len(CORRUPTIONS) >= 50


def test_a_file_is_read_once_for_its_checksum(
    folder: Path, warm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder, warm)
    read: list[str] = []

    def counted(path: Path) -> str:
        read.append(path.name)
        return file_sha256(path)

    monkeypatch.setattr("geo.base.checksums.file_sha256", counted)
    run(folder, warm)
    assert read == []
    changed = next(warm.rglob("length_m.npy"))
    changed.write_bytes(changed.read_bytes()[:-1] + b"\x7f")
    run(folder, warm)
    # First what was changed; then the files of the rebuilt entry.
    assert read[0] == "length_m.npy" and len(read) > 1


def test_swapped_pages_of_a_large_array_are_found(tmp_path: Path) -> None:
    rows = np.arange(3_000_000)
    calls = []

    def build() -> tuple[dict[str, np.ndarray], dict[str, object]]:
        calls.append(1)
        return {"rows": rows}, {}

    stored(tmp_path, "ab12", build)
    path = next(tmp_path.rglob("rows.npy"))
    raw = bytearray(path.read_bytes())
    raw[4096:8192], raw[81920:86016] = raw[81920:86016], raw[4096:8192]
    path.write_bytes(bytes(raw))
    arrays, _ = stored(tmp_path, "ab12", build)
    np.testing.assert_array_equal(arrays["rows"], rows)
    assert len(calls) == 2


def test_a_changed_input_is_not_taken_from_the_cache(tmp_path: Path) -> None:
    folder, cache = write_hand_study(tmp_path / "study"), tmp_path / "cache"
    before = pipeline.run(load_study(folder), cache=cache)
    roads = folder / "roads.geojson"
    text = roads.read_text(encoding="utf-8")
    roads.write_text(text.replace('"length_m": 1000.0', '"length_m": 500.0'), encoding="utf-8")
    after = pipeline.run(load_study(folder), cache=cache)
    walk = [a.demand[a.demand["layer"] == "walk"]["metres"].iloc[0] for a in (before, after)]
    assert walk == [500.0, 250.0]
    assert before.summary["analysis_id"] != after.summary["analysis_id"]


@pytest.mark.parametrize(
    "more", ["[profiles.walk]\nkmh = 5\n", "[profiles.drive]\nspeeds = { residential = 10 }\n"]
)
def test_a_changed_speed_is_not_taken_from_the_cache(tmp_path: Path, more: str) -> None:
    folder, cache = write_hand_study(tmp_path / "study"), tmp_path / "cache"
    run(folder, cache)
    toml = folder / "study.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + more, encoding="utf-8")
    assert run(folder, cache) == run(folder, None)


def test_changed_overrides_are_not_taken_from_the_cache(tmp_path: Path) -> None:
    folder, cache = write_hand_study(tmp_path / "study"), tmp_path / "cache"
    toml = folder / "study.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace('"roads.geojson"', '"roads.geojson"\noverrides = "o.csv"'), encoding="utf-8"
    )
    found = []
    for minutes in (7, 70):
        (folder / "o.csv").write_text(f"edge,minutes\nCD,{minutes}\n", encoding="utf-8")
        analysis = pipeline.run(load_study(folder), cache=cache, layers=["walk"])
        row = analysis.demand[analysis.demand["demand_id"] == "d3"].iloc[0]
        found.append(row["minutes"])
    assert found == [7 + 7.5, 70 + 7.5]


def test_a_cache_that_cannot_be_written_stops_nothing(
    folder: Path, fresh: str, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    assert run(folder, blocked) == fresh


def test_nothing_half_written_is_left(warm: Path) -> None:
    assert not [path for path in warm.rglob("*") if path.name.startswith(".new-")]


def test_stored_builds_once(tmp_path: Path) -> None:
    built = []

    def build() -> tuple[dict[str, np.ndarray], dict[str, object]]:
        built.append(1)
        return {"a": np.arange(5), "none": np.empty(0, np.int32)}, {"note": "注"}

    for _ in range(2):
        arrays, notes = stored(tmp_path, "ab12", build)
        np.testing.assert_array_equal(arrays["a"], np.arange(5))
        assert arrays["none"].dtype == np.int32
        assert notes == {"note": "注"}
    assert len(built) == 1
    stored(None, "ab12", build)
    assert len(built) == 2


def test_digests_are_of_the_content(tmp_path: Path) -> None:
    assert digest("a", {"x": 1, "y": 2}) == digest("a", {"y": 2, "x": 1})
    assert digest("a", "b") != digest("ab") != digest("a,b")
    path = tmp_path / "f"
    path.write_bytes(b"abc")
    assert file_sha256(path).startswith("ba7816bf")


def test_the_folder_may_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path))
    assert default_cache() == tmp_path
