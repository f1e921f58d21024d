"""`quarterhour prepare`: what it says, what it leaves in the cache, and what it refuses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import cli
from layers.web_map.tiles.roads import FOLDER, MANIFEST


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("zh-CN", "正在编译计算程序并准备项目。首次约需一两分钟，只此一次。", "已准备好，用时"),
        ("en", "The first time takes a minute or two, only once.", "Prepared in "),
    ],
)
def test_what_takes_long_says_that_it_is_once(
    study: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    language: str,
    first: str,
    last: str,
) -> None:
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(tmp_path / "cache"))
    assert cli.main(["prepare", str(study), "--lang", language]) == 0
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if line.strip()]
    assert said.out == ""
    assert lines[0].endswith(first) and lines[-1].startswith(last)


def test_the_roads_and_their_tiles_are_kept(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("QUARTERHOUR_CACHE", str(cache))
    assert cli.main(["prepare", str(study), "--lang", "en"]) == 0
    assert list((cache / FOLDER).glob(f"*/{MANIFEST}"))
    kept = {path: path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()}
    started = time.monotonic()
    assert cli.main(["prepare", str(study), "--lang", "en"]) == 0
    assert time.monotonic() - started < 60
    again = {path: path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()}
    assert {path: again.get(path) for path in kept} == kept


def test_a_folder_without_a_study_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["prepare", str(tmp_path / "none"), "--lang", "en"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and "study.toml was not found" in said[0]
