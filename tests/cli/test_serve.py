"""`serve`: what it refuses, what it answers, how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest

import cli
from tests.cli.serving import SHAKE, free_port, start_server

_USER = {"X-Remote-User": "li"}


def _get(address: str, **headers: str) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.fixture
def server(study: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, subprocess.Popen]]:
    """A server under a base path, on the study of one street."""
    monkeypatch.setenv("QUARTERHOUR_STUDY", str(study))
    port = free_port()
    text = f'[listen]\nport = {port}\nbase_path = "/qh/maps"\n'
    text += '[auth]\nmode = "header"\ntrusted_proxies = ["127.0.0.1"]\n'
    with start_server(study.parent, text, f"http://127.0.0.1:{port}/qh/maps") as started:
        yield started


def _check_forged(port: int) -> None:
    """A connection from another address than the proxy's is refused, whatever it says."""
    for path, more, refused, served in (
        ("/", {}, 401, 200),
        ("/static/favicon.png", {}, 401, 200),
        ("/_stcore/host-config", {}, 401, 200),
        ("/_stcore/stream", SHAKE, 403, 101),
    ):
        for source, expected in (("127.0.0.2", refused), ("127.0.0.1", served)):
            connection = HTTPConnection("127.0.0.1", port, timeout=20, source_address=(source, 0))
            forged = {**_USER, "X-Forwarded-For": "127.0.0.1", **more}
            connection.request("GET", f"/qh/maps{path}", headers=forged)
            assert connection.getresponse().status == expected, (path, source)
            connection.close()


def test_a_server_answers_logs_and_stops(server: tuple[str, subprocess.Popen]) -> None:
    address, process = server
    status, headers, body = _get(f"{address}/healthz", Host="evil.example")
    health = json.loads(body)
    assert status == 200 and health["status"] == "ok" and health.keys() == {"status", "version"}
    assert headers["Cache-Control"] == "no-store"
    status, headers, body = _get(f"{address}/", **_USER)
    assert status == 200 and b'<div id="root">' in body
    assert "frame-ancestors 'self'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "server" not in headers
    assert _get(f"{address}/")[0] == 401
    assert _get(address.replace("/qh/maps", "/healthz"), **_USER)[0] == 404
    _check_forged(int(address.split(":")[2].partition("/")[0]))
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=40)
    assert process.returncode == 0
    lines = [json.loads(line) for line in errors.decode("utf-8").splitlines()]
    events = [line["event"] for line in lines]
    assert events[0] == "start" and events[-1] == "stop"
    assert all({"time", "level", "event"} <= line.keys() for line in lines)
    assert any(line.get("path") == "/qh/maps/" and line["user"] == "li" for line in lines)


def test_without_sign_in_it_listens_on_this_machine_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "studies").mkdir()
    path = tmp_path / "server.toml"
    path.write_text('studies = "studies"\n[listen]\nhost = "0.0.0.0"\n', encoding="utf-8")
    assert cli.main(["serve", "--config", str(path), "--lang", "en"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "0.0.0.0" in line and "127.0.0.1" in line


def test_a_missing_file_and_a_port_in_use_are_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "server.toml"
    assert cli.main(["serve", "--config", str(path), "--lang", "en"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "--config" in line
    (tmp_path / "studies").mkdir()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        path.write_text(f'studies = "studies"\n[listen]\nport = {port}\n', encoding="utf-8")
        assert cli.main(["serve", "--config", str(path), "--lang", "zh-CN"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert f"端口 {port}" in line and "listen.port" in line
