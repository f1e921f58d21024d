"""Workers killed in the middle of a run, and four of them: nothing changes in the result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from geo.base.progress import Progress
from geo.parts.dask_workers import workers
from geo.parts.division import PartCost
from geo.pipeline import run
from geo.study.load import load_study
from tests.worlds.parts_studies import POA, differing, in_parts, poa_study, province_study
from tests.worlds.streets import WUHAN

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("name", ["wuhan", "porto_alegre", "province"])
def test_two_and_four_workers(name: str, count: int, tmp_path: Path, cache: Path) -> None:
    if name == "wuhan":
        study = load_study(WUHAN)
    elif name == "porto_alegre":
        if not POA.is_dir():
            pytest.skip("../shared/data/poa is missing")
        study = poa_study(tmp_path / "poa")
    else:
        study = province_study(tmp_path / "province", side=90)
    with workers(count=count) as crew:
        found, report = in_parts(study, 12, tmp_path / "parts", cache, crew.compute)
    assert len(report.costs) == 12
    assert differing(run(study, cache=cache), found) == []


def test_a_worker_killed_in_the_middle_changes_nothing(tmp_path: Path, cache: Path) -> None:
    """A process is killed while it computes, after the second part and again after the fifth."""
    import psutil

    study = province_study(tmp_path / "province", side=90)
    ours = psutil.Process()
    before = {child.pid for child in ours.children(recursive=True)}
    killed = []

    def kill_one() -> None:
        # Only processes that this test's own cluster has started.
        mine = [c for c in ours.children(recursive=True) if c.pid not in before]
        worker = next(c for c in mine if "spawn_main" in " ".join(c.cmdline()))
        worker.kill()
        killed.append(worker.pid)

    with workers(count=2) as crew:

        def compute(folders: Iterator[Path], progress: Progress) -> Iterator[tuple[Path, PartCost]]:
            for number, done in enumerate(crew.compute(folders, progress), start=1):
                if number in (2, 5):
                    kill_one()
                yield done

        found, report = in_parts(study, 16, tmp_path / "parts", cache, compute)
    assert len(set(killed)) == 2
    assert len(report.costs) == 16
    assert differing(run(study, cache=cache), found) == []
