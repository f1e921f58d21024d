"""The server's log: one JSON object a line, and a line for each request and session."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app_pages.web.requests import Paths, person_of
from app_pages.web.streamlit_side import use_formatter

__all__ = ["LOG", "JsonLines", "RequestLog", "start_log"]

LOG = logging.getLogger("quarterhour.web")
# Opening a page asks for a hundred files; they are worth a line only where they fail.
_FIRST_FAILURE = 400


class JsonLines(logging.Formatter):
    """A record as one line of JSON: time, level, event, and the fields that it has."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without the line break."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
        }
        fields = getattr(record, "fields", None)
        if fields is None:
            line |= {"event": "message", "source": record.name, "text": record.getMessage()}
        else:
            line |= {"event": record.getMessage(), **fields}
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def start_log() -> None:
    """Write every log of this process to standard error, as lines of JSON."""
    formatter = JsonLines()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    LOG.setLevel(logging.INFO)
    use_formatter(formatter)


class RequestLog:
    """ASGI middleware: a line for each request, and for a session's beginning and end.

    The query of an address is not written: it can hold codes of a sign-in.
    """

    def __init__(self, app: ASGIApp, paths: Paths) -> None:
        self._app, self._paths = app, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, then write the line."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            elif message["type"] == "websocket.accept":
                status = 101
                LOG.info("session_begin", extra={"fields": _fields(scope, status, begun)})
            elif message["type"] == "websocket.close" and not status:
                status = 403
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except BaseException:
            status = status if kind == "websocket" and status == 101 else 500
            raise
        finally:
            if kind == "websocket":
                event = "session_end" if status == 101 else "session_refused"
                LOG.info(event, extra={"fields": _fields(scope, status, begun)})
            elif status >= _FIRST_FAILURE or not self._paths.is_file(scope["path"]):
                LOG.info("request", extra={"fields": _fields(scope, status, begun)})


def _fields(scope: Scope, status: int, begun: float) -> dict[str, Any]:
    person = person_of(scope)
    client = scope.get("client")
    return {
        "user": person.user if person else "",
        "address": person.address if person else client[0] if client else "",
        "method": scope.get("method", "WEBSOCKET"),
        "path": scope["path"],
        "status": status,
        "ms": round((time.perf_counter() - begun) * 1e3),
    }
