"""The sign-in at an OIDC provider: Streamlit's own, and the cookie that it sets."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from app_pages.web.requests import Paths
from app_pages.web.streamlit_side import login_query, signed_in_claims
from server.config import Oidc, ServerConfig
from server.secrets import client_secret, cookie_secret

__all__ = ["SIGN_IN", "OidcSignIn", "streamlit_secrets"]

SIGN_IN = "/sign-in"
# Streamlit's paths of a sign-in, which those ask for who have not signed in.
_SIGN_OUT = "/auth/logout"
_OPEN = ("/auth/login", _SIGN_OUT, "/oauth2callback")
_NEXT = "quarterhour_next"
_NEXT_SECONDS = 600


def streamlit_secrets(config: ServerConfig) -> dict[str, Any]:
    """The secrets by which Streamlit signs users in. They stand in no further file."""
    oidc = config.auth.oidc
    if config.auth.mode != "oidc" or oidc is None:
        return {}
    auth = {
        "redirect_uri": oidc.redirect_uri,
        "cookie_secret": cookie_secret(config),
        "client_id": oidc.client_id,
        "client_secret": client_secret(config, oidc, "server.toml"),
        "server_metadata_url": oidc.metadata_url,
    }
    return {"auth": auth}


class OidcSignIn:
    """Who has signed in by a cookie, and the way to the provider for all others."""

    def __init__(self, paths: Paths, oidc: Oidc) -> None:
        self._paths, self._oidc = paths, oidc
        redirect = urlsplit(oidc.redirect_uri)
        self._origin = f"{redirect.scheme}://{redirect.netloc}"
        # Sign-ins that were ended by signing out, with the time at which they end by themselves.
        self._ended: dict[str, float] = {}

    def note_end(self, scope: Scope) -> None:
        """Where a request signs out, end its sign-in: a copy of its cookie opens nothing more."""
        if self._paths.inner(scope["path"]) != _SIGN_OUT:
            return
        claims = self._claims(scope)
        if claims is not None:
            now = time.time()
            self._ended = {one: until for one, until in self._ended.items() if until > now}
            self._ended[_fingerprint(claims)] = now + 3600 * self._oidc.hours

    def is_open(self, scope: Scope) -> bool:
        """Whether this is a path of the sign-in itself."""
        return scope["type"] == "http" and self._paths.inner(scope["path"]) in _OPEN

    def claim(self, scope: Scope) -> Any:
        """The claim that names the user; None without a valid cookie, and after signing out."""
        claims = self._claims(scope)
        if claims is None or _fingerprint(claims) in self._ended:
            return None
        return claims.get(self._oidc.claim)

    def _claims(self, scope: Scope) -> dict[str, Any] | None:
        """The claims of a valid cookie."""
        claims = signed_in_claims(HTTPConnection(scope).cookies)
        issued = claims.get("iat")
        if claims.get("origin") != self._origin or not claims.get("is_logged_in"):
            return None
        if not isinstance(issued, int | float) or time.time() - issued > 3600 * self._oidc.hours:
            return None
        # Anybody can register an address with a provider that does not check it.
        if self._oidc.claim == "email" and claims.get("email_verified") is False:
            return None
        return claims

    def to_provider(self, scope: Scope) -> Response | None:
        """The way to the provider, where the request is for that."""
        if scope["type"] != "http" or self._paths.inner(scope["path"]) != SIGN_IN:
            return None
        at = f"{self._paths.base}/auth/login?{login_query()}"
        return RedirectResponse(at, 302, headers={"Cache-Control": "no-store"})

    def back(self, scope: Scope) -> Response | None:
        """The way to the address that was asked for before the sign-in, after it."""
        if scope["type"] != "http" or self._paths.inner(scope["path"]) != "/":
            return None
        wanted = unquote(HTTPConnection(scope).cookies.get(_NEXT, ""))
        if not wanted:
            return None
        target = wanted if self._is_page(wanted) else f"{self._paths.base}/"
        answer = RedirectResponse(target, 302)
        answer.delete_cookie(_NEXT, path=self._paths.base or "/")
        return answer

    def remember(self, scope: Scope, answer: Response) -> None:
        """Let the browser keep the address that it asked for, until it has signed in."""
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        if self._is_page(wanted):
            answer.set_cookie(
                _NEXT,
                quote(wanted),
                max_age=_NEXT_SECONDS,
                path=self._paths.base or "/",
                httponly=True,
                samesite="lax",
            )

    def _is_page(self, wanted: str) -> bool:
        """Whether this is an address of a page here, and none of another server."""
        parts = urlsplit(wanted)
        inner = self._paths.inner(parts.path)
        plain = (
            not parts.scheme and not parts.netloc and "\\" not in wanted and wanted.isprintable()
        )
        return plain and inner.startswith("/") and not inner.startswith(("//", "/auth", SIGN_IN))


def _fingerprint(claims: dict[str, Any]) -> str:
    """Stands for one sign-in: the provider's claims hold its time."""
    return hashlib.sha256(json.dumps(claims, sort_keys=True).encode()).hexdigest()
