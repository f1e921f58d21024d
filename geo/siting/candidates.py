"""Candidates of a study: from a file, street nodes on a grid, demand points or another layer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.errors import QuestionError, StudyError
from geo.base.quality_log import QualityLog
from geo.inputs.demand import DemandPoints
from geo.network.network import Network
from geo.readers.formats.detect import read_table
from geo.readers.inputs.areas.unit_areas import clean_areas
from geo.readers.inputs.study_bounds import study_bounds
from geo.readers.table.point_columns import point_columns, point_table
from geo.readers.table.raw_table import Choice, RawTable
from geo.readers.table.row_filter import RowFilter, column, count_input, has_column, numbers
from geo.roads.roads import Roads
from geo.study.model import Layer, Study

__all__ = [
    "Candidates",
    "candidates_of_demand",
    "candidates_of_sites",
    "candidates_of_streets",
    "read_candidates",
    "read_closed_areas",
]

# Headers that offices use, the contract's own first.
_COST = ("cost", "费用", "造价", "投资", "建设成本")
_STATUS = ("status", "状态", "要求")
_CAPACITY = ("capacity", "服务能力", "容量")
_STATES = {
    "": "",
    "must": "must",
    "必选": "must",
    "必建": "must",
    "forbidden": "forbidden",
    "禁止": "forbidden",
    "禁选": "forbidden",
}
_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True)
class Candidates:
    """Places where a site may stand.

    Attributes
    ----------
    frame : pd.DataFrame
        id, name, lon, lat (degrees, WGS-84), cost and capacity (NaN where unknown), status ("",
        ``must`` or ``forbidden``), row (of the file, 0 without one); ordered by id.
    source : str
        As the user named it.
    rows_in : int
        Rows of the file, or places of the source.
    quality : QualityLog
        Rows that were repaired or set aside.
    """

    frame: pd.DataFrame
    source: str
    rows_in: int
    quality: QualityLog

    @property
    def set_aside(self) -> int:
        """How many rows take no part."""
        return self.rows_in - len(self.frame)

    def without(self, gone: NDArray[np.bool_], problem: str) -> Candidates:
        """The candidates but for some, with a finding for each of those."""
        for row, name in zip(self.frame["row"][gone], self.frame["id"][gone], strict=True):
            self.quality.add(
                "warning", problem, file=self.source, row=int(row) or None,
                field="id", action="set_aside", value=name,
            )  # fmt: skip
        return replace(self, frame=self.frame[~gone].reset_index(drop=True))

    def marked(self, *, must: Collection[str] = (), forbidden: Collection[str] = ()) -> Candidates:
        """A copy, with a quality report of its own, in which some candidates have another status.

        Parameters
        ----------
        must, forbidden : collection of str
            Ids; those that no candidate has are left out. `forbidden` prevails.
        """
        frame = self.frame.copy()
        for ids, status in ((must, "must"), (forbidden, "forbidden")):
            frame.loc[frame["id"].isin(list(ids)), "status"] = status
        quality = QualityLog(list(self.quality.rows), list(self.quality.inputs), self.quality.names)
        return replace(self, frame=frame, quality=quality)


def _candidates(frame: pd.DataFrame, source: str, rows_in: int, quality: QualityLog) -> Candidates:
    """The candidates by id, with the columns that the source does not have."""
    frame = frame.copy()
    for name, value in (("cost", np.nan), ("capacity", np.nan), ("status", ""), ("row", 0)):
        if name not in frame:
            frame[name] = value
    frame = frame.sort_values("id", kind="stable").reset_index(drop=True)
    columns = ["id", "name", "lon", "lat", "cost", "capacity", "status", "row"]
    return Candidates(frame[columns], source, rows_in, quality)


def read_candidates(
    study: Study, file: str, *, datum: str = "wgs84", path: Path | None = None
) -> Candidates:
    """Read a table of candidates: id, name, lon, lat, and optionally cost, capacity, status.

    Parameters
    ----------
    file : str
        As given by the user: from the working folder, or else from the study's folder.
    datum : str
        As in study.toml.
    path : Path, optional
        Where the content is, if not at `file`, which is then a name only.

    Raises
    ------
    StudyError
        As for the sites of a layer; ``candidates_none`` where no row can be used.
    """
    quality = QualityLog()
    path = path or existing_file(study, file)
    table = read_table(path, file, quality, Choice(None, None))
    spec = Layer.model_validate({"key": "candidates", "path": file, "minutes": 15, "datum": datum})
    where = "--candidates"
    columns = point_columns(table, spec, where, quality, others=[])
    row_filter = RowFilter(table, quality)
    frame = point_table(table, spec, columns, where, row_filter, partial(study_bounds, study))
    row_filter.set_aside_twice(frame["id"].to_numpy(dtype=object), field=columns.get("id", spec.id))
    frame["cost"] = _costs(table, row_filter)
    frame["capacity"] = _capacities(table, row_filter)
    frame["status"] = _states(table, row_filter)
    frame = frame[row_filter.keep].reset_index(drop=True)
    count_input(quality, "candidates", path, file=file, rows_in=table.rows_in, used=len(frame))
    if frame.empty:
        raise StudyError("candidates_none", source=file, rows=table.rows_in)
    return _candidates(frame, file, table.rows_in, quality)


def existing_file(study: Study, file: str) -> Path:
    """A file from the working folder, or else from the study's folder.

    Raises
    ------
    StudyError
        ``file_missing``.
    """
    for path in (Path(file), study.folder / file):
        if path.is_file():
            return path
    raise StudyError("siting_file_missing", file=file)


def _named(table: RawTable, names: tuple[str, ...]) -> str | None:
    """The first of some columns that the table has."""
    return next((name for name in names if has_column(table, name)), None)


def _costs(table: RawTable, row_filter: RowFilter) -> NDArray[np.float64]:
    """Costs, NaN where blank; rows with a bad one are set aside."""
    name = _named(table, _COST)
    if name is None:
        return np.full(len(table), np.nan)
    cells = column(table, name, name)
    values = numbers(cells)
    bad = ~(np.isfinite(values) & (values >= 0)) & (cells != "")
    row_filter.set_aside(bad, "candidate_cost_bad", field=name, values=cells)
    return np.where(cells == "", np.nan, values)


def _capacities(table: RawTable, row_filter: RowFilter) -> NDArray[np.float64]:
    """Capacities, NaN where blank or bad, as for the sites of a layer."""
    name = _named(table, _CAPACITY)
    if name is None:
        return np.full(len(table), np.nan)
    cells = column(table, name, name)
    values = numbers(cells)
    bad = ~(np.isfinite(values) & (values >= 0))
    row_filter.note(bad & (cells != ""), "warning", "capacity_bad", field=name, values=cells)
    return np.where(bad, np.nan, values)


def _states(table: RawTable, row_filter: RowFilter) -> NDArray[np.object_]:
    name = _named(table, _STATUS)
    if name is None:
        return np.full(len(table), "", dtype=object)
    cells = column(table, name, name)
    words = [str(cell).strip().casefold() for cell in cells]
    bad = np.array([word not in _STATES for word in words], np.bool_)
    row_filter.set_aside(bad, "candidate_status_bad", field=name, values=cells)
    return np.array([_STATES.get(word, "") for word in words], dtype=object)


def candidates_of_streets(
    roads: Roads, network: Network, areas: NDArray[np.object_], metres: float, source: str
) -> Candidates:
    """Street nodes on a grid: of each cell the node nearest to its centre.

    Parameters
    ----------
    network : Network
        Of the layer's profile: only the ends of its edges count.
    areas : object (geometries)
        The units; nodes outside all of them are no candidates, if units have areas.
    metres : float
        Side of a cell.
    """
    if not np.isfinite(metres) or metres <= 0:
        raise QuestionError("siting_grid_wrong", value=f"{metres:g}")
    nodes = np.unique(np.concatenate([roads.u[network.road], roads.v[network.road]]))
    lon, lat = roads.node_lonlat[nodes].T
    with_area = [shape for shape in areas if shape is not None and not shape.is_empty]
    if with_area:
        tree = shapely.STRtree(with_area)
        inside = np.unique(tree.query(shapely.points(lon, lat), predicate="intersects")[0])
        lon, lat = lon[inside], lat[inside]
    step_lat = metres / _METRES_PER_DEGREE
    row = np.floor(lat / step_lat).astype(np.int64)
    # The width of a cell follows the latitude of its row, so that cells are squares everywhere.
    step_lon = step_lat / np.maximum(np.cos(np.radians((row + 0.5) * step_lat)), 1e-6)
    col = np.floor(lon / step_lon).astype(np.int64)
    off = (lat / step_lat - row - 0.5) ** 2 + (lon / step_lon - col - 0.5) ** 2
    order = np.lexsort((lat, lon, off, col, row))
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(row[order]) != 0) | (np.diff(col[order]) != 0)
    kept = order[first]
    ids = [f"{r}_{c}" for r, c in zip(row[kept].tolist(), col[kept].tolist(), strict=True)]
    frame = pd.DataFrame({"id": ids, "name": "", "lon": lon[kept], "lat": lat[kept]})
    return _candidates(frame, source, len(frame), QualityLog())


def candidates_of_demand(
    points: DemandPoints, chosen: NDArray[np.int64], source: str
) -> Candidates:
    """The demand points of a layer; of a point with several rows, the first."""
    first = np.searchsorted(points.point_of_row, chosen)
    frame = pd.DataFrame(
        {
            "id": points.frame["id"].to_numpy(dtype=object)[chosen],
            "name": points.frame["name"].to_numpy(dtype=object)[chosen],
            "lon": points.lon[first],
            "lat": points.lat[first],
        }
    )
    return _candidates(frame, source, len(frame), QualityLog())


def candidates_of_sites(sites: pd.DataFrame, source: str) -> Candidates:
    """The sites of another layer."""
    frame = sites[["id", "name", "lon", "lat", "capacity"]].assign(row=sites["row"])
    return _candidates(frame, source, len(frame), QualityLog())


def read_closed_areas(
    study: Study, file: str, *, path: Path | None = None
) -> tuple[NDArray[np.object_], QualityLog]:
    """The polygons of a file in which no candidate may stand, in degrees.

    `path` as in `read_candidates`.
    """
    quality = QualityLog()
    table = read_table(path or existing_file(study, file), file, quality, Choice(None, None))
    if table.geometry is None:
        raise StudyError("siting_no_areas", file=file)
    row_filter = RowFilter(table, quality)
    shapes = clean_areas(table, row_filter)
    return shapes[row_filter.keep], quality
