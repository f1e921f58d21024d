"""Temporary folders: kept while their process lives, swept when it has ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from geo.base.files import written_together
from geo.base.scratch import ScratchFolder, sweep
from tests.worlds.streets import ROOT

HOLD = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from geo.base.scratch import ScratchFolder
kept = ScratchFolder(".new-", parent=Path(sys.argv[1]))
(kept.path / "half").write_bytes(b"x" * 9)
print(kept.path, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def held(tmp_path: Path) -> subprocess.Popen[bytes]:
    """Another process with a temporary folder in `tmp_path`."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None and process.stdout.readline()
    return process


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_in_use_stays_and_that_of_a_killed_process_goes(
    tmp_path: Path, held: subprocess.Popen[bytes]
) -> None:
    assert len(names(tmp_path)) == 2  # the folder and its lock
    sweep(tmp_path, ".new-")
    assert len(names(tmp_path)) == 2
    held.kill()
    held.communicate()
    assert len(names(tmp_path)) == 2
    with written_together(tmp_path) as place:
        (place / "a.csv").write_bytes(b"a")
    assert names(tmp_path) == ["a.csv"]


def test_a_folder_of_the_same_process_stays(tmp_path: Path) -> None:
    first = ScratchFolder("q-", parent=tmp_path)
    with ScratchFolder("q-", parent=tmp_path) as second:
        assert first.path.is_dir() and second.is_dir() and first.path != second
    assert first.path.is_dir()
    first.cleanup()
    first.cleanup()
    assert names(tmp_path) == []


def test_what_others_have_made_stays(tmp_path: Path) -> None:
    (tmp_path / ".new-mine").mkdir()
    (tmp_path / "q.lock").write_text("x")
    sweep(tmp_path, ".new-")
    assert names(tmp_path) == [".new-mine", "q.lock"]


def test_files_move_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The third of four files is held by another program."""
    import os

    for name in "abd":
        (tmp_path / name).write_text("old")
    real = os.replace

    def held(source: Path, target: Path) -> None:
        if Path(target) == tmp_path / "c":
            raise PermissionError(13, "in use")
        real(source, target)

    monkeypatch.setattr("geo.base.files.os.replace", held)
    from geo.base.errors import OutputError

    with pytest.raises(OutputError) as caught, written_together(tmp_path) as place:
        for name in "abcd":
            (place / name).write_text("new")
    assert caught.value.code == "output_locked"
    assert caught.value.params["file"] == str(tmp_path / "c")
    assert {name: (tmp_path / name).read_text() for name in "abd"} == dict.fromkeys("abd", "old")
    assert names(tmp_path) == ["a", "b", "d"]


def test_a_new_folder_goes_where_nothing_was_written(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), written_together(tmp_path / "out"):
        raise RuntimeError
    assert names(tmp_path) == []
