"""Fetching a place, from a server on this machine that speaks Nominatim and Overpass."""

from __future__ import annotations

import ast
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlparse

import pandas as pd
import pytest

from cli import main
from geo.base.errors import OutputError
from geo.base.progress import Progress, ProgressState
from geo.pipeline import check, run
from geo.study.load import load_study
from geo.workspace.draft import create_draft, missing_inputs, open_draft
from geo.workspace.edit import Replacement, replace_input
from geo.workspace.fetch import FetchError, Servers, fetch_roads, fetch_study
from tests.worlds.streets import ROOT

WEST, SOUTH, STEP = 114.30, 30.50, 0.002
SIZE = 6


def _node(number: int, **tags: str) -> dict[str, object]:
    column, row = number % SIZE, number // SIZE
    node = {"type": "node", "id": number + 1}
    node |= {"lon": WEST + 0.001 + column * STEP, "lat": SOUTH + 0.001 + row * STEP}
    return node | ({"tags": tags} if tags else {})


def _streets() -> list[dict[str, object]]:
    """A grid of streets, one of them one-way and one private."""
    nodes = [_node(n) for n in range(SIZE * SIZE)]
    ways = []
    for n in range(SIZE):
        across = [n * SIZE + k + 1 for k in range(SIZE)]
        down = [k * SIZE + n + 1 for k in range(SIZE)]
        tags = {"highway": "residential"} | ({"oneway": "yes"} if n == 1 else {})
        ways.append({"type": "way", "id": 100 + n, "nodes": across, "tags": tags})
        tags = {"highway": "footway"} | ({"access": "private"} if n == 2 else {})
        ways.append({"type": "way", "id": 200 + n, "nodes": down, "tags": tags})
    return [*nodes, *ways]


def _features() -> list[dict[str, object]]:
    """Two halves as administrative areas, three settlements, a pharmacy."""
    east, north, middle = WEST + 0.012, SOUTH + 0.012, WEST + 0.006
    corners = [(WEST, SOUTH), (middle, SOUTH), (east, SOUTH), (east, north), (middle, north)]
    corners.append((WEST, north))
    nodes = [
        {"type": "node", "id": 900 + n, "lon": x, "lat": y} for n, (x, y) in enumerate(corners)
    ]
    halves = {"甲街道": [900, 901, 904, 905, 900], "乙街道": [901, 902, 903, 904, 901]}
    found: list[dict[str, object]] = list(nodes)
    for number, (name, ring) in enumerate(halves.items()):
        way = 950 + number
        found.append({"type": "way", "id": way, "nodes": ring})
        tags = {"type": "boundary", "boundary": "administrative", "admin_level": "8", "name": name}
        member = {"type": "way", "ref": way, "role": "outer"}
        found.append({"type": "relation", "id": number + 1, "members": [member], "tags": tags})
    found += [
        _node(1, place="village", name="东村", population="120"),
        _node(22, place="village", name='a "b"', population="80"),
        _node(33, place="hamlet", name="西湾", population="15"),
        _node(14, amenity="pharmacy", name="药店"),
    ]
    return found


class _Handler(BaseHTTPRequestHandler):
    failures = 0
    empty = False
    calls: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        type(self).calls.append(self.path)
        if self._failing():
            return
        query = parse_qs(urlparse(self.path).query)
        if query.get("q") != ["测试区"]:
            self._answer([])
            return
        ring = [[WEST, SOUTH], [WEST + 0.012, SOUTH], [WEST + 0.012, SOUTH + 0.012]]
        ring += [[WEST, SOUTH + 0.012], [WEST, SOUTH]]
        box = [str(SOUTH), str(SOUTH + 0.012), str(WEST), str(WEST + 0.012)]
        self._answer(
            [
                {
                    "place_id": 1, "osm_type": "relation", "osm_id": 7,
                    "lat": "30.5", "lon": "114.3",
                    "class": "boundary", "type": "administrative", "place_rank": 16,
                    "importance": 0.5, "addresstype": "city", "name": "测试区",
                    "display_name": "测试区", "boundingbox": box,
                    "geojson": {"type": "Polygon", "coordinates": [ring]},
                }
            ]
        )  # fmt: skip

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        query = parse_qs(body)["data"][0]
        type(self).calls.append(query[:60])
        if self._failing():
            return
        elements = _streets() if 'way["highway"]' in query else _features()
        self._answer({"version": 0.6, "elements": [] if self.empty else elements})

    def _failing(self) -> bool:
        if type(self).failures <= 0:
            return False
        type(self).failures -= 1
        self.send_error(502)
        return True

    def _answer(self, content: object) -> None:
        raw = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    for name in (
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    _Handler.failures, _Handler.empty, _Handler.calls = 0, False, []
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{http.server_address[1]}"
    yield Servers(f"{base}/api", f"{base}/", polite=False, wait_s=0.01, timeout_s=10.0)
    http.shutdown()
    http.server_close()


def test_a_place_becomes_a_study(server: Servers, tmp_path: Path) -> None:
    states: list[ProgressState] = []
    folder = tmp_path / "study"
    before = socket.getaddrinfo
    files = fetch_study(
        "测试区", folder, cache=tmp_path / "cache", servers=server, progress=Progress(states.append)
    )
    assert socket.getaddrinfo is before
    assert [path.name for path in files] == [
        "roads.graphml",
        "units.geojson",
        "settlements.csv",
        "pharmacies.csv",
        "study.toml",
    ]
    assert [(s.stage, s.done, s.total) for s in states][-1] == ("fetch", 3, 3)
    study = load_study(folder)
    assert study.demand.weight == "population"
    analysis = run(study)
    figures = analysis.summary["layers"]["pharmacy"]
    assert (figures["units_total"], figures["demand_total"], figures["sites_total"]) == (2, 215, 1)
    assert figures["demand_covered"] > 0
    assert sorted(analysis.areas["unit_name"]) == ["乙街道", "甲街道"]
    quality, _ = check(study)
    assert not (quality["severity"] == "error").any()
    settlements = pd.read_csv(folder / "settlements.csv")
    assert set(settlements["name"]) == {"东村", 'a "b"', "西湾"}


def test_a_second_fetch_needs_no_server(server: Servers, tmp_path: Path) -> None:
    first = fetch_study("测试区", tmp_path / "a", cache=tmp_path / "cache", servers=server)
    asked = len(_Handler.calls)
    assert asked == 3
    again = fetch_study("测试区", tmp_path / "b", cache=tmp_path / "cache", servers=server)
    assert len(_Handler.calls) == asked
    for one, other in zip(first, again, strict=True):
        if one.suffix != ".graphml":  # OSMnx writes the time into it
            assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'[{"lat": "0"'])
def test_a_damaged_answer_is_asked_for_again(server: Servers, tmp_path: Path, text: bytes) -> None:
    cache = tmp_path / "cache"
    first = fetch_study("测试区", tmp_path / "a", cache=cache, servers=server)
    for path in sorted((cache / "osm").glob("*.json"))[:2]:
        path.write_bytes(text)
    again = fetch_study("测试区", tmp_path / "b", cache=cache, servers=server)
    assert len(_Handler.calls) > 3
    assert first[1].read_bytes() == again[1].read_bytes()


def test_it_tries_again(server: Servers, tmp_path: Path) -> None:
    _Handler.failures = 2
    fetch_study("测试区", tmp_path / "a", cache=tmp_path / "cache", servers=server)
    assert len(_Handler.calls) == 5


def test_no_connection_is_one_line(server: Servers, tmp_path: Path) -> None:
    _Handler.failures = 99
    with pytest.raises(FetchError) as caught:
        fetch_study("测试区", tmp_path / "a", cache=tmp_path / "cache", servers=server)
    assert (caught.value.code, caught.value.exit_code) == ("fetch_offline", 1)
    assert len(_Handler.calls) == 3
    assert not (tmp_path / "a").exists()


def test_unknown_place_and_empty_answer(server: Servers, tmp_path: Path) -> None:
    with pytest.raises(FetchError) as caught:
        fetch_study("nowhere", tmp_path / "a", cache=tmp_path / "cache", servers=server)
    assert caught.value.code == "fetch_unknown"
    _Handler.empty = True
    with pytest.raises(FetchError) as caught:
        fetch_study("测试区", tmp_path / "a", cache=tmp_path / "cache", servers=server)
    assert caught.value.code == "fetch_no_roads"


def test_a_folder_with_something_in_it_is_left_alone(server: Servers, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(OutputError) as caught:
        fetch_study("测试区", tmp_path, cache=tmp_path / "cache", servers=server)
    assert caught.value.code == "folder_not_empty"
    assert not _Handler.calls


def test_the_command(
    server: Servers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("QUARTERHOUR_OVERPASS_URL", server.overpass_url)
    monkeypatch.setenv("QUARTERHOUR_NOMINATIM_URL", server.nominatim_url)
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "study"
    assert main(["fetch", "测试区", str(folder), "--lang", "en"]) == 0
    assert "quarterhour run" in capsys.readouterr().out
    assert main(["check", str(folder), "--lang", "en"]) == 0
    capsys.readouterr()
    assert main(["fetch", "nowhere", str(tmp_path / "b"), "--lang", "en"]) == 1
    error = capsys.readouterr().err
    assert "nowhere" in error and "Traceback" not in error


def test_nothing_else_reaches_it() -> None:
    """Only the command and a button of the Start page import the module, inside themselves."""
    importers = []
    for path in [
        *ROOT.glob("*.py"),
        *(
            p
            for d in ("geo", "ledger", "layers", "app_pages", "cli")
            for p in (ROOT / d).rglob("*.py")
        ),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module in ("geo.workspace.fetch", "geo.workspace.from_osm"):
                importers.append((path.name, module))
    assert sorted(importers) == [
        ("fetch.py", "geo.workspace.from_osm"),
        ("fetched_roads.py", "geo.workspace.fetch"),
        ("study.py", "geo.workspace.fetch"),
    ]


def test_roads_alone_complete_an_unfinished_study(server: Servers, tmp_path: Path) -> None:
    states: list[ProgressState] = []
    path = fetch_roads(
        "测试区",
        tmp_path / "roads.graphml",
        cache=tmp_path / "cache",
        servers=server,
        progress=Progress(states.append),
    )
    assert [(s.stage, s.done, s.total) for s in states][-1] == ("fetch", 2, 2)
    folder = create_draft(tmp_path / "draft", name="t", locale="zh-CN")
    replace_input(folder, Replacement("network", path, "graphml", "OpenStreetMap", {}))
    assert missing_inputs(folder) == ("units", "demand", "layers")
    assert open_draft(folder).shown_file("network.graphml") == "OpenStreetMap"
    with pytest.raises(FetchError, match="fetch_unknown"):
        fetch_roads(
            "无此地",
            tmp_path / "none.graphml",
            cache=tmp_path / "cache",
            servers=server,
            progress=Progress(),
        )
