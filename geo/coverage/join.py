"""Last stage: concatenates the tables of all layers in the row order of the output contract."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis, no_isochrones
from geo.base.quality_log import QualityLog
from geo.coverage.figures.capacity import decided
from geo.coverage.figures.unit_sets import unit_set_table
from geo.coverage.gap_tables import gap_point_table, gap_table
from geo.coverage.layer_run import LayerRun
from geo.coverage.summary import summarise
from geo.coverage.tables import demand_table
from geo.coverage.unit_table import unit_table
from geo.inputs.demand import DemandPoints
from geo.inputs.read import Inputs
from geo.inputs.within import clipped, named_part, shared_findings
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
    runs = [decided(run) for run in runs]
    areas = inputs.areas
    points = [inputs.points_of(r.layer) for r in runs]
    with_class = study.demand.class_ is not None
    gap_points = _stacked(
        [
            gap_point_table(r.layer.key, r.demand, own, r.sites, areas)
            for r, own in zip(runs, points, strict=True)
        ]
    )
    units = [
        unit_table(
            r.layer.key, r.demand, r.site_unit, areas,
            rule=rule_of(r.layer.rule), served=r.served, capacity=r.capacity,
        )
        for r in runs
    ]  # fmt: skip
    gaps = [gap_table(r.layer.key, r.demand, r.sites, areas, causes=r.causes) for r in runs]
    # Rows are ordered by demand id. The sort is stable, so the layers of one point keep the order
    # of the study.
    order = _order_by_id(runs, points)
    demand = [
        demand_table(r, own, areas, with_class=with_class)
        for r, own in zip(runs, points, strict=True)
    ]
    return Analysis(
        study=named_part(study, areas),
        demand=_stacked(demand, order),
        units=_by_id(pd.concat(units, ignore_index=True), ["unit_id", "level"]),
        gaps=pd.concat(gaps, ignore_index=True),
        gap_points=gap_points,
        sites=_own_sites(_by_id(pd.concat(sites, ignore_index=True), ["site_id"]), study),
        isochrones=no_isochrones(),
        quality=shared_findings(quality.frame(), study),
        areas=areas.frame,
        summary=summarise(study, runs, points, areas, quality),
        points=inputs.points.frame.set_index("id"),
        unit_sets=unit_set_table(runs, areas),
    )


def with_isochrones(analysis: Analysis, isochrones: list[gpd.GeoDataFrame]) -> Analysis:
    """Return the analysis with the isochrones of the layers, in the order of the layers."""
    rows = pd.concat(isochrones, ignore_index=True)
    drawn = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    return replace(analysis, isochrones=clipped(drawn, analysis.areas, analysis.study))


def _own_sites(sites: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The sites in the units that may be seen."""
    if study.within is None:
        return sites
    return sites[sites["unit_id"] != ""].reset_index(drop=True)


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


def _order_by_id(runs: list[LayerRun], points: list[DemandPoints]) -> NDArray[np.int64]:
    """Return the order of the rows of all layers by id."""
    if all(own is points[0] for own in points):  # the points of a study are ordered by id
        return np.argsort(np.concatenate([r.demand.point for r in runs]), kind="stable")
    ids = [
        own.frame["id"].to_numpy(dtype=object)[r.demand.point]
        for r, own in zip(runs, points, strict=True)
    ]
    return np.argsort(np.concatenate(ids), kind="stable")


def _by_id(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Sort by id. The sort is stable, so the layers of one id keep the order of the study."""
    return table.sort_values(columns, kind="stable").reset_index(drop=True)
