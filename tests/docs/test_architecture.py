"""The tree, its contracts and its documentation agree."""

from __future__ import annotations

import ast
import tomllib

import grimp
import networkx as nx
import pytest

from tests.docs.folders import ARCHITECTURE, ROOT, folder_table, packages

MOST_MODULES = 14


@pytest.fixture(scope="module")
def page() -> str:
    return ARCHITECTURE.read_text(encoding="utf-8")


def test_every_package_says_in_one_sentence_what_belongs_there() -> None:
    for folder in packages():
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        docstring = ast.get_docstring(ast.parse(text)) or ""
        first = docstring.split("\n\n")[0]
        assert first.endswith("."), folder
        assert "\n" not in first and len(first) <= 100, folder


def test_the_table_of_folders_repeats_these_sentences(page: str) -> None:
    assert folder_table() in page, "renew it: python -m tests.docs.folders"


def test_no_folder_has_more_modules_than_a_reader_can_take_in() -> None:
    counts = {
        folder: len([path for path in folder.glob("*.py") if path.name != "__init__.py"])
        for folder in packages()
    }
    assert {folder: n for folder, n in counts.items() if n > MOST_MODULES} == {}


def test_the_tests_mirror_the_tree() -> None:
    code = {folder.relative_to(ROOT) for folder in packages()}
    tops = {folder.parts[0] for folder in code}
    for top in tops:
        for path in (ROOT / "tests" / top).rglob("test_*.py"):
            assert path.parent.relative_to(ROOT / "tests") in code, path


def test_no_circle_between_modules() -> None:
    names = sorted({folder.relative_to(ROOT).parts[0] for folder in packages()})
    graph = grimp.build_graph(*names, cache_dir=None)
    imports = nx.DiGraph(
        (module, imported)
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
    )
    circles = [sorted(part) for part in nx.strongly_connected_components(imports) if len(part) > 1]
    assert circles == []


def test_every_contract_is_explained(page: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    section = page.partition("## Import contracts")[2].partition("## Interfaces")[0]
    for contract in project["tool"]["importlinter"]["contracts"]:
        assert f"| {contract['name']} |" in section
