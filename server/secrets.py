"""The secrets of the sign-in: the client's, which the office gives, and that of the cookies."""

from __future__ import annotations

import os
import secrets

from geo.base.errors import StudyError
from server.config import Oidc, ServerConfig

__all__ = ["client_secret", "cookie_secret"]

_COOKIE_FILE = "cookie-secret"
_SHORTEST = 32


def client_secret(config: ServerConfig, oidc: Oidc, file: str) -> str:
    """The client's secret, from its file.

    Raises
    ------
    StudyError
        ``server_secret_missing``: the file is not there, or empty.
    """
    path = config.path(oidc.client_secret_file)
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        text = ""
    if not text:
        field = "auth.oidc.client_secret_file"
        raise StudyError(
            "server_secret_missing", file=file, field=field, value=oidc.client_secret_file
        )
    return text


def cookie_secret(config: ServerConfig) -> str:
    """The secret that signs cookies: made at the first start, and kept beside the audit log.

    Sign-ins stay valid when the server starts again; without the file everybody signs in anew.
    """
    path = config.path(config.audit).parent / _COOKIE_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        text = path.read_text("ascii").strip()
        if len(text) >= _SHORTEST:
            return text
        path.unlink()  # a start that was cut off
        return cookie_secret(config)
    text = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    return text
