"""All checks of a study that need more than one file.

`report_study` is fast enough for every run; `report_thoroughly` is for `check` and the Data page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from geo.base.quality_log import QualityLog
from geo.checks.datum import InputFinding, find_datums, report_datums, report_swapped
from geo.checks.detect_datum import road_distance
from geo.checks.points import report_capacity, report_demand, report_sites
from geo.checks.roads import report_islands, report_roads
from geo.checks.units import report_units
from geo.inputs.read import Inputs
from geo.inputs.snapped import SnappedInputs
from geo.network.network import Network
from geo.network.positions import Positions
from geo.network.profiles import profile_of
from geo.study.model import Layer, Study

__all__ = ["report_off_network", "report_study", "report_thoroughly"]

PositionsOf = Callable[[Layer], Positions]


def report_off_network(
    study: Study, layers: Sequence[Layer], snapped: SnappedInputs, quality: QualityLog
) -> None:
    """Report how many demand rows and sites of these layers are off the network."""

    def report(found: Positions, file: str, field: str) -> None:
        off = int((~found.on_network).sum())
        if off:
            quality.add("info", "off_network", file=file, field=field, value=off)

    profiles = set()
    for layer in (one for one in layers if one.travels):
        if layer.profile not in profiles:
            report(snapped.rows(layer), study.demand_file, layer.profile)
        profiles.add(layer.profile)
        report(snapped.sites(layer), study.layer_file(layer), layer.key)


def report_study(
    study: Study,
    layers: Sequence[Layer],
    inputs: Inputs,
    rows: PositionsOf,
    sites: PositionsOf,
    quality: QualityLog,
) -> None:
    """Report on points, roads and islands, once for each file or profile.

    Parameters
    ----------
    study : Study
    layers : sequence of Layer
        The computed layers.
    inputs : Inputs
    rows, sites : Callable
        Positions of the demand rows and of the sites on the layer's network.
    quality : QualityLog
    """
    report_demand(inputs.points, quality, file=study.demand_file)
    network_file = study.network.path
    seen: set[str] = set()
    with_capacity: set[tuple[str | None, str | None]] = set()
    for layer in (one for one in layers if not one.of_objects):
        report_sites(
            layer.key,
            inputs.sites[layer.key],
            inputs.points,
            inputs.areas,
            quality,
            file=layer.path or network_file,
            demand_file=study.demand_file,
        )
        table = (layer.path, layer.capacity)
        if table not in with_capacity:
            file = layer.path or network_file
            report_capacity(layer, inputs.sites[layer.key], quality, file=file)
        with_capacity.add(table)
        if not layer.travels:
            continue
        roads, network = inputs.roads.roads, _network(inputs, layer)
        if layer.profile not in seen:
            profile = profile_of(layer.profile, study.profiles)
            report_roads(roads, profile, quality, file=network_file)
        report_islands(
            roads,
            network,
            rows(layer),
            sites(layer),
            quality,
            file=network_file,
            layer=layer.key,
            counted=layer.profile not in seen,
        )
        seen.add(layer.profile)


def report_thoroughly(study: Study, inputs: Inputs, quality: QualityLog) -> list[InputFinding]:
    """Report on the units against one another, and on every datum against the roads.

    Returns
    -------
    list of InputFinding
        The evidence on each input.
    """
    report_units(inputs.areas, quality, file=study.units_file)
    places = {
        key: (sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64))
        for key, sites in inputs.sites.items()
    }
    for key, objects in inputs.objects.items():
        known = np.isfinite(objects.lon)
        places[key] = (objects.lon[known], objects.lat[known])
    roads = inputs.roads.roads
    low, high = roads.lonlat.min(axis=0).tolist(), roads.lonlat.max(axis=0).tolist()
    near = (low[0], low[1], high[0], high[1])
    points = inputs.points
    report_swapped(points.lon, points.lat, near, quality, file=study.demand_file, field="demand")
    for layer in study.layers:
        file = study.layer_file(layer)
        report_swapped(*places[layer.key], near, quality, file=file, field=f"layers.{layer.key}")
    distance = road_distance(roads)
    found = find_datums(study, inputs.points, places, inputs.areas, distance)
    return report_datums(found, quality)


def _network(inputs: Inputs, layer: Layer) -> Network:
    return inputs.roads.network(layer.profile, layer.direction)
