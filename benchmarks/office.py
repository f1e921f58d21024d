"""An office at one server: 20 people who open the sample together, and 20 sessions that work on it.

    python benchmarks/office.py                     both parts, about eight minutes
    python benchmarks/office.py --open --json FILE  the first part alone

The people are no browsers: a process of its own sends what a browser sends (`app_client`), over six
connections and a websocket each, and reads all answers. Their drawing costs their machines, not the
server's. The same is measured for a page with one word and an empty map (`app_floor`). The load of
the machine is printed beside the figures; whatever else runs on it makes them worse.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from app_client import Plan
from app_remote_users import remote_users
from app_timing import TimedPage
from playwright.sync_api import sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tornado.websocket import websocket_connect

from tests.browser.in_browser import CHROMIUM, FLAGS, WUHAN

PEOPLE = 20
THINK_S = 10.0
LONGEST_S = 60.0


@contextmanager
def office(script: Path | None = None) -> Iterator[tuple[str, int]]:
    """An office's server on the sample, without sign-in; yields its address and process."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        settings = Path(folder) / "server.toml"
        settings.write_text(f'studies = "."\n[listen]\nport = {port}\n', encoding="utf-8")
        environment = {
            **os.environ,
            "QUARTERHOUR_SERVER": str(settings),
            "QUARTERHOUR_STUDIES": folder,
            "QUARTERHOUR_STUDY": str(WUHAN),
            "PYTHONPATH": str(HERE.parent),
        }
        if script is not None:
            environment["QUARTERHOUR_SCRIPT"] = str(script)
        command = [sys.executable, "-m", "app_pages.server", str(os.getpid())]
        process = subprocess.Popen(
            command, cwd=HERE.parent, env=environment, stderr=subprocess.DEVNULL
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(timeout=60)


def _wait_for(address: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=2).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def plan_of(address: str, pid: int) -> Plan:
    """What a browser asks for while it opens the page, once the study is computed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for computes in (True, False):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            user = TimedPage(context, pid)
            user.open(f"{address}/?lang=en", computes=computes)
            context.close()
        browser.close()
    return user.plan


def opened_together(plan: Plan, samples: int) -> list[float]:
    """Seconds that each of the people waited for their last byte."""
    seconds: list[float] = []
    with remote_users(plan, PEOPLE) as people:
        for _ in range(samples):
            people.open()
            seconds += people.seconds()
            time.sleep(3)
    return seconds


async def _work(plan: Plan, until: float, seconds: list[float], errors: list[str]) -> None:
    """One session: it opens the page, then lets it run again after each pause for thought."""
    try:
        line = await websocket_connect(plan.socket, subprotocols=["streamlit"])
        for said in plan.said:
            await _run(line, base64.b64decode(said))
        again = BackMsg()
        again.ParseFromString(base64.b64decode(plan.said[-1]))
        while time.monotonic() < until:
            await asyncio.sleep(random.uniform(0.5, 1.5) * THINK_S)
            began = time.perf_counter()
            await _run(line, again.SerializeToString())
            seconds.append(time.perf_counter() - began)
        line.close()
    except (OSError, RuntimeError, TimeoutError) as error:
        errors.append(repr(error))


async def _run(line: Any, said: bytes) -> None:
    await line.write_message(said, binary=True)
    while True:
        message = await asyncio.wait_for(line.read_message(), LONGEST_S)
        if not isinstance(message, bytes):
            raise RuntimeError("the server hung up")
        if ForwardMsg.FromString(message).WhichOneof("type") == "script_finished":
            return


def work_together(plan: Plan, pid: int, minutes: float) -> dict[str, Any]:
    """Sessions that rerun the page: seconds of a rerun, errors, memory before, at most, after."""
    seconds: list[float] = []
    errors: list[str] = []
    before = _memory_gb(pid)
    most = before

    async def all_of_them() -> None:
        nonlocal most
        until = time.monotonic() + 60 * minutes
        work = [asyncio.create_task(_work(plan, until, seconds, errors)) for _ in range(PEOPLE)]
        while not all(task.done() for task in work):
            most = max(most, _memory_gb(pid))
            await asyncio.sleep(1)

    asyncio.run(all_of_them())
    return {
        "reruns": len(seconds),
        "errors": len(errors),
        "rerun p50 s": round(_share(seconds, 0.5), 2),
        "rerun p95 s": round(_share(seconds, 0.95), 2),
        "memory before GB": round(before, 2),
        "memory at most GB": round(most, 2),
        "memory after GB": round(_memory_gb(pid), 2),
    }


def _share(seconds: Sequence[float], share: float) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def _memory_gb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1e6
    return float("nan")


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Parse the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--open", action="store_true", help="opening together alone")
    parser.add_argument("--samples", type=int, default=3, help="times that all open the page")
    parser.add_argument("--minutes", type=float, default=5.0, help="of work")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    chosen = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    for name, script in (("the sample", None), ("the bare page", HERE / "app_floor.py")):
        with office(script) as (address, pid):
            plan = plan_of(address, pid)
            cpu = _cpu_s(pid)
            seconds = opened_together(plan, chosen.samples)
            found[name] = {
                "files": len(plan.before) + len(plan.after),
                "p50 s": round(statistics.median(seconds), 2),
                "p95 s": round(_share(seconds, 0.95), 2),
                "worst s": round(max(seconds), 2),
                "server CPU s of one": round((_cpu_s(pid) - cpu) / len(seconds), 3),
            }
            print(name, json.dumps(found[name]), flush=True)
            if script is None and not chosen.open:
                found["at work"] = work_together(plan, pid, chosen.minutes)
                print("at work", json.dumps(found["at work"]), flush=True)
    found["load at the end"] = round(os.getloadavg()[0], 1)
    print(json.dumps({key: found[key] for key in ("cores", "load", "load at the end")}))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
