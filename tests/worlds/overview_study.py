"""A study of five layers for the overview: with and without a pass line, and one that waits."""

from __future__ import annotations

from pathlib import Path

from tests.worlds.tiny_study import write_study

__all__ = ["write_overview_study"]

# Shares: station 40 %, station_ebike 80 %, parking 20 %.
_MORE = """
[[layers]]
key = "far"
path = "parking.csv"
metres = 1
indicator = { document = "X-1", clause = "远", verified = "yes", pass = 1 }
[[layers]]
key = "hospital"
preset = "rural_hospital"
sites = "none"
"""


def write_overview_study(folder: Path) -> Path:
    """The hand-countable study with pass lines and two more layers."""
    write_study(folder)
    toml = folder / "study.toml"
    text = toml.read_text("utf-8")
    text = text.replace("bands = [5, 10]", "bands = [5, 10]\nindicator = { pass = 0.5 }")
    text = text.replace('profile = "ebike"', 'profile = "ebike"\nindicator = { pass = 0.8 }')
    toml.write_text(text + _MORE, encoding="utf-8")
    return folder
