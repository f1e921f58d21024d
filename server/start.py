"""What must hold before an office's server starts."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from geo.base.errors import StudyError
from server.config import ServerConfig
from server.secrets import client_secret

__all__ = ["check_start"]


def check_start(config: ServerConfig, file: str) -> None:
    """Refuse settings under which nobody could sign in, or everybody could.

    Parameters
    ----------
    config : ServerConfig
    file : str
        The name of the file in messages.

    Raises
    ------
    StudyError
        ``server_none_local``, ``server_no_proxy``, ``server_no_studies``, ``key_missing``,
        ``server_redirect_wrong``, or ``server_secret_missing``.
    """
    auth, listen = config.auth, config.listen
    if auth.mode == "none" and not _is_loopback(listen.host):
        raise StudyError("server_none_local", file=file, field="listen.host", value=listen.host)
    if auth.mode == "header" and not auth.trusted_proxies:
        raise StudyError("server_no_proxy", file=file, field="auth.trusted_proxies")
    if auth.mode == "oidc":
        _check_oidc(config, file)
    if not config.path(config.studies).is_dir():
        raise StudyError("server_no_studies", file=file, field="studies", value=config.studies)


def _check_oidc(config: ServerConfig, file: str) -> None:
    oidc = config.auth.oidc
    if oidc is None:
        raise StudyError("key_missing", file=file, field="auth.oidc")
    parts = urlsplit(oidc.redirect_uri)
    wanted = f"{config.listen.base_path}/oauth2callback"
    safe = parts.scheme == "https" or (
        parts.scheme == "http" and _is_loopback(parts.hostname or "")
    )
    if not (safe and parts.hostname and parts.path == wanted and not parts.query):
        raise StudyError(
            "server_redirect_wrong",
            file=file,
            field="auth.oidc.redirect_uri",
            value=oidc.redirect_uri,
            expected=f"https://…{wanted}",
        )
    client_secret(config, oidc, file)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
