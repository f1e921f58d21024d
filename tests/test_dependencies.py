"""What the code imports is declared, what is declared is imported, and the lock has all of it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("geo", "layers", "app_pages", "cli")


def _declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"], *project["optional-dependencies"]["cluster"]]
    # dask[distributed] declares both.
    return {name for item in listed for name in re.findall(r"[\w.-]+", re.split("[<>=]", item)[0])}


def _imported() -> set[str]:
    files = [ROOT / "app.py", *(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))]
    found = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {*PACKAGES, "app"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_imports_are_declared_and_declared_packages_are_imported() -> None:
    owners = packages_distributions()
    declared = {_normal(name) for name in _declared()}
    used = set()
    for module in _imported():
        names = {_normal(name) for name in owners[module]}
        assert names & declared, f"{module} is imported and not declared"
        used |= names & declared
    # cryptography makes the certificate of a local cluster; distributed imports it.
    assert declared - used == {"cryptography"}


def test_the_lock_holds_what_is_declared() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", lock, flags=re.MULTILINE))
    assert {_normal(name) for name in _declared()} <= locked
    assert "://" not in lock
