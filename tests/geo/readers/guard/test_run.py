"""The child process that parses files of unknown origin: its limits, its drivers, its refusals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo.base.errors import MachineError, OutputError, StudyError
from geo.base.processes.fork_server import FORKS, ForkServer
from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import read_table, table_task
from geo.readers.formats.registry import FORMATS, format_of
from geo.readers.guard import run
from geo.readers.guard.limits import machine_memory_mb
from geo.readers.guard.run import (
    Limits,
    Task,
    read_guarded,
    read_guarded_file,
    read_guarded_roads,
)
from geo.readers.osm.roads import read_osm
from geo.readers.table.raw_table import Choice
from geo.roads.roads import Roads

PARQUET = table_task(format_of("parquet"), Choice())


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 200,000 points; it is only read."""
    frame = gpd.GeoDataFrame(
        {"编号": np.arange(200_000).astype(str)},
        geometry=shapely.points(np.full(200_000, 114.0), 30.0),
        crs="EPSG:4326",
    )
    path = tmp_path_factory.mktemp("table") / "t.parquet"
    frame.to_parquet(path)
    return path


def test_the_table_comes_back_as_it_was(parquet: Path) -> None:
    table = read_table(parquet, "t.parquet", QualityLog())
    assert list(table.frame.columns) == ["编号"]
    assert table.frame["编号"].iloc[-1] == "199999"
    assert table.rows.tolist()[-1] == 200_000
    assert table.geometry is not None
    assert shapely.get_x(table.geometry[0]) == 114.0


@pytest.mark.skipif(sys.platform == "win32", reason="limits by resource")
@pytest.mark.parametrize("forks", sorted({FORKS, False}))
def test_a_small_file_that_becomes_large_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, forks: bool
) -> None:
    monkeypatch.setattr(run, "FORKS", forks)
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.table({"a": np.zeros(20_000_000)}), path, compression="zstd")
    assert path.stat().st_size < 100_000
    with pytest.raises(StudyError) as caught:
        read_guarded(PARQUET, path, "t", QualityLog(), limits=Limits(memory_mb=1000))
    assert caught.value.code == "guard_memory"


ROADS = """<osm version="0.6">
<node id="1" lat="30.0" lon="114.0"/><node id="2" lat="30.1" lon="114.0"/>
<node id="3" lat="30.2" lon="114.0"/>
<way id="7"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="8"><nd ref="2"/><nd ref="1"/><tag k="highway" v="service"/></way></osm>"""


def test_roads_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "roads.osm"
    path.write_text(ROADS, encoding="utf-8")
    task = Task(format_of("osm").reader, {"datum": "gcj02"})
    roads, rows_in, used = read_guarded_roads(task, path, "r", QualityLog())
    expected, *counts = read_osm(path, "r", QualityLog(), "gcj02", tmp_path)
    assert [rows_in, used] == counts == [2, 2]
    for item in fields(Roads):
        here, there = getattr(roads, item.name), getattr(expected, item.name)
        assert here.dtype == there.dtype
        np.testing.assert_array_equal(here, there)


@pytest.mark.parametrize(
    "change",
    [
        {"u": np.array([0, 9, 1], np.int32)},
        {"v": np.array([0, -1, 1], np.int32)},
        {"start": np.array([0, 2, 4, 99], np.int64)},
        {"foot": np.zeros(2, np.uint8)},
    ],
)
def test_roads_that_contradict_themselves_are_told(
    tmp_path: Path, change: dict[str, np.ndarray]
) -> None:
    path = tmp_path / "roads.osm"
    path.write_text(ROADS, encoding="utf-8")
    roads = read_osm(path, "r", QualityLog(), "wgs84", tmp_path)[0]
    assert roads.consistent and len(roads) == 3
    assert not replace(roads, **change).consistent


@pytest.mark.skipif(sys.platform == "win32", reason="limits by resource")
def test_a_graph_beyond_the_memory_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "huge.graphml"
    nodes = "".join(f'<node id="{n}"/>' for n in range(1_500_000))
    path.write_text(f'<graphml><graph edgedefault="directed">{nodes}</graph></graphml>')
    task = Task(format_of("graphml").reader, {"datum": "wgs84"})
    with pytest.raises(StudyError) as caught:
        read_guarded_roads(task, path, "g", QualityLog(), limits=Limits(900))
    assert caught.value.code == "guard_memory"


def test_a_long_csv_is_read_in_a_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id,name\n" + "1,一\n" * 10, encoding="utf-8")
    short = read_table(path, "t", QualityLog())
    monkeypatch.setattr("geo.readers.formats.detect._SHORT_BYTES", 10)
    long = read_table(path, "t", QualityLog())
    assert long.frame.equals(short.frame) and long.rows.tolist() == short.rows.tolist()


def test_too_much_time_is_one_line(parquet: Path) -> None:
    with pytest.raises(StudyError) as caught:
        read_guarded(PARQUET, parquet, "t", QualityLog(), limits=Limits(seconds=0))
    assert caught.value.code == "guard_time"


def test_gdal_has_one_driver_only() -> None:
    used = [item.gdal for item in FORMATS if item.gdal is not None]
    assert ("rasterio", "GTiff") in used
    for library, driver in used:
        skipped = run._environment((library, driver), tempfile.gettempdir())["GDAL_SKIP"]
        script = f"from geo.readers.guard.run import gdal_drivers; print(gdal_drivers({library!r}))"
        ended = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "GDAL_SKIP": skipped},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout.strip() == repr({driver})


ESCAPES = {
    "socket": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "process": "import subprocess; subprocess.run(['true'])",
    "shell": "import os; os.system('true')",
    "secret": "open('/etc/passwd').read()",
    "write": "open(__import__('os').path.expanduser('~/../evil'), 'w')",
}


@pytest.mark.parametrize("name", sorted(ESCAPES))
def test_the_child_is_restrict(tmp_path: Path, name: str) -> None:
    script = (
        "from pathlib import Path\n"
        "from geo.readers.guard.child import _restrict\n"
        f"_restrict(Path({str(tmp_path / 'a')!r}), Path({str(tmp_path / 'b')!r}))\n"
        f"{ESCAPES[name]}\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "PermissionError" in ended.stderr


def test_the_child_answers_in_json_and_arrow_only(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    real = run._run

    def spy(request: dict, *arguments: object) -> dict:
        answer = real(request, *arguments)  # type: ignore[arg-type]
        seen.extend(sorted(os.listdir(request["folder"])))
        json.dumps(answer)
        return answer

    monkeypatch.setattr(run, "_run", spy)
    read_table(parquet, "t.parquet", QualityLog())
    assert seen == ["answer.json", "table.arrow"]


def kill_task(request: dict) -> object:
    """The work of a child that the system ends, as it does when memory runs out."""
    return lambda quality, folder: os.kill(os.getpid(), 9)


@pytest.mark.skipif(sys.platform == "win32", reason="ended by a signal")
def test_a_child_that_the_system_kills_is_named(parquet: Path) -> None:
    task = Task("tests.geo.readers.guard.test_run:kill_task")
    with pytest.raises(MachineError) as caught:
        read_guarded(task, parquet, "t", QualityLog())
    assert caught.value.code == "guard_killed"


def test_a_full_disk_is_named(parquet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "FULL_BYTES", 2**62)
    with pytest.raises(OutputError) as caught:
        read_guarded(Task("tests.geo.readers.guard.test_run:no_task"), parquet, "t", QualityLog())
    assert caught.value.code == "disk_full"


def no_task(request: dict) -> object:
    sys.exit(1)


@pytest.mark.parametrize("way", ["_forked", "_started"])
def test_two_children_at_once_for_everybody(
    parquet: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    running: list[int] = []
    most: list[int] = []
    real = getattr(run, way)

    def counted(*arguments: object) -> int:
        running.append(1)
        most.append(len(running))
        try:
            return int(real(*arguments))
        finally:
            running.pop()

    monkeypatch.setattr(run, "FORKS", way == "_forked")
    monkeypatch.setattr(run, way, counted)
    with ThreadPoolExecutor(4) as pool:
        read = [pool.submit(read_table, parquet, "t", QualityLog()) for _ in range(4)]
        assert all(len(table.result().rows) == 200_000 for table in read)
    assert len(most) == 4 and max(most) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="ended by a signal")
def test_a_child_that_is_started_ends_as_one_that_is_forked(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = []
    for forks in {FORKS, False}:
        monkeypatch.setattr(run, "FORKS", forks)
        read_table(parquet, "t.parquet", QualityLog())
        for task, limits in (
            (Task("tests.geo.readers.guard.test_run:kill_task"), None),
            (PARQUET, Limits(seconds=0)),
        ):
            with pytest.raises((MachineError, StudyError)) as caught:
                read_guarded(task, parquet, "t", QualityLog(), limits=limits)
            codes.append(caught.value.code)
    assert set(codes[:2]) == set(codes) == {"guard_killed", "guard_time"}


def environment_task(request: dict) -> object:
    """The work of a child that says what it was given."""
    kept = {name: os.environ.get(name) for name in ("GDAL_SKIP", "TMPDIR", "SECRET_OF_THE_OFFICE")}
    kept |= {"cwd": os.getcwd(), "temporary": tempfile.gettempdir()}
    return lambda quality, folder: kept


def test_a_child_has_the_environment_of_its_file(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_OFFICE", "1")
    for driver in ("FlatGeobuf", "GPKG"):
        name = "tests.geo.readers.guard.test_run:environment_task"
        answer, _ = read_guarded_file(Task(name, gdal=("pyogrio", driver)), parquet, "t")
        assert driver not in answer["GDAL_SKIP"].split(",") and answer["GDAL_SKIP"]
        assert answer["SECRET_OF_THE_OFFICE"] is None
        assert answer["TMPDIR"] == answer["cwd"] == answer["temporary"]


@pytest.mark.skipif(not FORKS, reason="children are started here")
def test_a_server_that_was_ended_is_replaced(parquet: Path) -> None:
    read_table(parquet, "t.parquet", QualityLog())
    former = run._SERVER[0]
    os.kill(former.pid, 9)
    former._process.wait()
    assert len(read_table(parquet, "t.parquet", QualityLog()).rows) == 200_000
    assert run._SERVER[0] is not former


@pytest.mark.skipif(not FORKS, reason="children are started here")
def test_without_a_server_children_are_started(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the server itself is ended each time."""
    monkeypatch.setattr(run, "_SERVER", [])
    monkeypatch.setattr(
        run, "ForkServer", lambda command, environment: ForkServer(["/bin/false"], environment)
    )
    assert len(read_table(parquet, "t.parquet", QualityLog()).rows) == 200_000


def test_a_small_machine_gets_smaller_limits(
    parquet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert machine_memory_mb() > 500
    for machine_mb, most_mb in ((0, 4096), (2_000, 2048), (6_000, 3000), (64_000, 4096)):
        monkeypatch.setattr(run, "machine_memory_mb", lambda mb=machine_mb: mb)
        assert Limits.of(parquet).memory_mb == most_mb
