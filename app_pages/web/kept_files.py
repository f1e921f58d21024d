"""Files of pages and maps, compressed once and kept in memory."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from typing import NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app_pages.web.requests import Paths

__all__ = ["KeptFiles"]

# Files whose names change with their contents: Streamlit's own, and the map's data and script
# (`app_pages.shell.served_files`).
_STATIC = "/static/"
_DRAWN = re.compile(r"/component/[^/]+/[0-9a-f]{64}(?:\.\w+|(?:/[\w.-]+)+)$")
# Files of installed packages: they stay as they are while the server runs, but their names do not
# tell, so that browsers ask whether theirs is the same.
_PACKAGED = re.compile(r"/component/(?:streamlit_folium\.st_folium|[\w.]+\.leaflet)/")
_TEXT = re.compile(r"text/|javascript|json|svg|xml|wasm|octet-stream")
_MOST_BYTES = 64 * 2**20
_LARGEST = 8 * 2**20
_LEVEL = 6
_FOREVER = "public, immutable, max-age=31536000"
_ASK = "public, no-cache"


class _File(NamedTuple):
    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: str


class KeptFiles:
    """ASGI middleware: answers with files that do not change while the server runs.

    Streamlit compresses a component's file at each request, and its own files never. 20 people who
    open a map together ask for the same ones. A browser that has a file already gets no content
    (304); one whose name changes with its contents it does not ask for again.

    Parameters
    ----------
    most_bytes : int
        How much is kept; the files used longest ago go first.
    """

    def __init__(self, app: ASGIApp, paths: Paths, most_bytes: int = _MOST_BYTES) -> None:
        self._app, self._paths, self._most = app, paths, most_bytes
        self._kept: OrderedDict[str, _File] = OrderedDict()
        self._bytes = 0
        self._making: dict[str, asyncio.Lock] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve from memory, or let the application serve."""
        if not self._keeps(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        file = self._kept.get(path)
        if file is None:
            async with self._making.setdefault(path, asyncio.Lock()):
                file = self._kept.get(path) or await self._made(scope, receive, send)
            self._making.pop(path, None)
        if file is None:  # answered already
            return
        if path in self._kept:
            self._kept.move_to_end(path)
        if file.etag in Headers(scope=scope).get("if-none-match", ""):
            unsent = (b"content-length", b"content-type", b"content-encoding")
            headers = [pair for pair in file.headers if pair[0] not in unsent]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": list(file.headers)})
        await send({"type": "http.response.body", "body": file.body})

    def _keeps(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        headers = Headers(scope=scope)
        if "gzip" not in headers.get("accept-encoding", "") or "range" in headers:
            return False
        inner = self._paths.inner(scope["path"])
        if _PACKAGED.match(inner):  # their queries are for the script in the browser
            return True
        return not scope["query_string"] and _is_named_by_content(inner)

    async def _made(self, scope: Scope, receive: Receive, send: Send) -> _File | None:
        """Ask the application for a file; what is no whole file of text goes on as it is."""
        asked = [
            (name, value)
            for name, value in scope["headers"]
            if name not in (b"accept-encoding", b"if-none-match", b"if-modified-since")
        ]
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self._app({**scope, "headers": asked}, receive, collect)
        start = messages[0]
        body = b"".join(message.get("body", b"") for message in messages[1:])
        headers = MutableHeaders(raw=list(start["headers"]))
        kind = headers.get("content-type", "")
        fits = start["status"] == 200 and len(body) <= min(_LARGEST, self._most)
        if not fits or "content-encoding" in headers:
            for message in messages:
                await send(message)
            return None
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if _TEXT.search(kind):
            body = await asyncio.to_thread(gzip.compress, body, _LEVEL, mtime=0)
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        inner = self._paths.inner(scope["path"])
        headers["cache-control"] = _FOREVER if _is_named_by_content(inner) else _ASK
        headers["etag"] = etag
        headers["vary"] = "Accept-Encoding"
        for name in ("last-modified", "accept-ranges", "date"):
            if name in headers:
                del headers[name]
        file = _File(headers.raw, body, etag)
        self._keep(scope["path"], file)
        return file

    def _keep(self, path: str, file: _File) -> None:
        self._kept[path] = file
        self._bytes += len(file.body)
        while self._bytes > self._most:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped.body)


def _is_named_by_content(inner: str) -> bool:
    return inner.startswith(_STATIC) or _DRAWN.match(inner) is not None
