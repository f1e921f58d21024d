"""Edits of a study's overrides: the edge at a click, and the rows of overrides.csv."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.network.snapping import Snapper
from geo.readers.formats.detect import read_table
from geo.roads.roads import Roads
from geo.study.model import Study
from geo.workspace.edit import rewrite

__all__ = [
    "OVERRIDE_COLUMNS",
    "EdgeFinder",
    "PickedEdge",
    "override_rows",
    "with_override",
    "write_overrides",
]

OVERRIDE_COLUMNS = ("edge", "profile", "allowed", "speed_kmh", "minutes", "note")
_FILE = "overrides.csv"


@dataclass(frozen=True)
class PickedEdge:
    """One edge as `overrides` names it: a whole OSM way, or a row of a table.

    Attributes
    ----------
    edge : str
        Its name in the column `edge`.
    rows : int64 (n)
        Its pieces: rows of `Roads`.
    highway : str
    length_m : float
        Of all pieces.
    distance_m : float
        From the given place.
    """

    edge: str
    rows: NDArray[np.int64]
    highway: str
    length_m: float
    distance_m: float


class EdgeFinder:
    """Finds the edge at a place among all edges, also those that are closed to everybody."""

    def __init__(self, roads: Roads) -> None:
        self._roads = roads
        self._snapper = Snapper(roads, np.arange(len(roads), dtype=np.int32), every_edge=True)

    def at(self, lon: float, lat: float, *, within_m: float) -> PickedEdge | None:
        """The nearest edge, None where there is none within the distance."""
        found = self._snapper.snap(np.array([lon]), np.array([lat]), max_access_m=within_m)
        if found.edge[0] < 0:
            return None
        name = str(self._roads.edge_id[found.edge[0]])
        return self.named(name, distance_m=float(found.access_m[0]))

    def named(self, edge: str, *, distance_m: float = 0.0) -> PickedEdge | None:
        """The edge of that name, None where there is none."""
        roads = self._roads
        rows = np.flatnonzero(roads.edge_id.astype(str) == edge)
        if not len(rows):
            return None
        length_m = float(roads.length_m[rows].sum())
        return PickedEdge(edge, rows, str(roads.highway[rows[0]]), length_m, distance_m)

    def lines(self, rows: NDArray[np.int64]) -> list[shapely.LineString]:
        """The pieces as lines, lon/lat."""
        roads = self._roads
        return [
            shapely.LineString(roads.lonlat[roads.start[row] : roads.start[row + 1]])
            for row in rows.tolist()
        ]


def override_rows(study: Study) -> list[dict[str, str]]:
    """The rows of a study's overrides as text, by column; empty where it has none.

    Raises
    ------
    StudyError
        The file cannot be read.
    """
    file = study.network.overrides
    if file is None:
        return []
    table = read_table(study.file(file, "network.overrides"), file, QualityLog())
    rows = table.frame.astype(str).to_dict("records")
    return [{str(name): cell for name, cell in row.items()} for row in rows]


def with_override(
    rows: Sequence[Mapping[str, str]], row: Mapping[str, str]
) -> list[Mapping[str, str]]:
    """The rows and one more, which replaces those of the same edge and profile."""
    key = (row["edge"], row.get("profile", ""))
    kept = [other for other in rows if (other.get("edge"), other.get("profile", "")) != key]
    return [*kept, row]


def write_overrides(folder: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Make `rows` the overrides of the study in `folder`.

    They are written to overrides.csv whatever file they came from, with any further columns.

    Raises
    ------
    StudyError
        A row changes nothing (``override_says_nothing``), or the study is wrong.
    OutputError
        The folder cannot be written.
    """
    for row in rows:
        if not any(row.get(name) for name in ("allowed", "speed_kmh", "minutes")):
            raise StudyError("override_says_nothing", value=row.get("edge", ""))
    names = list(dict.fromkeys([*OVERRIDE_COLUMNS, *(name for row in rows for name in row)]))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, restval="", lineterminator="\r\n")
    writer.writeheader()
    # A spreadsheet would take a note with such a beginning for a formula.
    for row in rows:
        writer.writerow({**row, "note": row.get("note", "").lstrip("=+-@\t\r ")})

    def edit(document: Any) -> None:
        section = document["network"]
        if rows:
            section["overrides"] = _FILE
        else:
            section.pop("overrides", None)

    files = {_FILE: text.getvalue().encode("utf-8-sig")} if rows else {}
    rewrite(folder, edit, files)


def join_near_ends(folder: Path, *, within_m: float) -> None:
    """Join road ends that lie within a distance of another road, from now on.

    Raises
    ------
    StudyError, OutputError
        As in `rewrite`.
    """

    def edit(document: Any) -> None:
        document["network"]["join_within_m"] = within_m

    rewrite(folder, edit, {})
