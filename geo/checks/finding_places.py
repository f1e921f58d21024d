"""Coordinates of the findings of a quality report whose rows have coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.base.quality_log import QualityLog
from geo.coordinates.datum import to_wgs84
from geo.inputs.road_source import RoadSource
from geo.network.near_misses import find_coincident_nodes, find_near_misses
from geo.readers.formats.detect import read_table
from geo.readers.inputs.sources import demand_table, units_table
from geo.readers.inputs.study_bounds import study_bounds
from geo.readers.table.point_columns import point_columns, positions
from geo.readers.table.raw_table import Choice, RawTable
from geo.readers.table.row_filter import RowFilter
from geo.study.model import DemandInput, Layer, Study

__all__ = ["finding_places"]

Floats = NDArray[np.float64]


def finding_places(
    study: Study, quality: pd.DataFrame, *, cache: Path | None = None
) -> pd.DataFrame:
    """Coordinates of the findings on single rows of demand, sites or units, and on road ends.

    Parameters
    ----------
    study : Study
    quality : DataFrame
        As `geo.pipeline.check` gives it.
    cache : Path, optional
        Where the roads may be found without reading their file again.

    Returns
    -------
    DataFrame, float64 ``lon`` and ``lat`` in degrees (WGS-84)
        One row for each place, with the index in `quality` of its finding. A finding on road ends
        has as many places as it counts.
    """
    found: list[pd.DataFrame] = []
    about = quality[quality["row"].notna()]
    done: set[str] = set()
    for file, table, lon, lat in _located(study):
        wanted = about[about["file"] == study.shown_file(file)]
        if file in done or wanted.empty:
            continue
        done.add(file)
        at = pd.Series(np.arange(len(table)), index=table.rows)
        rows = at[~at.index.duplicated()].reindex(wanted["row"].astype("int64"))
        known = rows.notna().to_numpy()
        places = rows[known].to_numpy(np.int64)
        frame = pd.DataFrame({"lon": lon[places], "lat": lat[places]}, index=wanted.index[known])
        found.append(frame.dropna())
    found += _road_places(study, quality, cache)
    if not found:
        return pd.DataFrame({"lon": [], "lat": []}, dtype=np.float64)
    return pd.concat(found).sort_index()


def _road_places(study: Study, quality: pd.DataFrame, cache: Path | None) -> list[pd.DataFrame]:
    """Places of the ends and nodes that are not joined, by the index of their finding."""
    about = quality[quality["problem"].isin(["road_ends_near", "road_nodes_coincident"])]
    if about.empty:
        return []
    roads = RoadSource(study, QualityLog(), cache=cache).roads
    nodes: dict[str, NDArray[np.integer]] = {
        "road_ends_near": find_near_misses(roads).node,
        "road_nodes_coincident": find_coincident_nodes(roads)[:, 0],
    }
    found = []
    for at in about.index:
        lonlat = roads.node_lonlat[nodes[str(about.loc[at, "problem"])]]
        places = {"lon": lonlat[:, 0], "lat": lonlat[:, 1]}
        found.append(pd.DataFrame(places, index=[at] * len(lonlat)))
    return found


def _located(study: Study) -> Iterator[tuple[str, RawTable, Floats, Floats]]:
    """The tables of the study with the coordinates of their rows; unreadable ones are left out."""
    log = QualityLog()
    for layer in study.layers:
        if layer.path is None:
            continue
        try:
            path = study.file(layer.path)
            table = read_table(path, layer.path, log, Choice(layer.layer, layer.sheet))
            yield layer.path, table, *_points(table, layer, study)
        except StudyError:
            continue
    try:
        _, file, table = demand_table(study, log)
        yield file, table, *_points(table, study.demand, study)
    except StudyError:
        pass
    if study.units.seats is not None:
        return
    try:
        _, file, table = units_table(study, log)
    except StudyError:
        return
    if table.geometry is not None:
        good = ~(shapely.is_missing(table.geometry) | shapely.is_empty(table.geometry))
        spots = np.full(len(table), None, dtype=object)
        spots[good] = shapely.point_on_surface(table.geometry[good])
        lon, lat = to_wgs84(shapely.get_x(spots), shapely.get_y(spots), study.units.datum)
        yield file, table, lon, lat


def _points(table: RawTable, source: DemandInput | Layer, study: Study) -> tuple[Floats, Floats]:
    columns = point_columns(table, source, "", QualityLog(), others=[])
    row_filter = RowFilter(table, QualityLog())
    lon, lat = positions(table, columns, source, partial(study_bounds, study), "", row_filter)
    return to_wgs84(lon, lat, source.datum)
