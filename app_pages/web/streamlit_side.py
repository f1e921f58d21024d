"""What this package takes from Streamlit beyond its public interface, in one place."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from typing import Any

from streamlit import cli_util, config
from streamlit import logger as streamlit_logger
from streamlit.auth_util import encode_provider_token
from streamlit.web import bootstrap
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

__all__ = [
    "apply_options",
    "login_query",
    "open_browser",
    "option",
    "signed_in_claims",
    "use_formatter",
]

_PROVIDER = "default"


def option(name: str) -> Any:
    """The value of one of Streamlit's options."""
    return config.get_option(name)


def open_browser(address: str) -> None:
    """Open the user's browser, without its messages in the terminal."""
    cli_util.open_browser(address)


def apply_options(options: Mapping[str, Any]) -> None:
    """Set Streamlit's options: those given, else of the environment, else of config.toml.

    `streamlit run` does the same from its command line.

    Parameters
    ----------
    options : mapping
        By name (``server.port``). Text is read as the type of its option; the parts of a list are
        separated by commas or spaces.
    """
    found: dict[str, Any] = {}
    for name, item in config._config_options_template.items():
        value = options.get(name)
        if value is None and not item.sensitive:  # those are read elsewhere
            value = os.environ.get(item.env_var)
        if value is not None:
            found[name] = _typed(item, value) if isinstance(value, str) else value
    bootstrap.load_config_options(found)


def _typed(item: Any, text: str) -> Any:
    if item.multiple:
        return [item.type(part) for part in text.replace(",", " ").split()]
    if item.type is bool:
        return text.strip().lower() in ("1", "true", "t", "yes", "y", "on")
    return item.type(text)


def use_formatter(formatter: logging.Formatter) -> None:
    """Let all of Streamlit's loggers write by `formatter`, those of later modules too."""
    original = streamlit_logger.setup_formatter

    def set_up(logger: logging.Logger) -> None:
        original(logger)
        handler: logging.Handler = logger.streamlit_console_handler  # type: ignore[attr-defined]
        handler.setFormatter(formatter)

    streamlit_logger.setup_formatter = set_up
    streamlit_logger.update_formatter()


def login_query() -> str:
    """The query by which ``auth/login`` starts a sign-in at the provider; valid for two minutes."""
    return f"provider={encode_provider_token(_PROVIDER)}"


def signed_in_claims(cookies: Mapping[str, str]) -> dict[str, Any]:
    """The claims of the cookie that the sign-in has set; empty where its signature is wrong."""
    found = starlette_websocket._get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    if not found:
        return {}
    try:
        claims = json.loads(found)
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
