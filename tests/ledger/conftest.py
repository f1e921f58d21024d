"""A study that can be counted by hand, its explorer, and its ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from geo.pipeline import open_explorer
from geo.questions.explorer import Explorer
from geo.study.load import load_study
from ledger.evidence.open_cases import Gap, Opened, open_cases
from ledger.evidence.verify import Verified, verify
from ledger.ledger import Ledger, open_ledger
from tests.worlds.tiny_study import write_study


def texts(gap: Gap) -> Mapping[str, str]:
    return {"area": gap.unit_name, "people": f"{gap.uncovered:g}"}


def shares(before: float, after: float) -> str:
    return f"{before:g}→{after:g}"


class Desk:
    """The study in `folder`, its files as they are now, and its ledger."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder, self.ledger = folder, ledger

    def explorer(self) -> Explorer:
        return open_explorer(load_study(self.folder))

    def open(self, layer: str = "station", **options: object) -> Opened:
        return open_cases(self.ledger, self.explorer(), layer, texts, by="张三", **options)  # type: ignore[arg-type]

    def verify(self, **options: object) -> Verified:
        return verify(self.ledger, self.explorer(), shares, by="张三", **options)  # type: ignore[arg-type]

    def state(self, case: str = "1") -> str:
        return self.ledger.store.case(case).state

    def sites(self, *rows: str) -> None:
        """Replace the stations."""
        text = "\n".join(["id,name,lon,lat", "S1,一号站,114.300,30.5", *rows]) + "\n"
        (self.folder / "stations.csv").write_text(text, encoding="utf-8")

    def change(self, file: str, before: str, after: str) -> None:
        text = (self.folder / file).read_text(encoding="utf-8")
        assert before in text
        (self.folder / file).write_text(text.replace(before, after), encoding="utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folder = write_study(tmp_path / "study")
    with open_ledger(folder) as ledger:
        yield Desk(folder, ledger)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger without a computed study."""
    with open_ledger(tmp_path) as found:
        yield found
