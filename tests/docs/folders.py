"""The table of packages in docs/architecture.md: `python -m tests.docs.folders` renews it."""

from __future__ import annotations

import ast
from pathlib import Path

__all__ = ["ARCHITECTURE", "ROOT", "folder_table", "packages", "with_table"]

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "docs" / "architecture.md"
_BEGIN, _END = "<!-- folders: begin -->\n", "<!-- folders: end -->"


def packages() -> list[Path]:
    """The folders of the code, each package and sub-package."""
    found = [
        path.parent
        for top in ("cli", "app_pages", "layers", "geo", "ledger", "server")
        for path in (ROOT / top).rglob("__init__.py")
    ]
    return sorted(found, key=lambda path: path.parts)


def folder_table() -> str:
    """One row a package: its path and the first line of its docstring."""
    rows = ["| folder | content |\n", "| --- | --- |\n"]
    for folder in packages():
        text = (folder / "__init__.py").read_text(encoding="utf-8")
        lines = (ast.get_docstring(ast.parse(text)) or "").splitlines() or [""]
        rows.append(f"| `{folder.relative_to(ROOT).as_posix()}/` | {lines[0]} |\n")
    return "".join(rows)


def with_table(text: str) -> str:
    """The page with the table as it must be."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}{folder_table()}{_END}{after}"


if __name__ == "__main__":
    ARCHITECTURE.write_text(
        with_table(ARCHITECTURE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n"
    )
