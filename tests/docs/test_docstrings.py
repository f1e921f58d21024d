"""The examples in docstrings, run as they stand, in a folder that holds the study `mystudy`.

Only modules with an example are imported: `pytest --doctest-modules geo` would import all of them.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

import geo
from tests.worlds.tiny_study import write_study

ROOT = Path(__file__).resolve().parents[2]


def _modules() -> list[str]:
    paths = sorted(
        path for path in (ROOT / "geo").rglob("*.py") if ">>> " in path.read_text("utf-8")
    )
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in paths]
    return [".".join(part for part in names if part != "__init__") for names in parts]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docstrings")
    write_study(folder / "mystudy")
    return folder


@pytest.mark.parametrize("name", _modules())
def test_the_examples_of_a_module(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted
    assert not result.failed, capsys.readouterr().out


def test_every_public_name_has_an_example() -> None:
    assert len(geo.__all__) == 8
    for name in geo.__all__:
        assert ">>> import geo" in (inspect.getdoc(getattr(geo, name)) or ""), name
