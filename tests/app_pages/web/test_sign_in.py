"""The sign-in by a header: it counts from trusted proxies only, for every path and websocket."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.types import Message, Receive, Scope, Send

from app_pages.web import oidc
from app_pages.web.requests import Paths, person_of
from app_pages.web.sign_in import SignIn
from server.config import Auth, Oidc
from server.person import LOCAL, SESSION_ADDRESS, SESSION_USER
from tests.app_pages.web.asgi import Headers, Inner, ask

_PROXY = "10.0.0.1"
_AUTH = Auth(mode="header", trusted_proxies=(_PROXY, "10.9.0.0/16"))
_PATHS = (
    "/",
    "/gaps",
    "/static/js/index.js",
    "/component/leaflet/leaflet.js",
    "/media/1.csv",
    "/_stcore/health",
    "/_stcore/host-config",
    "/_stcore/upload_file/session/file",
    "/_stcore/agent/interact",
    "/app/static/x",
    "//healthz",
    "/healthz/",
    "/other/healthz",
)


def _signed(inner: Inner) -> list[str]:
    return [person.user for scope in inner.seen if (person := person_of(scope))]


@pytest.mark.parametrize("path", _PATHS)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_a_forged_header_from_elsewhere_opens_nothing(path: str, kind: str) -> None:
    inner = Inner()
    guard = SignIn(inner, Paths(), _AUTH)
    forged = [("X-Remote-User", "admin"), ("X-Forwarded-For", _PROXY), ("X-Real-IP", _PROXY)]
    for peer in ("10.0.0.2", "127.0.0.1", "192.0.2.7", "::1", "testclient", ""):
        answer = ask(guard, path, [*forged, (SESSION_USER, "admin")], peer=peer, kind=kind)
        assert answer.status == (401 if kind == "http" else 403)
    assert not inner.seen


def test_the_refusal_is_in_both_languages() -> None:
    answer = ask(SignIn(Inner(), Paths(), _AUTH), "/", peer="192.0.2.7")
    page = answer.body.decode("utf-8")
    assert "尚未登录" in page and "not signed in" in page
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("peer", [_PROXY, "10.9.3.4", f"::ffff:{_PROXY}"])
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_proxys_header_names_the_user(peer: str, kind: str) -> None:
    inner = Inner()
    guard = SignIn(inner, Paths(), _AUTH)
    headers = [("X-Remote-User", " 李工 ".encode()), ("X-Forwarded-For", "172.16.5.5")]
    assert ask(guard, "/_stcore/stream", headers, peer=peer, kind=kind).status in (200, 101)
    assert _signed(inner) == ["李工"]
    told = {name.decode(): value.decode() for name, value in inner.seen[0]["headers"]}
    assert unquote(told[SESSION_USER.lower()]) == "李工"
    assert told[SESSION_ADDRESS.lower()] == "172.16.5.5"
    assert "x-remote-user" not in told


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-Remote-User", "")],
        [("X-Remote-User", "   ")],
        [("X-Remote-User", "li"), ("X-Remote-User", "admin")],
        [("X-Remote-User", "li"), ("x-remote-user", "li")],
        [("X_Remote_User", "admin")],
        [("X-Remote-User", b"\xff\xfe")],
        [("X-Remote-User", b"li\x00admin")],
        [("X-Remote-User", "li\u202eadmin".encode())],
        [("X-Remote-User", "x" * 257)],
        [(SESSION_USER, "admin"), (SESSION_ADDRESS, "10.0.0.9")],
    ],
)
def test_odd_headers_of_the_proxy_sign_nobody_in(headers: Headers) -> None:
    inner = Inner()
    guard = SignIn(inner, Paths(), _AUTH)
    assert ask(guard, "/", headers, peer=_PROXY).status == 401
    assert ask(guard, "/_stcore/stream", headers, peer=_PROXY, kind="websocket").status == 403
    assert not inner.seen


def test_what_a_client_sends_beside_the_name_is_dropped() -> None:
    inner = Inner()
    headers = [
        ("X-Remote-User", "li"),
        ("X_Remote-User", "admin"),
        (SESSION_USER, "admin"),
        (SESSION_USER.replace("-", "_"), "admin"),
    ]
    ask(SignIn(inner, Paths(), _AUTH), "/", headers, peer=_PROXY)
    told = [value for _, value in inner.seen[0]["headers"]]
    assert told.count(b"li") == 1 and b"admin" not in told


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("", _PROXY),
        ("172.16.5.5", "172.16.5.5"),
        ("1.2.3.4, 172.16.5.5", "172.16.5.5"),
        ("1.2.3.4, 172.16.5.5, 10.9.0.2", "172.16.5.5"),
        ("1.2.3.4, nonsense, 10.9.0.2", "10.9.0.2"),
        ("nonsense", _PROXY),
    ],
)
def test_the_address_is_the_last_that_is_no_proxy(forwarded: str, address: str) -> None:
    inner = Inner()
    headers = [("X-Remote-User", "li"), ("X-Forwarded-For", forwarded)]
    ask(SignIn(inner, Paths(), _AUTH), "/", headers, peer=_PROXY)
    person = person_of(inner.seen[0])
    assert person is not None and person.address == address


def test_without_sign_in_there_is_one_user_and_no_proxy() -> None:
    inner = Inner()
    headers = [(SESSION_USER, "admin"), ("X-Forwarded-For", "1.2.3.4")]
    ask(SignIn(inner, Paths(), Auth()), "/", headers)
    person = person_of(inner.seen[0])
    assert person is not None and (person.user, person.address) == (LOCAL.user, "127.0.0.1")


def test_the_health_needs_no_sign_in() -> None:
    guard = SignIn(Inner(), Paths("/qh"), _AUTH)
    assert ask(guard, "/qh/healthz", peer="192.0.2.7").status == 200
    assert ask(guard, "/healthz", peer="192.0.2.7").status == 401


def test_signing_out_ends_the_sign_in_of_all_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"metadata_url": "https://id.example/m", "client_id": "c"}
    settings |= {"client_secret_file": "s", "redirect_uri": "https://qh.example/oauth2callback"}
    auth = Auth(mode="oidc", oidc=Oidc(**settings))
    claims: dict[str, Any] = {"origin": "https://qh.example", "is_logged_in": True}
    claims |= {"email": "li@example.org", "email_verified": True, "iat": time.time()}
    monkeypatch.setattr(oidc, "signed_in_claims", lambda cookies: dict(claims))
    heard: list[str] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        heard.extend([(await receive())["type"], (await receive())["type"]])

    async def elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
        await (page if scope["type"] == "websocket" else Inner())(scope, receive, send)

    guard = SignIn(elsewhere, Paths(), auth)
    assert ask(guard, "/").status == 200
    sent: list[Message] = []
    coming = [{"type": "websocket.connect"}, *[{"type": "websocket.receive", "text": "x"}] * 2]

    async def receive() -> Message:
        # The second message comes after the person has signed out in another window.
        if len(coming) == 1:
            signing_out = {"type": "http", "path": "/auth/logout", "headers": []}
            await guard({**signing_out, "method": "GET"}, _nothing, _drop)
        return coming.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    async def session() -> None:
        await guard({"type": "websocket", "path": "/_stcore/stream", "headers": []}, receive, send)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, session()).result()
    assert heard == ["websocket.receive", "websocket.disconnect"]
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
    # The cookie is as good as none, and a new sign-in opens the pages again.
    assert ask(guard, "/").status == 401
    assert ask(guard, "/_stcore/stream", kind="websocket").status == 403
    claims["iat"] += 1
    assert ask(guard, "/").status == 200
    # It ends by time, too.
    claims["iat"] -= 13 * 3600
    assert ask(guard, "/").status == 401


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _drop(message: Message) -> None:
    del message
