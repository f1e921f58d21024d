"""Maps that helping processes draw: the same bytes, whole files, nothing left running."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from geo.analysis import Analysis
from geo.base.errors import CancelledError
from geo.base.jobs import Job
from geo.base.progress import Progress, ProgressState
from layers.print_map import helpers, series
from layers.print_map.files import MapSet
from layers.print_map.layer_map import MapOptions
from layers.print_map.prepared import PreparedMaps
from layers.words.catalogue import words_for
from tests.worlds.made_analysis import made_analysis

ZH = words_for("zh-CN")
KEYS = ["clinic", "parking"]


@pytest.fixture(autouse=True, scope="module")
def short_runs() -> Iterator[None]:
    """Two pages a piece of work, so that a layer of three pages is bound from two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "_RUN", 2)
        yield


def _set(analysis: Analysis, workers: int) -> MapSet:
    return MapSet(
        PreparedMaps(analysis), KEYS, ZH, MapOptions(), kinds=["png", "pdf"], series=["pdf"],
        workers=workers,
    )  # fmt: skip


def _files(analysis: Analysis, workers: int, progress: Progress | None = None) -> dict[str, bytes]:
    with _set(analysis, workers) as maps:
        return dict(maps.files(progress or Progress()))


@pytest.fixture(scope="module")
def alone() -> dict[str, bytes]:
    return _files(made_analysis(), 0)


def test_contents_do_not_depend_on_who_draws(
    alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sorted(alone) == ["clinic.pdf", "clinic.png", "parking.pdf", "parking.png"]
    reader = PdfReader(BytesIO(alone["clinic.pdf"]))
    assert len(reader.pages) == 3
    assert [str(entry.title) for entry in reader.outline[1:]] == ["甲区", "乙区"]  # type: ignore[union-attr]
    states: list[ProgressState] = []
    drawn_here: list[str] = []
    monkeypatch.setattr(
        helpers.MapPool, "_draw_here", lambda self, number, progress, counted: drawn_here.append("")
    )
    monkeypatch.setattr(helpers, "_taken", _only_helpers)
    assert _files(made_analysis(), 2, Progress(states.append)) == alone
    assert not drawn_here
    assert states[-1].stage == "maps" and states[-1].done == states[-1].total == 6


def _only_helpers(take: object) -> int | None:
    """Nothing is left for the process that waits."""
    if getattr(take, "__name__", "") == "pop":
        return None
    try:
        return take()  # type: ignore[operator, no-any-return]
    except IndexError:
        return None


def test_what_a_dead_helper_held_is_drawn_here(
    alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helpers, "_START", "import sys; sys.stdin.buffer.read(20); sys.exit(9)")
    states: list[ProgressState] = []
    assert _files(made_analysis(), 2, Progress(states.append)) == alone
    assert states[-1].done == states[-1].total == 6


def test_where_no_process_may_start_all_is_drawn_here(
    alone: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(Path(sys.executable).parent / "no-such-python"))
    assert _files(made_analysis(), 1) == alone


def test_a_cancel_ends_the_helpers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    # A helper that never answers.
    monkeypatch.setattr(helpers, "_START", "import time; time.sleep(600)")
    monkeypatch.setattr(helpers, "_taken", _only_helpers)
    started: list[subprocess.Popen[bytes]] = []
    real = helpers.MapPool._started

    def watched(self: helpers.MapPool, path: Path) -> subprocess.Popen[bytes] | None:
        process = real(self, path)
        if process is not None:
            started.append(process)
        return process

    monkeypatch.setattr(helpers.MapPool, "_started", watched)
    analysis = made_analysis()
    job = Job(lambda progress: _files(analysis, 2, progress))
    while len(started) < 2 or job.progress.state.stage != "maps":
        assert not job.done
    job.cancel()
    with pytest.raises(CancelledError):
        job.result(timeout_s=30)
    assert len(started) == 2 and all(process.wait(10) is not None for process in started)
    assert not list(tmp_path.iterdir())


def test_helpers_are_worth_their_start_or_stay_away(monkeypatch: pytest.MonkeyPatch) -> None:
    page = series.MapPage("clinic", "", [], True)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)
    assert helpers._helpers([[page] * 2, [page] * 2]) == 0
    assert helpers._helpers([[page] * 8] * 3) == 2
    assert helpers._helpers([[page] * 8] * 30) == 4
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0}, raising=False)
    assert helpers._helpers([[page] * 8] * 30) == 0
