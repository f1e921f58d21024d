"""The tables of demand and units, from a file of their own or by OSM tags."""

from __future__ import annotations

from pathlib import Path

from geo.base.quality_log import QualityLog
from geo.readers.formats.detect import detect_format, read_table
from geo.readers.formats.registry import format_of
from geo.readers.osm.tagged_table import read_osm_table
from geo.readers.table.raw_table import Choice, RawTable
from geo.study.model import Study

__all__ = ["demand_table", "is_raster", "units_table"]


def demand_table(study: Study, quality: QualityLog) -> tuple[Path, str, RawTable]:
    """The demand's file, its name for messages, and its rows.

    Raises
    ------
    StudyError
        As in `read_table` and `read_osm_table`.
    """
    demand, file = study.demand, study.demand_file
    if demand.osm is None:
        path = study.file(file, "demand.path")
        choice = Choice(demand.layer, demand.sheet)
        return path, file, read_table(path, file, quality, choice)
    path = study.file(file, "network.path")
    named = [demand.id, demand.name, demand.weight, demand.group, demand.class_, demand.unit]
    named += [demand.rank]
    tags = [name for name in (*named, *demand.bands.values()) if name]
    tags += [name for layer in study.layers for name in layer.amounts]
    of_demand = [layer for layer in study.layers if not layer.of_objects]
    tags += [name for layer in of_demand for name in layer.only]
    return path, file, read_osm_table(path, file, demand.osm, quality, columns=tags)


def is_raster(path: Path, file: str) -> bool:
    """Whether the file is a raster, whose cells hold the weights."""
    return format_of(detect_format(path, file)).content == "raster"


def units_table(study: Study, quality: QualityLog) -> tuple[Path, str, RawTable]:
    """The units' file, its name for messages, and its rows (not for units around seats).

    Raises
    ------
    StudyError
        As in `read_table` and `read_osm_table`.
    """
    units, file = study.units, study.units_file
    if units.osm is None:
        path = study.file(file, "units.path")
        choice = Choice(units.layer, units.sheet)
        return path, file, read_table(path, file, quality, choice)
    path = study.file(file, "network.path")
    tags = [units.id, units.name, *units.parents]
    return path, file, read_osm_table(path, file, units.osm, quality, columns=tags)
