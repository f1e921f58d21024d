"""The headers of every answer, and the names that the server answers to."""

from __future__ import annotations

import re

import pytest

from app_pages.web.headers import HostGuard, SecurityHeaders, is_allowed_host
from app_pages.web.requests import Paths
from tests.app_pages.web.asgi import Inner, ask


@pytest.mark.parametrize("path", ["/", "/gaps", "/static/js/x.js", "/media/1", "/healthz"])
def test_every_answer_has_the_headers(path: str) -> None:
    answer = ask(SecurityHeaders(Inner(), Paths(), frames=()), path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy and "object-src 'none'" in policy
    scripts = re.search(r"script-src ([^;]*)", policy)
    assert scripts and scripts.group(1) == "'self' 'unsafe-inline' blob:"


def test_only_components_evaluate_text() -> None:
    guarded = SecurityHeaders(Inner(), Paths("/qh"), frames=("https://portal.example",))
    for path, evals in (("/qh/component/x/index.html", True), ("/component/x/index.html", False)):
        policy = ask(guarded, path).headers["content-security-policy"]
        assert ("'unsafe-eval'" in policy) == evals
        assert "frame-ancestors 'self' https://portal.example" in policy


def test_a_laptop_says_nothing_about_frames() -> None:
    policy = ask(SecurityHeaders(Inner(), Paths()), "/").headers["content-security-policy"]
    assert "frame-ancestors" not in policy


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("maps.example", True),
        ("MAPS.example.:8501", True),
        ("a.sub.example", True),
        ("sub.example", False),
        ("maps.example.evil", False),
        ("evil@maps.example", False),
        ("maps.example/x", False),
        ("maps.example:port", False),
        ("", False),
        ("[::1]:8501", True),
    ],
)
def test_hosts(host: str, allowed: bool) -> None:
    assert is_allowed_host(host, ["maps.example", "*.sub.example", "::1"]) == allowed


def test_other_hosts_get_nothing_but_the_health() -> None:
    inner = Inner()
    guard = HostGuard(inner, Paths(), ["maps.example"])
    for headers in ([("host", "evil.example")], [], [("host", "maps.example")] * 2):
        assert ask(guard, "/static/x.js", headers).status == 421
        assert ask(guard, "/_stcore/stream", headers, kind="websocket").status == 403
        assert ask(guard, "/healthz", headers).status == 200
    assert {scope["path"] for scope in inner.seen} == {"/healthz"}
    assert ask(guard, "/", [("host", "maps.example:80")]).status == 200
