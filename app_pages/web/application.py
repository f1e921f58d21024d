"""The ASGI application of the app: Streamlit's own, within this package's checks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app_pages.web.headers import HostGuard, SecurityHeaders
from app_pages.web.kept_files import KeptFiles
from app_pages.web.log import RequestLog
from app_pages.web.oidc import streamlit_secrets
from app_pages.web.requests import HEALTH, Paths
from app_pages.web.sign_in import SignIn
from app_pages.web.streamlit_side import open_browser, option
from server.config import ServerConfig

__all__ = ["SCRIPT", "build_application"]

SCRIPT = Path(__file__).resolve().parents[2] / "app.py"


def build_application(
    config: ServerConfig | None, *, script: Path = SCRIPT, open_at: str = ""
) -> Any:
    """The application, for an ASGI server; Streamlit's options are set before.

    Parameters
    ----------
    config : ServerConfig, optional
        None for the app of one user on their own machine.
    script : Path
        The script of the pages.
    open_at : str
        An address that the user's browser opens when the server is ready.
    """
    paths = Paths("/".join(["", *str(option("server.baseUrlPath") or "").split("/")]).rstrip("/"))
    hosts = tuple(option("server.allowedHosts"))
    frames = None if config is None else config.listen.frames
    middleware = [
        Middleware(SecurityHeaders, paths=paths, frames=frames),
        Middleware(HostGuard, paths=paths, allowed=hosts),
    ]
    if config is not None:
        middleware.insert(0, Middleware(RequestLog, paths=paths))
        middleware.append(Middleware(SignIn, paths=paths, auth=config.auth))
    middleware.append(Middleware(KeptFiles, paths=paths))

    @asynccontextmanager
    async def ready(app: Any) -> AsyncIterator[None]:
        if open_at:
            asyncio.get_running_loop().run_in_executor(None, open_browser, open_at)
        yield

    routes = [Route(f"{paths.base}{HEALTH}", _health)]
    secrets = streamlit_secrets(config) if config else {}
    return st.App(
        script, secrets=secrets or None, routes=routes, middleware=middleware, lifespan=ready
    )


async def _health(request: Request) -> JSONResponse:
    """That the server answers, and its version; nothing about studies or users."""
    answer = {"status": "ok", "version": _version()}
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _version() -> str:
    try:
        return version("quarterhour")
    except PackageNotFoundError:  # started from the source, not installed
        return ""
