"""`import geo`: the public names, imported when they are first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import geo

HEAVY = ("geopandas", "numba", "numpy", "pandas", "pyproj", "pydantic", "shapely")


def test_import_geo_alone_imports_nothing_heavy() -> None:
    script = (
        "import sys, geo\n"
        "assert set(geo.__all__) <= set(dir(geo))\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.stdout.strip() == "[]", found.stderr


def test_every_public_name_is_that_of_its_module() -> None:
    from geo.analysis import Analysis
    from geo.base.errors import QuarterhourError, StudyError
    from geo.pipeline import check, open_explorer, run
    from geo.study.load import load_study
    from geo.study.model import Study

    expected = [
        Analysis,
        QuarterhourError,
        Study,
        StudyError,
        check,
        load_study,
        open_explorer,
        run,
    ]
    assert [getattr(geo, name) for name in geo.__all__] == expected


def test_type_checkers_and_the_interpreter_know_the_same_names() -> None:
    assert geo.__file__ is not None
    tree = ast.parse(Path(geo.__file__).read_text(encoding="utf-8"))
    for_type_checkers = {
        alias.name: node.module
        for branch in tree.body
        if isinstance(branch, ast.If) and ast.unparse(branch.test) == "TYPE_CHECKING"
        for node in ast.walk(branch)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert for_type_checkers == geo._MODULES
    assert sorted(for_type_checkers) == sorted(geo.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        _ = geo.walk
