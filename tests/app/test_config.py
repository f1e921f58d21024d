"""The app's own configuration is read: a slip in it would let Streamlit's defaults call out."""

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
