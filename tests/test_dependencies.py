"""What the code imports is declared, what is declared is imported, and the locks have all of it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGES = ("geo", "ledger", "server", "layers", "app_pages", "cli")


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
    # cryptography makes the certificate of a local cluster; distributed imports it. Streamlit
    # imports what its sign-in needs.
    assert declared - used == {"cryptography", "authlib", "httpx"}


def _locked(file: str) -> dict[str, str]:
    """Name and markers → the whole entry of a lock without its comments."""
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    found = {}
    for entry in entries:
        lines = [line for line in entry.splitlines() if not line.lstrip().startswith("#")]
        found[lines[0].rstrip(" \\")] = "\n".join(lines)
    return found


def _names(locked: dict[str, str]) -> set[str]:
    return {head.partition("==")[0] for head in locked}


def _listed(extra: str | None) -> set[str]:
    """The direct dependencies in pyproject.toml, or those of an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    items = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {_normal(re.split(r"[\[<>=]", item)[0]) for item in items}


def _installed_with(roots: set[str]) -> set[str]:
    """Packages that come with these ones in this environment."""
    found: set[str] = set()
    todo = sorted(roots)
    while todo:
        name = todo.pop()
        if name in found:
            continue
        found.add(name)
        for item in requires(name) or []:
            need = Requirement(item)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                todo.append(_normal(need.name))
    return found


def test_what_runs_is_locked_without_test_tools() -> None:
    """The lock of what runs holds what pyproject.toml declares, all that needs, and no more."""
    locked, developed = _locked("requirements.lock"), _locked("requirements-dev.lock")
    names = _names(locked)
    direct = _listed(None) | _listed("install")
    assert direct <= names
    needed = _installed_with(direct)
    assert needed <= names
    # Further ones are needed on other systems or versions of Python, and say so.
    extra = {head for head in locked if head.partition("==")[0] not in needed}
    assert all(" ; " in head for head in extra), extra
    assert not names & (_listed("dev") - needed)
    # Both locks hold one version and one set of hashes of a package.
    assert locked.items() <= developed.items()


def test_what_develops_is_locked() -> None:
    assert _listed(None) | _listed("dev") | _listed("cluster") <= _names(
        _locked("requirements-dev.lock")
    )
