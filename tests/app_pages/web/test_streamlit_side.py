"""Streamlit's options, as `streamlit run` would set them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit import config

from app_pages.web.streamlit_side import apply_options, option


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    config.get_config_options(force_reparse=True, options_from_flags={})


def test_text_is_read_as_the_type_of_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "1")
    monkeypatch.setenv(
        "STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS", "https://a.example https://b.example"
    )
    apply_options(
        {
            "server.port": "8600",
            "server.headless": "true",
            "browser.gatherUsageStats": "false",
            "server.allowedHosts": "localhost,127.0.0.1",
        }
    )
    assert option("server.port") == 8600 and option("server.address") == "0.0.0.0"
    assert option("server.headless") is True and option("browser.gatherUsageStats") is False
    assert option("server.allowedHosts") == ["localhost", "127.0.0.1"]
    assert option("server.corsAllowedOrigins") == ["https://a.example", "https://b.example"]
    assert option("server.fileWatcherType") == "none", "of .streamlit/config.toml"
