"""Overrides: a study's own statements about single edges, which replace those of the source."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import read_table
from geo.readers.table.raw_table import RawTable
from geo.readers.table.row_filter import (
    RowFilter,
    column,
    count_input,
    has_column,
    missing_column,
    numbers,
)
from geo.roads.roads import Roads
from geo.study.model import Study
from geo.study.profiles import profile_names

__all__ = ["read_overrides"]

Texts = NDArray[np.object_]
Floats = NDArray[np.float64]

_COLUMNS = ("profile", "allowed", "speed_kmh", "minutes")
_WORDS: dict[str, bool | None] = {
    "": None,
    "yes": True,
    "true": True,
    "1": True,
    "是": True,
    "no": False,
    "false": False,
    "0": False,
    "否": False,
}


def read_overrides(study: Study, roads: Roads, quality: QualityLog) -> pd.DataFrame:
    """Read the overrides of a study, one row for each edge concerned.

    The file has the column `edge` (the OSM way's id, the table's id, or the row), and any of
    `profile` (empty: all), `allowed` (yes, no), `speed_kmh`, `minutes` (for the whole edge; the
    pieces of a split way get their share by length).

    Parameters
    ----------
    study : Study
    roads : Roads
        As `read_roads` gave it.
    quality : QualityLog
        Receives one row for each row set aside and one `InputCount` (role ``overrides``).

    Returns
    -------
    DataFrame
        In file order: ``edge_index`` (int64), ``profile`` (text), ``allowed`` (True, False or
        None), ``speed_kmh``, ``minutes`` (float64, NaN where not given). Empty without overrides.

    Raises
    ------
    StudyError
        The file is missing or unreadable, or has no column `edge` (``column_missing``).
    """
    file = study.network.overrides
    if file is None:
        return _frame([], [], [], np.zeros(0), np.zeros(0))
    path = study.file(file, "network.overrides")
    table = read_table(path, file, quality)
    if not has_column(table, "edge"):
        raise missing_column(table, "edge", "network.overrides")
    row_filter = RowFilter(table, quality)
    names = column(table, "edge", "edge")
    known = set(roads.edge_id.astype(str).tolist())
    row_filter.set_aside(
        np.array([name not in known for name in names], dtype=bool),
        "edge_unknown",
        field="edge",
        values=names,
    )
    profile, words, speed_kmh, minutes = _checked_cells(table, row_filter, study)
    count_input(
        quality,
        "overrides",
        path,
        file=file,
        rows_in=table.rows_in,
        used=int(row_filter.keep.sum()),
    )
    return _per_edge(roads, row_filter, names, profile, words, speed_kmh, minutes)


def _checked_cells(
    table: RawTable, row_filter: RowFilter, study: Study
) -> tuple[Texts, Texts, Floats, Floats]:
    """Profile, word for allowed, speed and minutes of all rows; wrong rows are set aside."""
    cells = {name: _optional(table, name) for name in _COLUMNS}
    profile = cells["profile"]
    words = np.array([word.lower() for word in cells["allowed"]], dtype=object)
    profiles = ("", *profile_names(study.profiles))
    unknown = np.array([name not in profiles for name in profile], dtype=bool)
    row_filter.set_aside(unknown, "profile_unknown", field="profile", values=profile)
    strange = np.array([word not in _WORDS for word in words], dtype=bool)
    row_filter.set_aside(strange, "allowed_bad", field="allowed", values=words)
    speed_kmh = _checked(cells["speed_kmh"], row_filter, "speed_kmh", zero=False)
    minutes = _checked(cells["minutes"], row_filter, "minutes", zero=True)
    row_filter.set_aside((words == "") & np.isnan(speed_kmh) & np.isnan(minutes), "override_empty")
    return profile, words, speed_kmh, minutes


def _optional(table: RawTable, name: str) -> Texts:
    if has_column(table, name):
        return column(table, name, name)
    return np.full(len(table), "", dtype=object)


def _checked(cells: Texts, row_filter: RowFilter, name: str, *, zero: bool) -> Floats:
    """Numbers, NaN where empty; a row with anything else is set aside."""
    values = numbers(cells)
    good = np.isfinite(values) & ((values >= 0) if zero else (values > 0))
    row_filter.set_aside(~good & (cells != ""), "number_bad", field=name, values=cells)
    return values


def _per_edge(
    roads: Roads,
    row_filter: RowFilter,
    names: Texts,
    profile: Texts,
    words: Texts,
    speed_kmh: Floats,
    minutes: Floats,
) -> pd.DataFrame:
    """The kept rows, one for each piece of the way that they name."""
    used = np.flatnonzero(row_filter.keep)
    wanted = set(names[used])
    pieces_of: dict[str, list[int]] = {}
    for edge, name in enumerate(roads.edge_id.astype(str).tolist()):
        if name in wanted:
            pieces_of.setdefault(name, []).append(edge)
    pieces = [np.array(pieces_of[names[at]], dtype=np.int64) for at in used]
    rows = np.repeat(used, [len(edges) for edges in pieces])
    shares = [_shares(roads.length_m[edges]) for edges in pieces]
    share = np.concatenate(shares) if shares else np.zeros(0)
    return _frame(
        [int(edge) for edges in pieces for edge in edges],
        list(profile[rows]),
        [_WORDS[word] for word in words[rows]],
        speed_kmh[rows],
        minutes[rows] * share,
    )


def _shares(length_m: Floats) -> Floats:
    total = length_m.sum()
    return length_m / total if total > 0 else np.full(len(length_m), 1.0 / len(length_m))


def _frame(
    edges: list[int],
    profiles: list[str],
    allowed: list[bool | None],
    speed_kmh: Floats,
    minutes: Floats,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "edge_index": np.array(edges, dtype=np.int64),
            "profile": pd.Series(profiles, dtype="str"),
            "allowed": pd.Series(allowed, dtype=object),
            "speed_kmh": np.asarray(speed_kmh, dtype=np.float64),
            "minutes": np.asarray(minutes, dtype=np.float64),
        }
    )
