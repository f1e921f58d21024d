"""The part of a study's inputs that lies in some of its units (`Study.within`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.errors import StudyError
from geo.inputs.areas import Areas, areas_of_frame, parent_chain, parent_ids, parent_name
from geo.inputs.demand import DemandPoints
from geo.study.languages import Text
from geo.study.model import Study

__all__ = [
    "areas_within",
    "clipped",
    "land_within",
    "named_part",
    "points_within",
    "shared_findings",
]


def areas_within(areas: Areas, study: Study) -> tuple[Areas, NDArray[np.int64]]:
    """The units of `Study.within`, and the new index of each former unit (-1: left out).

    Raises
    ------
    StudyError
        The study has none of them (``units_not_granted``).
    """
    assert study.within is not None
    kept = areas.frame["unit_id"].isin(study.within).to_numpy()
    if not kept.any():
        raise StudyError("units_not_granted")
    frame = areas.frame[kept].reset_index(drop=True)
    index = np.where(kept, np.cumsum(kept) - 1, -1)
    found = areas_of_frame(frame, areas.parents, study.units.level)
    return replace(found, part_of=(areas, index)), index


def points_within(points: DemandPoints, index: NDArray[np.int64]) -> DemandPoints:
    """The points of the kept units; points outside every unit are nobody's, and are left out.

    Parameters
    ----------
    points : DemandPoints
        Of the whole study.
    index : int64 (units)
        Of `areas_within`.
    """
    unit = np.append(index, -1)[points.unit]
    kept = unit >= 0
    rows = kept[points.point_of_row]
    renumbered = (np.cumsum(kept) - 1).astype(np.int32)
    return DemandPoints(
        points.frame[kept].reset_index(drop=True),
        unit[kept],
        renumbered[points.point_of_row[rows]],
        points.lon[rows],
        points.lat[rows],
    )


def land_within(land: Mapping[str, shapely.Geometry], areas: Areas) -> dict[str, shapely.Geometry]:
    """The land inside the units."""
    whole = shapely.union_all(areas.frame.geometry.to_numpy())
    return {key: shapely.intersection(shape, whole) for key, shape in land.items()}


def clipped(table: gpd.GeoDataFrame, units: gpd.GeoDataFrame, study: Study) -> gpd.GeoDataFrame:
    """The isochrones inside the units of `Study.within`; all of them without it.

    Otherwise they would show where the sites of other units are. `area_km2` shrinks in proportion.
    """
    if study.within is None or table.empty:
        return table
    whole = shapely.union_all(units.geometry.to_numpy())
    before = shapely.area(table.geometry.to_numpy())
    shapes = shapely.intersection(table.geometry.to_numpy(), whole)
    share = np.divide(shapely.area(shapes), before, out=np.zeros(len(table)), where=before > 0)
    made = table.assign(area_km2=np.round(table["area_km2"].to_numpy(float) * share, 6))
    made = made.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=table.crs))
    return gpd.GeoDataFrame(made[~shapely.is_empty(shapes)].reset_index(drop=True))


def named_part(study: Study, areas: Areas) -> Study:
    """The study with the names of the units that are seen in its title, and as its place.

    Each unit is named by the largest unit around it that is seen as a whole.
    """
    if study.within is None:
        return study
    label = "、".join(_tops(areas, study.within))
    name = study.study.name
    shown: Text = (
        f"{name} · {label}"
        if isinstance(name, str)
        else {locale: f"{text} · {label}" for locale, text in name.items()}
    )
    info = study.study.model_copy(update={"name": shown, "place": label})
    return study.model_copy(update={"study": info})


def _tops(areas: Areas, within: frozenset[str]) -> list[str]:
    frame = areas.frame
    names = frame["unit_name"].tolist()
    if not areas.parents:
        return [str(name) for name in names]
    chains = [parent_chain(str(one)) for one in parent_ids(frame, areas.parents, 0)]
    tops = [
        next((parent_name(item) for item in chain if item in within), str(name))
        for chain, name in zip(chains, names, strict=True)
    ]
    return list(dict.fromkeys(tops))


def shared_findings(quality: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The quality report without the rows of files, which may be about other units."""
    if study.within is None:
        return quality
    return quality[quality["row"].isna()].reset_index(drop=True)
