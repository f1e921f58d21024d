"""The last stage: the layers' tables joined in the orders of the output contract."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.analysis import Analysis
from geo.coverage import unit_table
from geo.gaps import gap_point_table, gap_table
from geo.inputs import Inputs
from geo.layer_run import LayerRun, demand_table
from geo.quality import QualityLog
from geo.study import Study
from geo.summary import summarise

__all__ = ["join_analysis"]


def join_analysis(
    study: Study,
    inputs: Inputs,
    quality: QualityLog,
    runs: list[LayerRun],
    sites: list[pd.DataFrame],
    isochrones: list[gpd.GeoDataFrame],
) -> Analysis:
    """Join the layers' tables in the orders of the output contract."""
    areas, points = inputs.areas, inputs.points
    with_class = study.demand.class_ is not None
    demand = [demand_table(r, points, areas, with_class=with_class) for r in runs]
    # By id; a point's layers keep the study's order, as the sort is stable.
    order = np.argsort(np.concatenate([r.demand.point for r in runs]), kind="stable")
    units = [unit_table(r.layer.key, r.demand, r.site_unit, areas) for r in runs]
    gaps = [gap_table(r.layer.key, r.demand, r.sites, areas) for r in runs]
    gap_points = [gap_point_table(r.layer.key, r.demand, points, r.sites, areas) for r in runs]
    unit_rows = pd.concat(units, ignore_index=True)
    return Analysis(
        study=study,
        demand=pd.concat(demand, ignore_index=True).take(order).reset_index(drop=True),
        units=_by_id(unit_rows, ["unit_id", "level"]),
        gaps=pd.concat(gaps, ignore_index=True),
        gap_points=pd.concat(gap_points, ignore_index=True),
        sites=_by_id(pd.concat(sites, ignore_index=True), ["site_id"]),
        isochrones=gpd.GeoDataFrame(
            pd.concat(isochrones, ignore_index=True), geometry="geometry", crs="EPSG:4326"
        ),
        quality=quality.frame(),
        areas=areas.frame,
        summary=summarise(study, runs, points, areas, quality.inputs),
        points=points.frame.set_index("id"),
    )


def _by_id(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Order by id; the layers of one id keep the study's order, as the sort is stable."""
    return table.sort_values(columns, kind="stable").reset_index(drop=True)
