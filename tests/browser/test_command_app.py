"""The app as the command starts it: the server computes the study before a page asks for it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.in_browser import ROOT, WUHAN, drawn_map


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of ``quarterhour app`` on the sample, and what it writes into the terminal."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = tmp_path / "terminal.txt"
    env = {
        **os.environ,
        "QUARTERHOUR_STUDIES": str(tmp_path / "studies"),
        "QUARTERHOUR_STATE": str(tmp_path / "state"),
    }
    command = [sys.executable, "-m", "cli", "app", str(WUHAN), "--no-browser", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 90
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield address, log
        process.terminate()
        process.wait(timeout=30)


def test_the_map_is_drawn_and_the_terminal_says_nothing_else(
    started: tuple[str, Path], page_guard: Callable[..., Page]
) -> None:
    address, log = started
    page = page_guard()
    page.goto(f"{address}/?lang=en")
    expect(page.locator(".qh-pair")).to_be_visible(timeout=300_000)
    drawn_map(page)
    page.wait_for_url("**?*study=*")  # the component that keeps the address
    text = log.read_text(encoding="utf-8")
    assert "ScriptRunContext" not in text and "Traceback" not in text
