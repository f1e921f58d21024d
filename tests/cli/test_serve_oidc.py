"""`serve` with a sign-in at an OIDC provider, which runs in the test."""

from __future__ import annotations

import http.cookiejar
import json
import os
import signal
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.cli.serving import SHAKE, free_port, start_server
from tests.worlds.oidc_provider import Provider, oidc_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with oidc_provider() as found:
        yield found


class Browser:
    """Follows redirects and keeps cookies."""

    def __init__(self) -> None:
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, address: str, accept: str = "text/html") -> tuple[int, str, str]:
        """Status, address and text of the last answer."""
        request = urllib.request.Request(address, headers={"Accept": accept})
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, answer.url, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.url or "", error.read().decode("utf-8", "replace")

    def cookies(self) -> str:
        return "; ".join(f"{one.name}={one.value}" for one in self.jar)


def _websocket(port: int, cookies: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {**SHAKE, "Origin": f"http://127.0.0.1:{port}", "Cookie": cookies}
    connection.request("GET", "/qh/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_sign_in_at_a_provider(
    study: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    (study.parent / "secret").write_text(provider.secret)
    auth = f"""
[listen]
port = {port}
base_path = "/qh"
[auth]
mode = "oidc"
[auth.oidc]
metadata_url = "{provider.address}/.well-known/openid-configuration"
client_id = "{provider.client}"
client_secret_file = "secret"
redirect_uri = "http://127.0.0.1:{port}/qh/oauth2callback"
"""
    monkeypatch.setenv("QUARTERHOUR_STUDY", str(study))
    with start_server(study.parent, auth, f"http://127.0.0.1:{port}/qh") as (address, process):
        browser = Browser()
        status, _, page = browser.get(f"{address}/gaps?lang=en")
        assert status == 401 and "登录" in page and 'href="/qh/sign-in"' in page
        for path in ("/static/favicon.png", "/component/x/y.js", "/media/1", "/_stcore/health"):
            assert browser.get(f"{address}{path}", "*/*")[0] == 401
        assert _websocket(port, "") == 403

        status, at, page = browser.get(f"{address}/sign-in")
        assert status == 200 and '<div id="root">' in page
        assert at == f"{address}/gaps?lang=en", "the address that was asked for first"
        assert browser.get(f"{address}/static/favicon.png", "*/*")[0] == 200
        cookies = browser.cookies()
        assert _websocket(port, cookies) == 101
        name, _, value = cookies.partition("_streamlit_user=")
        assert _websocket(port, f"{name}_streamlit_user=x{value}") == 403

        browser.get(f"{address}/auth/logout")
        assert browser.get(f"{address}/")[0] == 401

        provider.claims["email_verified"] = False
        other = Browser()
        assert other.get(f"{address}/sign-in")[0] == 401
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=40)
    lines = [json.loads(line) for line in errors.decode("utf-8").splitlines()]
    assert {line["user"] for line in lines if line.get("status") == 101} == {"li@example.gov.cn"}
    assert "code=" not in errors.decode() and provider.secret not in errors.decode()
    kept = study.parent / "cookie-secret"
    assert len(kept.read_text()) >= 32
    if os.name != "nt":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
