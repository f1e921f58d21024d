"""The Python code of the documentation, run as it stands, and the notebooks.

The cells of a notebook are run in order in this process: nbclient would add a Jupyter kernel to the
locked packages for the same result.
"""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from tests.docs.folders import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def _blocks(page: str) -> list[str]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def _run(sources: list[str], name: str) -> dict[str, Any]:
    """Run the sources in one namespace, and make text of each last expression, as Jupyter does."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, source in enumerate(sources, start=1):
        tree = ast.parse(source)
        last = tree.body[-1]
        if isinstance(last, ast.Expr):
            tree.body[-1] = ast.Assign([ast.Name("shown", ast.Store())], last.value)
        exec(compile(ast.fix_missing_locations(tree), f"{name}[{number}]", "exec"), namespace)
        namespace["text"] = repr(namespace.get("shown"))
    return namespace


def test_the_page_on_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = _blocks("python.md")
    ten_lines = [line for line in blocks[1].splitlines() if line]
    assert len(ten_lines) == 10
    found = _run(blocks, "docs/python.md")
    assert found["analysis"].demand["covered"].tolist() == [True, True, False]
    assert len(found["analysis"].isochrones) == 3
    assert "too_far" in capsys.readouterr().out


def test_the_page_on_questions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    found = _run(_blocks("questions.md"), "docs/questions.md")
    assert found["trial"].share_after > found["trial"].share_before
    assert len(found["lost"]) and len(found["area"]) == 3
    assert found["together"].layers == ("medical_insurance", "canteens")
    assert found["district"].name == "武昌区"
    assert len(capsys.readouterr().out.splitlines()) == len(found["study"].layers)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert cells
    for cell in cells:
        assert cell["outputs"] == [] and cell["execution_count"] is None
        assert cell["source"]
    # Notebooks run from their own folder; figures are drawn without a window.
    monkeypatch.chdir(path.parent)
    matplotlib.use("agg")
    found = _run(["".join(cell["source"]) for cell in cells], path.name)
    assert "medical_insurance" in found["text"]
