"""The app's configuration is valid: with an error, Streamlit's defaults would send statistics."""

from __future__ import annotations

import tomllib
from pathlib import Path

CONFIG = Path(__file__).parent.parent.parent / ".streamlit" / "config.toml"


def test_the_configuration_is_whole_and_nothing_is_sent() -> None:
    with CONFIG.open("rb") as handle:
        config = tomllib.load(handle)
    assert config["browser"]["gatherUsageStats"] is False
    assert config["browser"]["serverAddress"] == "localhost"
    assert config["runner"]["magicEnabled"] is False
    assert config["server"]["fileWatcherType"] == "none"
