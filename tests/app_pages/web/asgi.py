"""Asks an ASGI application directly: no port, and any peer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

Headers = Sequence[tuple[str, str | bytes]]


@dataclass
class Answer:
    """What came back: the status (101: an accepted websocket), headers and body."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def _raw(headers: Headers) -> list[tuple[bytes, bytes]]:
    return [
        (name.lower().encode(), value if isinstance(value, bytes) else value.encode("latin-1"))
        for name, value in headers
    ]


def ask(
    app: Any, path: str = "/", headers: Headers = (), *, peer: str = "127.0.0.1", kind: str = "http"
) -> Answer:
    """Send one request, or open one websocket."""
    answer = Answer()
    scope: dict[str, Any] = {
        "type": kind,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": _raw(headers),
        "client": (peer, 50000),
        "server": ("127.0.0.1", 8501),
    }
    if kind == "http":
        scope |= {"method": "GET", "http_version": "1.1"}
    else:
        scope |= {"subprotocols": []}
    coming = [{"type": "http.request", "body": b"", "more_body": False}]
    if kind == "websocket":
        coming = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode().lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")
        elif message["type"] == "websocket.accept":
            answer.status = 101
        elif message["type"] == "websocket.close" and not answer.status:
            answer.status = 403

    # In a thread of its own: a browser test of the same process may have left a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, app(scope, receive, send)).result()
    return answer


class Inner:
    """An application behind the checks: it keeps the scopes that reach it."""

    def __init__(self) -> None:
        self.seen: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer everything."""
        self.seen.append(scope)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            await receive()
        else:
            await PlainTextResponse("inside")(scope, receive, send)
