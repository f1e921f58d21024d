"""Headers of every answer against misuse of the pages, and the names that the server answers to."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app_pages.web.requests import Paths, refuse

__all__ = ["HostGuard", "SecurityHeaders", "is_allowed_host"]

# The pages and the map load nothing from elsewhere but the tiles of Tianditu, where a key is given.
_POLICY = {
    "default-src": "'self'",
    "img-src": "'self' data: blob: https://*.tianditu.gov.cn",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "frame-src": "'self' blob: data:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}


def _policy(scripts: str, frames: Sequence[str] | None) -> str:
    parts = {**_POLICY, "script-src": scripts}
    if frames is not None:
        parts["frame-ancestors"] = " ".join(["'self'", *frames])
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class SecurityHeaders:
    """ASGI middleware: the headers of every answer.

    Scripts are those of the server's own files, those in a page, and blobs, by which Streamlit
    loads scripts of components. The comparison of scenarios is a page within a page: it gets this
    policy beside its own, which names its scripts. In the frame of the map streamlit-folium
    evaluates the script that the page sends.

    Parameters
    ----------
    frames : sequence of str, optional
        Sites that may show the pages in a frame; None says nothing about frames.
    """

    def __init__(self, app: ASGIApp, paths: Paths, frames: Sequence[str] | None = None) -> None:
        self._app, self._paths = app, paths
        self._page = _policy("'self' 'unsafe-inline' blob:", frames)
        self._component = _policy("'self' 'unsafe-inline' 'unsafe-eval'", frames)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_component = self._paths.inner(scope["path"]).startswith("/component/")
        policy = self._component if is_component else self._page

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers.setdefault("Content-Security-Policy", policy)
            await send(message)

        await self._app(scope, receive, add)


def is_allowed_host(host: str, allowed: Sequence[str]) -> bool:
    """Whether a Host header names one of `allowed` (``*.example.com``: any name below it)."""
    try:
        parts = urlsplit(f"//{host}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or parts.netloc != host or "@" in host:
        return False
    name = name.rstrip(".")
    known = [item.lower().rstrip(".") for item in allowed]
    return any(
        item in ("*", name) or (item.startswith("*.") and name.endswith(item[1:])) for item in known
    )


class HostGuard:
    """ASGI middleware: answers no request for another host than `allowed`; all if that is empty.

    A page on the internet may give its own name the address of this server (DNS rebinding); its
    requests carry that name.
    """

    def __init__(self, app: ASGIApp, paths: Paths, allowed: Sequence[str] = ()) -> None:
        self._app, self._paths, self._allowed = app, paths, tuple(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or refuse."""
        if scope["type"] in ("http", "websocket") and self._allowed:
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            known = len(hosts) == 1 and is_allowed_host(hosts[0].decode("latin-1"), self._allowed)
            if not known and not self._paths.is_health(scope["path"]):
                answer = PlainTextResponse("Unknown host", status_code=421)
                await refuse(scope, receive, send, answer)
                return
        await self._app(scope, receive, send)
