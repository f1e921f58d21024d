"""The sign-in: who sends a request, decided before anything else answers it."""

from __future__ import annotations

import html
import ipaddress
import unicodedata
from collections.abc import Sequence
from urllib.parse import quote

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app_pages.web.oidc import SIGN_IN, OidcSignIn
from app_pages.web.requests import POLICY_VIOLATION, Paths, refuse, set_person
from layers.words.catalogue import LOCALES, words_for
from server.config import Auth
from server.person import LOCAL, SESSION_ADDRESS, SESSION_USER, Person

__all__ = ["SignIn", "user_name"]

Headers = Sequence[tuple[bytes, bytes]]
_LONGEST = 256
_PAGE = """<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 38em; margin: 15vh auto;
padding: 0 1em; color: #1d2126; }} a {{ color: #1f5f8b; }}</style></head><body>{body}</body></html>
"""


class SignIn:
    """ASGI middleware: notes who sends a request, and refuses those who have not signed in.

    It holds for every path but the server's health, and for websockets. The headers by which a
    page learns of its user are set here; those that a client sends are dropped.
    """

    def __init__(self, app: ASGIApp, paths: Paths, auth: Auth) -> None:
        self._app, self._paths, self._auth = app, paths, auth
        self._oidc = OidcSignIn(paths, auth.oidc) if auth.mode == "oidc" and auth.oidc else None
        self._proxies = [ipaddress.ip_network(text, strict=False) for text in auth.trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve for somebody, or refuse."""
        if scope["type"] not in ("http", "websocket") or self._paths.is_health(scope["path"]):
            await self._app(scope, receive, send)
            return
        headers: Headers = scope["headers"]
        scope["headers"] = self._without_names(headers)
        if self._oidc and self._oidc.is_open(scope):
            self._oidc.note_end(scope)
            await self._app(scope, receive, send)
            return
        user = self._user(scope, headers)
        answer = self._answer(scope, user)
        if answer:
            await refuse(scope, receive, send, answer)
            return
        person = Person(user, self._address(scope, headers))
        set_person(scope, person)
        scope["headers"] += [
            (SESSION_USER.lower().encode(), quote(person.user).encode()),
            (SESSION_ADDRESS.lower().encode(), person.address.encode()),
        ]
        if self._oidc and scope["type"] == "websocket":
            receive = _while_signed_in(self._oidc, scope, receive, send)
        await self._app(scope, receive, send)

    def _answer(self, scope: Scope, user: str) -> Response | None:
        """What the sign-in itself answers; None where the request goes on."""
        if self._oidc is None:
            return None if user else _refusal("web.refused_remedy")
        if user:
            return self._oidc.back(scope)
        way = self._oidc.to_provider(scope)
        if way is None:
            way = _refusal("web.sign_in_text", link=f"{self._paths.base}{SIGN_IN}")
            if _asks_for_page(scope):
                self._oidc.remember(scope, way)
        return way

    def _without_names(self, headers: Headers) -> list[tuple[bytes, bytes]]:
        """The headers without those that name a user, in any spelling that a gateway may equate."""
        named = (
            {_spelling(self._auth.user_header.encode())} if self._auth.mode == "header" else set()
        )
        named |= {_spelling(name.encode()) for name in (SESSION_USER, SESSION_ADDRESS)}
        return [(name, value) for name, value in headers if _spelling(name) not in named]

    def _user(self, scope: Scope, headers: Headers) -> str:
        """The user's name; "" for nobody."""
        if self._auth.mode == "none":
            return LOCAL.user
        if self._auth.mode == "header" and self._is_proxy(_peer(scope)):
            wanted = self._auth.user_header.lower().encode()
            values = [value for name, value in headers if name.lower() == wanted]
            return user_name(values[0]) if len(values) == 1 else ""
        if self._oidc:
            claim = self._oidc.claim(scope)
            return user_name(claim) if isinstance(claim, str) else ""
        return ""

    def _is_proxy(self, address: str) -> bool:
        found = _ip(address)
        return found is not None and any(found in network for network in self._proxies)

    def _address(self, scope: Scope, headers: Headers) -> str:
        """The address of the user's machine: as trusted proxies say it, else that of the peer."""
        peer = _peer(scope)
        values = [value for name, value in headers if name.lower() == b"x-forwarded-for"]
        hops = [part.strip() for part in b",".join(values).decode("latin-1").split(",")]
        # Each proxy adds the address that it saw, so the last one that is no proxy counts.
        for hop in reversed(hops):
            found = _ip(hop)
            if not self._is_proxy(peer) or found is None:
                break
            peer = str(found)
        return peer


def _while_signed_in(oidc: OidcSignIn, scope: Scope, receive: Receive, send: Send) -> Receive:
    """Messages of a websocket until its sign-in ends, by time or by signing out elsewhere.

    A page that is open would otherwise go on for as long as it stays open.
    """

    async def checked() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and oidc.claim(scope) is None:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
            return {"type": "websocket.disconnect", "code": POLICY_VIOLATION, "reason": ""}
        return message

    return checked


def _spelling(name: bytes) -> bytes:
    return name.lower().replace(b"_", b"-")


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _ip(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def user_name(value: bytes | str) -> str:
    """A user's name as a header or a provider gives it; "" where it can be none."""
    try:
        text = value if isinstance(value, str) else value.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    text = text.strip()
    odd = any(unicodedata.category(sign)[0] == "C" for sign in text)
    return "" if odd or len(text) > _LONGEST else text


def _asks_for_page(scope: Scope) -> bool:
    """Whether a browser asks for a page, and not for a file of one."""
    accepted = [value for name, value in scope["headers"] if name == b"accept"]
    return scope.get("method") == "GET" and any(b"text/html" in value for value in accepted)


def _refusal(text: str, *, link: str = "") -> HTMLResponse:
    """The page for those who have not signed in, in all languages."""
    parts, titles = [], []
    for locale in LOCALES:
        words = words_for(locale)
        titles.append(words("web.refused"))
        title, remedy, sign_in = map(html.escape, (titles[-1], words(text), words("web.sign_in")))
        way = f'<p><a href="{html.escape(link)}">{sign_in}</a></p>' if link else ""
        parts.append(f'<div lang="{locale}"><h1>{title}</h1><p>{remedy}</p>{way}</div>')
    page = _PAGE.format(lang=LOCALES[0], title=html.escape(" · ".join(titles)), body="".join(parts))
    return HTMLResponse(page, status_code=401, headers={"Cache-Control": "no-store"})
