"""Starts `quarterhour serve` for a test."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.worlds.streets import ROOT

# The headers by which a websocket begins.
SHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def start_server(
    folder: Path, settings: str, address: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve by a server.toml in `folder`; yields the address and the process once it answers."""
    (folder / "studies").mkdir(exist_ok=True)
    path = folder / "server.toml"
    path.write_text(f'studies = "studies"\n{settings}', encoding="utf-8")
    command = [sys.executable, "-m", "cli", "serve", "--config", str(path)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    end = time.monotonic() + 60
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, "no answer"
                time.sleep(0.1)
        yield address, process
    finally:
        process.kill()
        process.wait()
