"""A study of one street for the commands, and surroundings that are the same everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

STUDY = """
[study]
name = "小样"
[units]
path = "units.geojson"
level = "township"
[demand]
path = "estates.csv"
[network]
path = "roads.geojson"
[[layers]]
key = "clinic"
title = { "zh-CN" = "医保[red]服务站", en = "Stations" }
path = "clinic.csv"
minutes = 15
[[layers]]
key = "parking"
path = "clinic.csv"
metres = 300
"""


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A street of 2 km with a station at its west end."""
    folder = tmp_path / "study"
    folder.mkdir()
    square = [[[114.29, 30.49], [114.33, 30.49], [114.33, 30.51], [114.29, 30.51], [114.29, 30.49]]]
    line = [[114.3, 30.5], [114.31, 30.5], [114.32, 30.5]]
    _features(
        folder / "units.geojson", {"type": "Polygon", "coordinates": square}, id="U1", name="东街道"
    )
    _features(
        folder / "roads.geojson",
        {"type": "LineString", "coordinates": line},
        highway="residential",
    )
    rows = "E1,一号,114.3001,30.5\nE2,二号,114.3199,30.5\nE3,三号,十二,30.5\n"
    (folder / "estates.csv").write_text("id,name,lon,lat\n" + rows, encoding="utf-8")
    (folder / "clinic.csv").write_text("id,name,lon,lat\nS1,站,114.3,30.5\n", encoding="utf-8")
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    return folder


def _features(path: Path, geometry: dict[str, Any], **properties: str) -> None:
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    content = {"type": "FeatureCollection", "features": [feature]}
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
