"""Records connections that a Python process makes to other machines, in ``$ASKED_OUTSIDE``.

Python imports this module at its start in every process that has this folder on its path, so that
child processes of the server are recorded, too. Connections that a C library opens are not
seen.
"""

from __future__ import annotations

import os
import sys
from typing import Any

_LOCAL = ("", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::", None)
_EVENTS = (
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.gethostbyaddr",
    "socket.sendto",
)


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _EVENTS:
        return
    asked = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
    host = asked[0] if isinstance(asked, tuple) else asked
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    pipe = isinstance(asked, str) and asked.startswith(("/", "\0"))
    if pipe or host in _LOCAL:
        return
    with open(os.environ["ASKED_OUTSIDE"], "a", encoding="utf-8") as notes:
        notes.write(f"{event} {asked}\n")


if os.environ.get("ASKED_OUTSIDE"):
    sys.addaudithook(_note)
