"""docs/walk.md: each of the 36 faults that users met has a test, and the test exists."""

from __future__ import annotations

import re

from tests.worlds.streets import ROOT

_ROW = re.compile(r"^\| (\d+) \| [^|]+ \| `([\w/.]+)::(\w+)` \|$", re.MULTILINE)


def test_every_fault_has_a_test_that_exists() -> None:
    rows = _ROW.findall((ROOT / "docs" / "walk.md").read_text("utf-8"))
    assert [int(number) for number, _, _ in rows] == list(range(1, 37))
    for number, file, name in rows:
        text = (ROOT / file).read_text("utf-8")
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"fault {number}: {file}::{name}"
