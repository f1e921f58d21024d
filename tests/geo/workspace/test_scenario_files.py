"""Scenarios and the files that they name go wherever their study goes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from geo.study.load import load_study
from geo.workspace.edit import copy_study
from geo.workspace.pack import pack_study, unpack_study
from tests.worlds.tiny_study import write_study


def test_scenarios_and_the_files_that_they_name_travel_with_the_study(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "方案一.toml").write_text(
        '[[changes]]\ndo = "demand"\npath = "later.csv"\n'
        '[[changes]]\ndo = "demand"\npath = "../secret.csv"\n',
        encoding="utf-8",
    )
    (folder / "scenarios" / "broken.toml").write_bytes(b"\xff[[")
    (folder / "later.csv").write_text("id,lon,lat\n", encoding="utf-8")
    (tmp_path / "secret.csv").write_text("", encoding="utf-8")
    pack_study(load_study(folder), tmp_path / "s.zip")
    unpacked = unpack_study(tmp_path / "s.zip", "s.zip", tmp_path / "new")
    copied = copy_study(folder, tmp_path / "copy")
    for target in (unpacked, copied):
        for name in ("scenarios/方案一.toml", "scenarios/broken.toml", "later.csv"):
            assert (target / name).read_bytes() == (folder / name).read_bytes()
    with zipfile.ZipFile(tmp_path / "s.zip") as archive:
        assert not [name for name in archive.namelist() if "secret" in name]
