"""Past one machine: the study area in parts that can be computed anywhere, to the same bytes.

A part holds some units' demand and the halo around it: every road and site from which that demand
can be reached within the horizon, found on the network itself (`geo.parts.halo`). Nothing that a
part decides depends on what lies outside its halo, because the search is bounded; what does depend
on it (`cut_off`) is settled on the whole network before cutting. `geo.parts.run` computes a part,
here or on a worker, and joins the parts again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.errors import QuarterhourError
from geo.base.progress import Progress
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints

__all__ = [
    "ClusterError",
    "Compute",
    "Division",
    "DivisionReport",
    "PartCost",
    "PartSize",
    "divide",
]


class ClusterError(QuarterhourError, RuntimeError):
    """Workers are missing, unsafe, lost or of another version: exit code 1."""

    exit_code = 1


@dataclass(frozen=True)
class PartSize:
    """How much a part holds, summed over the networks of all profiles and directions.

    Attributes
    ----------
    points : int
        Demand points.
    nodes, edges, sites : int
        Of the part's networks, its halo among them.
    stored_bytes : int
        Size of its files.
    edges_within : dict of float to int
        Edges that a smaller horizon (in minutes) would leave, and the horizon itself.
    """

    points: int
    nodes: int
    edges: int
    sites: int
    stored_bytes: int
    edges_within: dict[float, int]


@dataclass(frozen=True)
class PartCost:
    """What computing a part took where it was computed.

    Attributes
    ----------
    cpu_s : float
        Core-seconds.
    peak_bytes : int
        The largest memory of the process so far, 0 where the system does not tell (Linux does).
    """

    cpu_s: float
    peak_bytes: int


@dataclass(frozen=True)
class DivisionReport:
    """The parts of a finished run.

    Attributes
    ----------
    sizes : tuple of PartSize
    costs : tuple of PartCost
        In the order of `sizes`.
    whole : PartSize
        The study before cutting.
    cut_s : float
        Core-seconds that the reachability pass and the cutting took.
    """

    sizes: tuple[PartSize, ...]
    costs: tuple[PartCost, ...]
    whole: PartSize
    cut_s: float

    def shares(self, minutes: float) -> NDArray[np.float64]:
        """Each part's edges over all edges under a horizon of `edges_within`, float64 (parts)."""
        edges = np.array([size.edges_within[minutes] for size in self.sizes], np.float64)
        return edges / self.whole.edges


# Computes the parts in these folders as they become ready, and names each one that is done.
Compute = Callable[[Iterator[Path], Progress], Iterator[tuple[Path, PartCost]]]


@dataclass(frozen=True)
class Division:
    """How a run is divided.

    Attributes
    ----------
    count : int
        At most so many parts.
    folder : Path
        Where the parts are kept while they are computed; every worker must see it under this path.
        The caller makes it and removes it.
    compute : Compute
        `geo.parts.run.compute_here`, or what `geo.parts.dask_workers.workers` gives.
    reports : list of DivisionReport
        Filled by the run: one report at its end.
    """

    count: int
    folder: Path
    compute: Compute
    reports: list[DivisionReport] = field(default_factory=list)


def divide(points: DemandPoints, areas: Areas, count: int) -> list[NDArray[np.int64]]:
    """The demand points of each part, ascending; parts without demand are left out.

    Units stay whole and neighbours stay together: units are lined up along a Hilbert curve through
    their centroids and the line is cut where the demand points are even. Demand outside every unit
    goes with the nearest one. Units without areas (a list) lie where their demand points do, and
    demand outside every unit then makes parts by its own place.

    Parameters
    ----------
    count : int
        At least 1.

    Returns
    -------
    list of int64
        At most `count`, together every point once.
    """
    if areas.has_borders:
        geometry = areas.frame.geometry.to_numpy()
        unit = points.unit.copy()
        outside = np.flatnonzero(unit < 0)
        first_row = np.searchsorted(points.point_of_row, outside)
        at = shapely.points(points.lon[first_row], points.lat[first_row])
        unit[outside] = shapely.STRtree(geometry).nearest(at)
    else:
        unit, geometry = _places_of_units(points, len(areas.frame))
    held = np.bincount(unit, minlength=len(geometry))
    along = np.argsort(_hilbert(geometry), kind="stable")
    # A unit falls where its middle lies on the line.
    middle = np.cumsum(held[along]) - held[along] / 2
    part_of_unit = np.empty(len(geometry), np.int64)
    part_of_unit[along] = np.minimum(middle * count // max(len(points), 1), count - 1)
    part = part_of_unit[unit]
    return [np.flatnonzero(part == number) for number in np.unique(part)]


def _places_of_units(
    points: DemandPoints, units: int
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Each point's unit and the units' places, by the middle of their demand.

    Every point outside all units becomes a unit of its own after the others.
    """
    unit = points.unit.copy()
    outside = np.flatnonzero(unit < 0)
    unit[outside] = units + np.arange(len(outside))
    count = units + len(outside)
    row_unit = unit[points.point_of_row]
    rows = np.maximum(np.bincount(row_unit, minlength=count), 1)
    lon = np.bincount(row_unit, weights=points.lon, minlength=count) / rows
    lat = np.bincount(row_unit, weights=points.lat, minlength=count) / rows
    places: NDArray[np.object_] = shapely.points(lon, lat)
    return unit, places


def _hilbert(geometry: NDArray[np.object_]) -> NDArray[np.int64]:
    """Place of each geometry's centroid along a Hilbert curve."""
    if len(geometry) < 2:
        return np.zeros(len(geometry), np.int64)
    centroids = gpd.GeoSeries(shapely.centroid(geometry))
    along: NDArray[np.int64] = centroids.hilbert_distance(level=16).to_numpy(np.int64)
    return along
