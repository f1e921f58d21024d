"""The log: one JSON object a line, without codes of a sign-in."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from app_pages.web.log import LOG, JsonLines, RequestLog
from app_pages.web.requests import Paths, set_person
from server.person import Person
from tests.app_pages.web.asgi import Inner, ask


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger=LOG.name)
    return caplog


def _read(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(JsonLines().format(record)) for record in caplog.records]


def test_a_request_is_one_line(lines: pytest.LogCaptureFixture) -> None:
    inner = Inner()

    async def signed_in(scope, receive, send):  # type: ignore[no-untyped-def]
        set_person(scope, Person("李工", "10.1.2.3"))
        await inner(scope, receive, send)

    ask(RequestLog(signed_in, Paths()), "/gaps")
    (line,) = _read(lines)
    assert {"time", "level", "event", "user", "path", "ms"} <= line.keys()
    assert (line["event"], line["user"], line["address"]) == ("request", "李工", "10.1.2.3")
    assert (line["path"], line["status"]) == ("/gaps", 200)


def test_files_are_logged_only_where_they_fail(lines: pytest.LogCaptureFixture) -> None:
    async def missing(scope, receive, send):  # type: ignore[no-untyped-def]
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body"})

    ask(RequestLog(Inner(), Paths("/qh")), "/qh/static/js/a.js")
    ask(RequestLog(missing, Paths("/qh")), "/qh/static/js/b.js")
    assert [line["path"] for line in _read(lines)] == ["/qh/static/js/b.js"]


def test_a_session_has_two_lines(lines: pytest.LogCaptureFixture) -> None:
    ask(RequestLog(Inner(), Paths()), "/_stcore/stream", kind="websocket")
    assert [line["event"] for line in _read(lines)] == ["session_begin", "session_end"]


def test_a_fault_is_a_line_with_its_trace(lines: pytest.LogCaptureFixture) -> None:
    async def broken(scope, receive, send):  # type: ignore[no-untyped-def]
        raise ValueError("two\nlines")

    with pytest.raises(ValueError, match="two"):
        ask(RequestLog(broken, Paths()), "/gaps")
    assert _read(lines)[-1]["status"] == 500
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("x", 40, "f", 1, "text %s", ("a\nb",), sys.exc_info())
    text = JsonLines().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["event"], line["level"], line["text"]) == ("message", "error", "text a\nb")
    assert "ValueError" in line["trace"]
