"""Writes that are killed or cancelled at chosen steps; run as ``python -m`` (POSIX only).

A process imports everything once and forks for each write. In the fork an audit hook counts the
steps that touch files (opened, renamed, linked, removed) and ends the process, or sends Ctrl+C to
itself, at the chosen one. The answer is a line of JSON for each write.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from geo.base.errors import CancelledError
from geo.base.files import file_sha256, finish_interrupted
from layers.export.results import result_names, write_results
from tests.worlds.made_analysis import made_analysis

__all__ = ["main"]

_EVENTS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.listdir")


def main() -> None:
    """Arguments: a folder, ``kill`` or ``cancel``, the number of writes, a seed."""
    folder, how, count, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    # A shell starts processes in the background with Ctrl+C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    old, new = made_analysis(approval="old"), made_analysis(approval="new")
    write_results(old, folder / "old")
    write_results(new, folder / "new")
    sets = {name: _hashes(folder / name) for name in ("old", "new")}
    assert sets["old"] != sets["new"]
    steps = _steps_of(lambda: write_results(new, folder / "counted"), folder)
    choose = random.Random(seed)
    # The last steps, in which files take their places, as often as all others.
    chosen = [choose.choice((choose.randint(1, steps), choose.randint(steps - 120, steps)))
              for _ in range(count)]  # fmt: skip
    for number, step in enumerate(chosen):
        out = folder / f"out-{number}"
        shutil.copytree(folder / "old", out)
        (out / "notes.txt").write_text("the user's own", encoding="utf-8")
        code = _forked(lambda out=out: write_results(new, out), how, step)  # type: ignore[misc]
        found = {"step": step, "code": code, "state": _state(out, sets)}
        # What any later command on the folder does first.
        _forked(lambda out=out: finish_interrupted(out), "", 0)  # type: ignore[misc]
        found["after"] = _state(out, sets)
        found["left"] = sorted(path.name for path in out.iterdir() if path.name[0] == ".")
        _forked(lambda out=out: write_results(new, out), "", 0)  # type: ignore[misc]
        found["next"] = _state(out, sets)
        found["extra"] = sorted({p.name for p in out.iterdir()} - {*result_names(), "notes.txt"})
        print(json.dumps(found), flush=True)
        shutil.rmtree(out)


def _hashes(folder: Path) -> dict[str, str]:
    """The files of a set but summary.json, which holds the time."""
    names = [name for name in result_names() if name != "summary.json"]
    return {name: file_sha256(folder / name) for name in names if (folder / name).is_file()}


def _state(out: Path, sets: dict[str, dict[str, str]]) -> str:
    """``old`` or ``new`` where all files are of one set, those of summary.json too."""
    found = _hashes(out)
    try:
        summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "no summary"
    if summary["outputs"] != found:
        return "mixed"
    return next((name for name, hashes in sets.items() if hashes == found), "mixed")


def _steps_of(write: Callable[[], object], folder: Path) -> int:
    """How many steps a write takes."""
    counted = folder / "steps"
    _forked(write, "count", 0, counted)
    return int(counted.read_text(encoding="utf-8"))


def _forked(write: Callable[[], object], how: str, step: int, counted: Path | None = None) -> int:
    """Run `write` in a fork; its exit code, 130 for a cancel, or minus the signal."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 3
    steps = 0

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event not in _EVENTS:
            return
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL if how == "kill" else signal.SIGINT)

    try:
        if how:
            sys.addaudithook(hook)
        write()
        code = 0
        if counted is not None:
            counted.write_text(str(steps), encoding="utf-8")
    except KeyboardInterrupt:
        code = 130
    except CancelledError as error:
        code = 131 if error.code == "cancelled_late" else 130
    finally:
        os._exit(code)
    return code


if __name__ == "__main__":
    main()
