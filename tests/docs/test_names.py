"""Every path, module and name of the code that the documentation names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.docs.folders import ARCHITECTURE, ROOT

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
TOPS = (
    "geo",
    "ledger",
    "server",
    "layers",
    "app_pages",
    "cli",
    "tests",
    "benchmarks",
    "docs",
    "data",
)
_PATH = re.compile(rf"(?:{'|'.join(TOPS)})/[\w./-]*")
_MODULE = re.compile(r"\b(?:geo|layers|app_pages|cli)(?:\.\w+)+\b")


def _code(page: Path) -> list[str]:
    """Text in backticks, and the lines of code blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [*inline, *(line for block in blocks for line in block.splitlines())]


def _defined(path: Path) -> set[str]:
    """Names at the top level of a module, those that it imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def _is_known(dotted: str) -> bool:
    """Whether ``geo.a.b.Name`` is a module, or a name (and perhaps a member) of one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        base = ROOT.joinpath(*parts[:length])
        path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
        if path.is_file():
            rest = parts[length:]
            return not rest or rest[0] in _defined(path)
    return False


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_paths_exist(page: Path) -> None:
    # A placeholder such as <name> ends the part of a path that can be checked.
    named = {
        found[0]
        for text in _code(page)
        for found in re.finditer(rf"(?<![\w./]){_PATH.pattern}", text.partition("<")[0])
    }
    missing = {path for path in named if not (ROOT / path).exists()}
    assert missing == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_modules_exist(page: Path) -> None:
    unknown = {
        found[0]
        for text in _code(page)
        for found in _MODULE.finditer(text)
        if not _is_known(found[0])
    }
    assert unknown == set()


def _interfaces() -> list[tuple[str, str]]:
    section = ARCHITECTURE.read_text(encoding="utf-8").partition("## Interfaces")[2]
    return re.findall(r"^\| `(\w+)` \| `([\w/.]+)` \|", section.partition("\n## ")[0], re.MULTILINE)


@pytest.mark.parametrize(("name", "file"), _interfaces())
def test_an_interface_is_in_the_file_that_is_named(name: str, file: str) -> None:
    path = ROOT / file
    found = _defined(path) if path.is_file() else set()
    assert name in found


def test_the_interfaces_are_found() -> None:
    assert len(_interfaces()) >= 10


def test_the_files_to_add_something_are_as_many_as_stated() -> None:
    section = ARCHITECTURE.read_text(encoding="utf-8").partition("## To add something")[2]
    rows = re.findall(r"^\| (a[^|]+) \| ([^|]+) \| (.+) \|$", section, re.MULTILINE)
    assert {what for what, _, _ in rows} >= {
        "a rule of a layer",
        "a page",
        "an output file",
        "a language",
        "an input format",
        "a preset",
    }
    for what, count, which in rows:
        assert int(count.split()[0]) <= 6, what
        assert re.search(r"`[\w/<>.]+`", which), what
