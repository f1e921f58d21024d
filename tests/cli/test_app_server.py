"""The app's server: whom it answers, and that it ends with its command."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.streets import ROOT

_SHAKE = (
    "GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def _status(port: int, request: str) -> int:
    """The status of the answer; 0 where nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(request.encode())
            return int(connection.recv(64).split(b" ")[1])
    except (OSError, IndexError):
        return 0


def _until(port: int, answers: bool, seconds: float) -> bool:
    request = "GET /_stcore/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if (_status(port, request) == 200) == answers:
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def app(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    for name in ("STREAMLIT_SERVER_ADDRESS", "STREAMLIT_SERVER_ALLOWED_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "cli", "app", str(study), "--no-browser", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert _until(port, True, 60)
    yield process, port
    process.kill()
    process.wait()


def test_other_hosts_are_refused_and_the_server_ends_with_its_command(
    app: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = app
    assert _status(port, _SHAKE.format(host=f"localhost:{port}")) == 101
    assert _status(port, _SHAKE.format(host="127.0.0.1")) == 101
    assert _status(port, _SHAKE.format(host="evil.example")) in (400, 403)
    process.kill()
    process.wait()
    assert _until(port, False, 10)


def test_a_port_in_use_is_said_in_one_line(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        command = [sys.executable, "-m", "cli", "app", str(study), "--no-browser"]
        for lang, expected in (("en", f"Port {port} is used"), ("zh-CN", f"端口 {port} 已被")):
            ended = subprocess.run(
                [*command, "--port", str(port), "--lang", lang],
                cwd=ROOT,
                capture_output=True,
                check=False,
                timeout=60,
            )
            lines = ended.stderr.decode("utf-8").splitlines()
            assert ended.returncode == 1
            assert [line for line in lines if expected in line] == lines
