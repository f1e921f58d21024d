"""First stage: reads, checks and counts all files of a study. Roads are cached."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import shapely

from geo.base.messages import one_line
from geo.base.quality_log import QualityLog
from geo.inputs.areas import Areas, build_areas
from geo.inputs.demand import DemandPoints, build_demand
from geo.inputs.road_source import RoadSource
from geo.inputs.spread import spread_demand
from geo.inputs.within import areas_within, land_within, points_within
from geo.readers.inputs.areas.land import read_land
from geo.readers.inputs.areas.water import read_water_file
from geo.readers.inputs.demand import read_demand
from geo.readers.inputs.objects import read_objects
from geo.readers.inputs.served_units import named_units
from geo.readers.inputs.sites import read_sites
from geo.readers.inputs.units import read_units
from geo.study.model import Layer, Study

__all__ = ["Inputs", "read_inputs"]


@dataclass(frozen=True)
class Inputs:
    """Contents of the files of a study.

    Attributes
    ----------
    areas : Areas
    points : DemandPoints
    sites : dict of str to pd.DataFrame
        By layer: id, name, lon, lat, row, capacity, ordered by id.
    roads : RoadSource
    quality : QualityLog
        The findings while reading.
    objects : dict of str to DemandPoints
        The objects of each layer that counts its own (rule `rate`).
    land : dict of str to shapely.Geometry
        The land of each layer that has some, dissolved, EPSG:4326.
    """

    areas: Areas
    points: DemandPoints
    sites: dict[str, pd.DataFrame]
    roads: RoadSource
    quality: QualityLog = field(default_factory=QualityLog)
    objects: dict[str, DemandPoints] = field(default_factory=dict)
    land: dict[str, shapely.Geometry] = field(default_factory=dict)

    def points_of(self, layer: Layer) -> DemandPoints:
        """Return what a layer counts: its own objects, else the demand of the study."""
        return self.objects.get(layer.key, self.points)


def read_inputs(study: Study, quality: QualityLog, *, cache: Path | None = None) -> Inputs:
    """Read all files of `study`. Findings and counts are added to `quality`.

    With `Study.within`, units and demand are those of these units. All sites are kept, since sites
    elsewhere serve this demand too.

    Raises
    ------
    StudyError
        A file is missing, cannot be read, or contains no usable rows.
    """
    areas = build_areas(read_units(study, quality), study.units)
    rows = read_demand(study, quality)
    sites = {
        layer.key: read_sites(study, layer, quality)
        .sort_values("id", kind="stable")
        .reset_index(drop=True)
        for layer in study.layers
    }
    roads = RoadSource(study, quality, cache=cache)
    if study.network.water is not None:  # drawn only, but a file of the study that must be readable
        read_water_file(study, quality)
    if study.demand.spread:
        rows = spread_demand(rows, roads.roads, quality, file=study.demand_file)
    _report_unknown_codes(rows, areas, quality, file=study.demand_file)
    for layer in study.layers:
        _report_unknown_codes(sites[layer.key], areas, quality, file=layer.path or "")
        _report_unknown_served(sites[layer.key], areas, quality, layer)
    points = build_demand(rows, areas, quality, file=study.demand_file)
    objects = {}
    for layer in study.layers:
        if layer.of_objects:
            found, file = read_objects(study, layer, quality), layer.path or ""
            _report_unknown_codes(found, areas, quality, file=file)
            objects[layer.key] = build_demand(found, areas, quality, file=file)
    land = _read_land(study, quality)
    if study.within is not None:
        areas, index = areas_within(areas, study)
        points = points_within(points, index)
        objects = {key: points_within(one, index) for key, one in objects.items()}
        land = land_within(land, areas)
    return Inputs(areas, points, sites, roads, quality, objects, land)


def _read_land(study: Study, quality: QualityLog) -> dict[str, shapely.Geometry]:
    """The land of each layer that has some; each file is read once."""
    files: dict[str, shapely.Geometry] = {}
    land = {}
    for layer in study.layers:
        named = study.land_of(layer)
        if named is not None:
            file, key = named
            if file not in files:
                files[file] = read_land(study, file, key, quality)
            land[layer.key] = files[file]
    return land


def _report_unknown_served(
    sites: pd.DataFrame, areas: Areas, quality: QualityLog, layer: Layer
) -> None:
    """Report, for each row, the ids in the column ``serves`` that no unit has."""
    if "serves" not in sites:
        return
    known = set(areas.frame["unit_id"])
    for row, cell in zip(sites["row"], sites["serves"], strict=True):
        strange = [name for name in named_units(str(cell)) if name not in known]
        if strange:
            text = one_line("; ".join(strange))
            quality.add(
                "warning", "serves_unknown", file=layer.path or "", row=int(row),
                field=layer.serves, value=text,
            )  # fmt: skip


def _report_unknown_codes(
    rows: pd.DataFrame, areas: Areas, quality: QualityLog, *, file: str
) -> None:
    """Report each unit code of demand or sites that no unit has, once for each code."""
    if "unit_id" not in rows:
        return
    known = {"", *areas.frame["unit_id"]}
    strange = rows[~rows["unit_id"].isin(known)].drop_duplicates("unit_id")
    for row, code in zip(strange["row"], strange["unit_id"], strict=True):
        quality.add("warning", "unit_code_unknown", file=file, row=int(row), value=one_line(code))
