"""The tiny study with one seat at its station: of two estates within 15 minutes, one is served."""

from __future__ import annotations

from pathlib import Path

from tests.worlds.tiny_study import write_study

__all__ = ["write_capacity_study"]


def write_capacity_study(folder: Path, *, seats: str = "1") -> Path:
    """Write the study into `folder` and return it; only the layer ``station`` has capacities."""
    write_study(folder)
    text = f"id,name,lon,lat,seats\nS1,一号站,114.300,30.5,{seats}\n"
    (folder / "stations.csv").write_text(text, encoding="utf-8")
    toml = (folder / "study.toml").read_text(encoding="utf-8")
    named = toml.replace('path = "stations.csv"', 'path = "stations.csv"\ncapacity = "seats"', 1)
    (folder / "study.toml").write_text(named, encoding="utf-8")
    return folder
