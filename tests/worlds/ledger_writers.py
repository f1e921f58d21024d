"""Programs that write to one ledger, or migrate it, and are killed while they do."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import apsw

from ledger.connection import DATABASE
from ledger.ledger import open_ledger
from ledger.schema import MIGRATIONS

__all__ = ["ROOT", "kill_while_migrating", "kill_while_writing"]

ROOT = Path(__file__).parents[2]
# One line is printed for each change after its commit: that is the acknowledgement.
_WRITER = """
import sys
from pathlib import Path
from ledger.ledger import open_ledger
with open_ledger(Path(sys.argv[1])) as ledger:
    print("ready", flush=True)
    number = 0
    while True:
        case = ledger.set_fields(str(1 + number % 3), {sys.argv[2]: str(number)}, by=sys.argv[2])
        print(f"{case.id} {case.version}", flush=True)
        number += 1
"""
_MIGRATOR = """
import sys
from pathlib import Path
from ledger.ledger import open_ledger
print("ready", flush=True)
with open_ledger(Path(sys.argv[1])):
    pass
"""


def kill_while_writing(folder: Path, *, rounds: int, seed: int = 1) -> int:
    """Kill three writers at a random moment, again and again; nothing acknowledged may be lost.

    Returns
    -------
    int
        The number of acknowledged changes.
    """
    draw = random.Random(seed)
    with open_ledger(folder) as ledger:
        for _ in range(3):
            ledger.add({}, by="a")
    total = 0
    for _ in range(rounds):
        acknowledged = _killed(folder, draw)
        total += len(acknowledged)
        with open_ledger(folder) as ledger:
            check = ledger.store._db.execute("PRAGMA integrity_check").fetchone()
            assert check == ("ok",)
            assert ledger.store.check_chain().holds
            kept = {
                (entry["case"], entry["version"], entry["author"])
                for entry in ledger.store.history()
                if entry["action"] == "set"
            }
            assert acknowledged <= kept
            for case in ledger.store.cases():
                versions = [int(e["version"]) for e in ledger.store.history(case.id)]
                assert versions == list(range(1, case.version + 1))
    assert total
    return total


def _killed(folder: Path, draw: random.Random) -> set[tuple[str, str, str]]:
    """Start three writers, kill them, and return what they said was written."""
    names = ("lead", "support", "note")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder), name],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for name in names
    ]  # fmt: skip
    for writer in writers:
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
    time.sleep(draw.uniform(0.05, 0.4))
    for writer in writers:
        writer.kill()
    found = set()
    for name, writer in zip(names, writers, strict=True):
        text, _ = writer.communicate()
        # The last line may be half written: it acknowledged nothing.
        for line in text.split("\n")[:-1]:
            case, version = line.split()
            found.add((case, version, name))
    return found


def kill_while_migrating(folder: Path, *, rounds: int, seed: int = 1) -> None:
    """Kill a program that begins or migrates a ledger; each step is done or not."""
    draw = random.Random(seed)
    for number in range(rounds):
        place = folder / str(number)
        place.mkdir()
        running = subprocess.Popen(
            [sys.executable, "-c", _MIGRATOR, str(place)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert running.stdout is not None and running.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.0, 0.03))
        running.kill()
        running.communicate()
        if (place / DATABASE).exists():
            _check_steps(place / DATABASE)
        # The next program goes on from there.
        with open_ledger(place) as ledger:
            ledger.add({}, by="a")
            assert ledger.store.check_chain().holds
        shutil.rmtree(place)


def _check_steps(path: Path) -> None:
    """The tables are exactly those of the steps that `user_version` counts."""
    database = apsw.Connection(str(path))
    (version,) = database.execute("PRAGMA user_version").fetchone()
    names = {row[0] for row in database.execute("SELECT name FROM sqlite_schema")}
    database.close()
    fresh = apsw.Connection(":memory:")
    for step in MIGRATIONS[:version]:
        fresh.execute(step)
    assert names == {row[0] for row in fresh.execute("SELECT name FROM sqlite_schema")}
