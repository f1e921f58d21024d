"""Run as a child: reads the exploit cases under an audit hook that fails on what none may do."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
import sysconfig
import tempfile
from pathlib import Path

from tests.bad_input.bad_reading import make, read
from tests.bad_input.cases_exploits import EXPLOITS

ROOT = Path(__file__).resolve().parents[2]
# Read by Python, its libraries and the C library for themselves.
SYSTEM = (
    "/proc/self",
    "/proc/meminfo",
    "/proc/cpuinfo",
    "/sys/",
    "/dev/null",
    "/usr/share/",
)

FORBIDDEN = ("os.system", "os.exec", "urllib.Request")


def _between_processes(event: str, arguments: tuple[object, ...]) -> bool:
    """Whether a socket is one of those through which the server of children is asked."""
    if event == "socket.__new__":
        return arguments[1] == socket.AF_UNIX
    return event == "socket.sendmsg" and arguments[1] is None


def main() -> None:
    """Print, as JSON, what each case was answered and whatever the hook saw."""
    folder = Path(tempfile.mkdtemp(prefix="exploits-"))
    for name in EXPLOITS:
        make(folder / name.replace(" ", "_"), name)
    # Once before the hook, so that imports at first use are done.
    make(folder / "warm", "xlsx")
    read(folder / "warm")
    seen: list[str] = []
    allowed = tuple(
        os.path.realpath(place)
        for place in (
            sys.prefix,
            sys.base_prefix,
            sysconfig.get_paths()["stdlib"],
            ROOT,
            tempfile.gettempdir(),
        )
    )

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        started = event == "subprocess.Popen" and arguments[0] != sys.executable
        networked = event.startswith("socket.") and not _between_processes(event, arguments)
        if started or networked or event in FORBIDDEN:
            seen.append(f"{event} {arguments!r}")
        elif event == "open" and isinstance(arguments[0], str | bytes):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not path.startswith((*allowed, *SYSTEM)):
                seen.append(f"{event} {path}")

    sys.addaudithook(hook)
    answers = {name: read(folder / name.replace(" ", "_")) for name in EXPLOITS}
    shutil.rmtree(folder)
    print(json.dumps({"answers": answers, "seen": seen, "folder": str(folder)}))


main()
