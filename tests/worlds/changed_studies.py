"""What a question supposes, made real: the same study with sites added, closed or another limit.

Plain helpers, no tests. The whole pipeline runs on the changed files, which is the oracle for every
answer of `geo.questions.explorer`.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from pandas.testing import assert_frame_equal

from geo.analysis import Analysis
from geo.pipeline import run
from geo.study.load import load_study

__all__ = ["TABLES", "assert_same_tables", "rerun"]

TABLES = ("demand", "units", "gaps", "gap_points", "sites", "areas", "points")


def rerun(
    folder: Path,
    into: Path,
    key: str,
    *,
    limit: float | None = None,
    added: Sequence[tuple[float, float]] = (),
    closed: Sequence[str] = (),
    moved: Mapping[str, tuple[float, float]] | None = None,
    cache: Path | None = None,
) -> Analysis:
    """Run the layer `key` of a copy of the study whose files were changed."""
    shutil.copytree(folder, into, dirs_exist_ok=True)
    toml = (into / "study.toml").read_text(encoding="utf-8")
    head, *tables = re.split(r"(?m)^\[\[layers\]\]\n", toml)
    mine = next(text for text in tables if tomllib.loads(text)["key"] == key)
    table = tomllib.loads(mine)
    if limit is not None:
        unit = "metres" if "metres" in table else "minutes"
        mine = re.sub(rf"(?m)^{unit} = .*$", f"{unit} = {limit}", mine)
        bands = [band for band in table.get("bands", []) if band <= limit]
        mine = re.sub(r"(?m)^bands = .*$", f"bands = {bands}", mine)
    if added or closed or moved:
        mine = re.sub(r"(?m)^(sites|path) = .*$", 'path = "changed.csv"', mine)
        _write_sites(into, table.get("path"), added, closed, moved or {})
    (into / "study.toml").write_text(f"{head}[[layers]]\n{mine}", encoding="utf-8")
    return run(load_study(into), cache=cache)


def _write_sites(
    folder: Path,
    path: str | None,
    added: Sequence[tuple[float, float]],
    closed: Sequence[str],
    moved: Mapping[str, tuple[float, float]],
) -> None:
    names, rows = ["id", "name", "lon", "lat"], []
    if path is not None:
        text = (folder / path).read_text(encoding="utf-8-sig")
        reader = csv.DictReader(io.StringIO(text))
        rows = [row for row in reader if row["id"] not in closed]
        for row in rows:
            if row["id"] in moved:
                row["lon"], row["lat"] = map(repr, moved[row["id"]])
        names = list(reader.fieldnames or names)
    for number, (lon, lat) in enumerate(added, start=1):
        place = {"id": f"+{number}", "name": f"{lon:.5f}, {lat:.5f}"}
        rows.append(place | {"lon": repr(lon), "lat": repr(lat)})
    with (folder / "changed.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, names, restval="")
        writer.writeheader()
        writer.writerows(rows)


def assert_same_tables(found: Analysis, expected: Analysis, key: str) -> None:
    """Every table and the layer's figures agree, to the byte."""
    for name in TABLES:
        ours, theirs = getattr(found, name), getattr(expected, name)
        if name == "points":
            ours = ours[theirs.columns]  # other layers' filters read columns of their own
        assert_frame_equal(pd.DataFrame(ours), pd.DataFrame(theirs), check_exact=True, obj=name)
    ours, theirs = found.summary["layers"][key], expected.summary["layers"][key]
    assert repr(ours) == repr(theirs)
