"""A server that saves edits and has studies computed; it and its workers are killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from geo.scenarios.store import list_scenarios

__all__ = ["Found", "check_saved", "kill_rounds", "lives"]

ROOT = Path(__file__).parents[2]
LONG_S = 120.0
# One line is printed after each edit was saved, and after each result was read.
_SERVER = """
import sys, threading, time
from pathlib import Path
from app_pages.runs import server_queue, studies
from geo.base.errors import MachineError
from geo.base.progress import Progress
from geo.scenarios.changes import Scenario
from geo.scenarios.store import save_scenario
from server.runs.results import has_result, kept_folder
from server.runs.task import Task

study, first = sys.argv[1], int(sys.argv[2])
lock = threading.Lock()

def say(*words):
    with lock:
        print(*words, flush=True)

def edit():
    number = first
    while True:
        save_scenario(Path(study), Scenario(f"s{number}", note=f"edit {number}"))
        say("saved", number)
        number += 1
        time.sleep(0.05)

threading.Thread(target=edit, daemon=True).start()
queue = server_queue.run_queue()
ref = studies.study_ref(study)
say("known", has_result(kept_folder(server_queue.kept_results(), ref.key), ref.key))
analysis, _ = server_queue.in_worker(queue, "li", studies.study_task(ref), Progress())
say("share", analysis.summary["layers"]["station"]["share_by_time"])
again = Task("app_pages.runs.studies:compute_study", {"ref": ref})
give = Task("tests.worlds.run_tasks:give", {"value": 0})
while True:
    for task in (give, again):
        try:
            found = server_queue.in_worker(queue, "li", task, Progress())
            say(*(("worker", found[0]) if task is give else ("computed",)))
        except MachineError as error:
            say("lost", error.code)
"""


@dataclass
class Found:
    """What was seen in all rounds.

    Attributes
    ----------
    saved : list of int
        The edits that a server said it had saved.
    known : list of bool
        For each server, whether the result was there when it started.
    shares : set of str
    lost : list of str
        The errors of runs whose worker was killed.
    """

    saved: list[int] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    shares: set[str] = field(default_factory=set)
    lost: list[str] = field(default_factory=list)


def lives(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def kill_rounds(study: Path, kinds: list[str], seed: int) -> Found:
    """In each round start a server, kill a worker or not, then the server, at random moments.

    Parameters
    ----------
    study : Path
        Its environment must name a cache and a server.toml.
    kinds : list of str
        "server" or "worker" of each round.
    seed : int
    """
    random_moments, found = random.Random(seed), Found()
    for number, kind in enumerate(kinds):
        command = [sys.executable, "-c", _SERVER, str(study), str(10_000 * number)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        said: SimpleQueue[list[str]] = SimpleQueue()
        Thread(target=_listen, args=(server, said), daemon=True).start()
        try:
            # Some servers are killed before they have any result.
            early = kind == "server" and random_moments.random() < 0.3
            line = _until(said, found, "known" if early else "worker")
            worker = 0 if early else int(line[1])
            if kind == "worker":
                time.sleep(random_moments.uniform(0, 0.5))
                os.kill(worker, signal.SIGKILL)
                # The server goes on with another one.
                while int(_until(said, found, "worker")[1]) == worker:
                    pass
            time.sleep(random_moments.uniform(0, 0.5))
        finally:
            server.kill()
            server.wait()
        while (line := said.get(timeout=LONG_S)) != ["end"]:
            if line[0] == "worker":
                worker = int(line[1])
            _note(line, found)
        until = time.monotonic() + 10
        while worker and lives(worker):
            assert time.monotonic() < until, "a worker outlives its server"
            time.sleep(0.01)
    return found


def check_saved(study: Path, found: Found) -> None:
    """Every edit that was acknowledged is there and whole."""
    there = set(list_scenarios(study))
    for number in found.saved:
        assert f"s{number}" in there
    for name in there:  # not by load_scenario, which looks at all names each time
        text = (study / "scenarios" / f"{name}.toml").read_text(encoding="utf-8")
        assert tomllib.loads(text)["note"] == f"edit {name[1:]}"


def _listen(server: subprocess.Popen[str], said: SimpleQueue[list[str]]) -> None:
    assert server.stdout is not None
    for line in server.stdout:
        if line.endswith("\n"):
            said.put(line.split())
    said.put(["end"])


def _until(said: SimpleQueue[list[str]], found: Found, word: str) -> list[str]:
    """The next line that begins with `word`."""
    until = time.monotonic() + LONG_S
    while True:
        line = said.get(timeout=max(until - time.monotonic(), 0.1))
        assert line != ["end"], "the server has ended by itself"
        _note(line, found)
        if line[0] == word:
            return line


def _note(line: list[str], found: Found) -> None:
    if line[0] == "saved":
        found.saved.append(int(line[1]))
    elif line[0] == "known":
        found.known.append(line[1] == "True")
    elif line[0] == "share":
        found.shares.add(line[1])
    elif line[0] == "lost":
        found.lost.append(line[1])
