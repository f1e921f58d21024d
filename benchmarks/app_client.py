"""Users on other machines who open the page: the requests of their browsers, without browsers.

    python benchmarks/app_client.py PLAN COUNT

PLAN is the JSON of a `Plan`, written down from a browser that has opened the page. At every line on
stdin COUNT users ask all of that at once, each in a session of its own: the same files over six
connections, as a browser opens them, and the same messages over Streamlit's websocket, whose
answers they wait for and read. A line of JSON says how long each waited for the last byte. Only
the drawing is missing, which costs their machines, not the server's.
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import local
from urllib.parse import urlsplit

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tornado.websocket import websocket_connect

__all__ = ["Plan"]

_CONNECTIONS = 6  # to one host, in every browser
_LONGEST_S = 90.0


@dataclass
class Plan:
    """What a browser asks while it opens the page.

    Attributes
    ----------
    socket : str
        Address of the websocket.
    before, after : list of str
        Addresses of the files asked for before the websocket was, and since then.
    said : list of str
        What the browser says over the websocket (base64), each answered by one run of the script.
    """

    socket: str = ""
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))


class _Files:
    """Gets files over a few connections that stay open."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool, self._own = pool, local()

    async def get(self, urls: Sequence[str]) -> int:
        """Bytes of all of them."""
        loop = asyncio.get_running_loop()
        found = [loop.run_in_executor(self._pool, self._one, url) for url in urls]
        return sum(await asyncio.gather(*found))

    def _one(self, url: str) -> int:
        parts = urlsplit(url)
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection(parts.netloc, timeout=_LONGEST_S)
        connection = self._own.connection
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status} {url}")
        return len(body)


async def _talk(plan: Plan) -> int:
    """Say what the browser says; bytes of the answers."""
    socket = await websocket_connect(plan.socket, subprotocols=["streamlit"])
    read = 0
    for said in plan.said:
        await socket.write_message(base64.b64decode(said), binary=True)
        finished = False
        while not finished:
            message = await socket.read_message()
            if not isinstance(message, bytes):
                raise RuntimeError(f"{plan.socket} hung up")
            read += len(message)
            finished = ForwardMsg.FromString(message).WhichOneof("type") == "script_finished"
    socket.close()
    return read


async def _open(plan: Plan) -> dict[str, float]:
    """One user; seconds until the last byte, and bytes."""
    began = time.perf_counter()
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        files = _Files(pool)
        read = await files.get(plan.before)
        read += await _talk(plan)
        read += await files.get(plan.after)
    return {"seconds": time.perf_counter() - began, "bytes": read}


async def _together(plan: Plan, count: int) -> list[dict[str, float]]:
    one = (asyncio.wait_for(_open(plan), _LONGEST_S) for _ in range(count))
    return list(await asyncio.gather(*one))


def main() -> None:
    """Open the page at every line, as often as is asked for."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    for _ in sys.stdin:
        found = asyncio.run(_together(plan, int(sys.argv[2])))
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
