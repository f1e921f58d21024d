"""Results of one run of the pipeline, as tables with the columns of the output contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa

from geo.study.model import Study

__all__ = ["Analysis", "no_isochrones"]


@dataclass(frozen=True)
class Analysis:
    """Results of a study. The tables have the columns of section 5 of the output contract.

    Values are already rounded as in the exported files, so that pages, files and reports agree.
    Shares are rounded to six decimal places. Minutes have three decimal places and are rounded up.
    Missing numbers are NaN, missing texts are "".

    Attributes
    ----------
    study : Study
        The parameters.
    demand : pd.DataFrame
        Demand point × layer: demand_id, unit_id, layer, weight, minutes, metres, site_id, covered
        (bool), cause ("" if covered, otherwise one of `geo.rules.layer_demand.CAUSES`),
        access_m, lon, lat, time_ms (Int64), class if the study has a class column, sites_within
        (Int64), and the columns of capacity (NaN where the layer has none): served,
        in_reach_over_capacity, out_of_reach, access_2sfca; ordered by demand_id, then layer.
    units : pd.DataFrame
        Unit × layer at all levels: unit_id, unit_name, level, one column per parent, layer, sites,
        has_site (bool), demand_total, demand_covered, share_by_time, minutes_p50, minutes_p90,
        named_by (NaN unless the layer has the rule `assigned`), served, in_reach_over_capacity,
        out_of_reach, short, access_2sfca. Each layer has one row with an
        empty unit_id for the demand outside all units.
    gaps : pd.DataFrame
        Finest unit × layer with uncovered demand, ordered by layer, then rank.
    gap_points : pd.DataFrame
        All uncovered demand points: demand_id, name, unit_id, unit_name, the parents, layer,
        weight, nearest_site_id, nearest_site_name, metres, minutes, cause, lon, lat.
    sites : pd.DataFrame
        Site × layer: site_id, name, layer, unit_id, used (bool), access_m, demand_within,
        demand_owned, capacity, lon, lat, assigned, spare, crowding, demand_alone, waiting.
    isochrones : gpd.GeoDataFrame
        layer, site_id ("" for the whole layer), minutes (NaN for a band in metres), metres (NaN for
        a band in minutes), area_km2, geometry (EPSG:4326); ordered by layer, site, then band.
    quality : pd.DataFrame
        severity, file, row, field, problem, action, value.
    areas : gpd.GeoDataFrame
        The finest units: unit_id, unit_name, the parents, geometry (EPSG:4326); ordered by unit_id.
    summary : dict
        The keys of summary.json except ``generated_at`` and ``outputs``, which the writer adds.
    points : pd.DataFrame
        The demand points, indexed by id: name, weight, ``band:<name>`` for each band, class, and
        rank if the study has a rank column.
    access : callable, optional
        Gives the rows of access.parquet in blocks (`geo.coverage.access_table`). Each call computes
        them again, since the pairs of a province do not fit into memory. None if the run was not
        asked for them.
    equity : pd.DataFrame, optional
        Layer × band × class (`geo.equity.by_band.EQUITY_COLUMNS`). None if it has not been
        computed, as for one county; `geo.equity.by_band.equity_of` then computes it.
    unit_sets : pd.DataFrame
        Unit × layer × moment, tier or item: unit_id, level, layer, kind, name, demand_total,
        demand_covered, share; only for layers with such sets.

    Examples
    --------
    >>> import geo
    >>> analysis = geo.run(geo.load_study("mystudy"), layers=["station"])
    >>> analysis.demand[["demand_id", "minutes", "covered"]].head(3).to_numpy().tolist()
    [['E1', 7.2, True], ['E2', 12.96, True], ['E3', 21.6, False]]
    >>> analysis.isochrones["minutes"].tolist()
    [5.0, 10.0, 15.0]
    """

    study: Study
    demand: pd.DataFrame
    units: pd.DataFrame
    gaps: pd.DataFrame
    gap_points: pd.DataFrame
    sites: pd.DataFrame
    isochrones: gpd.GeoDataFrame
    quality: pd.DataFrame
    areas: gpd.GeoDataFrame
    summary: dict[str, Any]
    points: pd.DataFrame = field(default_factory=pd.DataFrame)
    access: Callable[[], Iterator[pa.Table]] | None = None
    equity: pd.DataFrame | None = None
    unit_sets: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def has_borders(self) -> bool:
        """Whether the units have areas. If False, no map of the units can be drawn."""
        return not bool(self.areas.geometry.is_empty.all())


ISOCHRONE_COLUMNS = ["layer", "site_id", "minutes", "metres", "area_km2", "geometry"]


def no_isochrones() -> gpd.GeoDataFrame:
    """Return an empty table of isochrones."""
    numbers = dict.fromkeys(("minutes", "metres", "area_km2"), np.float64)
    empty = gpd.GeoDataFrame(columns=ISOCHRONE_COLUMNS, geometry="geometry", crs="EPSG:4326")
    return empty.astype(numbers)
