"""Last stage: concatenates the tables of all layers in the row order of the output contract."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis, no_isochrones
from geo.base.quality_log import QualityLog
from geo.coverage.gap_tables import gap_point_table, gap_table
from geo.coverage.layer_run import LayerRun
from geo.coverage.summary import summarise
from geo.coverage.tables import demand_table
from geo.coverage.unit_table import unit_table
from geo.inputs.read import Inputs
from geo.rules import rule_of
from geo.study.model import Study

__all__ = ["join_analysis", "with_isochrones"]


def join_analysis(
    study: Study,
    inputs: Inputs,
    quality: QualityLog,
    runs: list[LayerRun],
    sites: list[pd.DataFrame],
) -> Analysis:
    """Concatenate the tables of the layers in the row order of the output contract.

    The isochrones are empty; `with_isochrones` adds them.
    """
    areas, points = inputs.areas, inputs.points
    with_class = study.demand.class_ is not None
    gap_points = _stacked(
        [gap_point_table(r.layer.key, r.demand, points, r.sites, areas) for r in runs]
    )
    units = [
        unit_table(
            r.layer.key, r.demand, r.site_unit, areas,
            rule=rule_of(r.layer.rule), served=r.served,
        )
        for r in runs
    ]  # fmt: skip
    gaps = [gap_table(r.layer.key, r.demand, r.sites, areas, causes=r.causes) for r in runs]
    # Rows are ordered by demand id. The sort is stable, so the layers of one point keep the order
    # of the study.
    order = np.argsort(np.concatenate([r.demand.point for r in runs]), kind="stable")
    demand = [demand_table(r, points, areas, with_class=with_class) for r in runs]
    return Analysis(
        study=study,
        demand=_stacked(demand, order),
        units=_by_id(pd.concat(units, ignore_index=True), ["unit_id", "level"]),
        gaps=pd.concat(gaps, ignore_index=True),
        gap_points=gap_points,
        sites=_by_id(pd.concat(sites, ignore_index=True), ["site_id"]),
        isochrones=no_isochrones(),
        quality=quality.frame(),
        areas=areas.frame,
        summary=summarise(study, runs, points, areas, quality),
        points=points.frame.set_index("id"),
    )


def with_isochrones(analysis: Analysis, isochrones: list[gpd.GeoDataFrame]) -> Analysis:
    """Return the analysis with the isochrones of the layers, in the order of the layers."""
    rows = pd.concat(isochrones, ignore_index=True)
    return replace(
        analysis, isochrones=gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    )


def _stacked(tables: list[pd.DataFrame], order: NDArray[np.int64] | None = None) -> pd.DataFrame:
    """Concatenate tables, and reorder the rows if `order` is given.

    Columns are removed from the input tables one by one and concatenated. Memory therefore never
    contains a second copy of all rows, which matters for a province.
    """
    columns = {}
    for name in list(tables[0].columns):
        column = pd.concat([table.pop(name) for table in tables], ignore_index=True).array
        columns[name] = column if order is None else column.take(order)
    return pd.DataFrame(columns, copy=False)


def _by_id(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Sort by id. The sort is stable, so the layers of one id keep the order of the study."""
    return table.sort_values(columns, kind="stable").reset_index(drop=True)
