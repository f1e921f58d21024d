"""Divides a study into parts that can be computed on any machine, with byte-identical results.

A part contains the demand of some units and its halo: all roads and sites from which this demand
can be reached within the horizon. The halo is computed on the network (`geo.parts.halo`). The
search is bounded, so the results of a part do not depend on anything outside its halo. The only
exception is the cause `cut_off`, which is decided on the whole network before cutting.
`geo.parts.run` computes a part, in this process or on a worker, and merges the parts.
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
    """Workers are missing, unsafe, lost or have another version; exit code 1."""

    exit_code = 1


@dataclass(frozen=True)
class PartSize:
    """Size of a part, summed over the networks of all profiles and directions.

    Attributes
    ----------
    points : int
        Number of demand points.
    nodes, edges, sites : int
        Numbers in the part's networks, including the halo.
    stored_bytes : int
        Size of its files.
    edges_within : dict of float to int
        Number of edges under the horizon and under smaller horizons. The keys are minutes.
    """

    points: int
    nodes: int
    edges: int
    sites: int
    stored_bytes: int
    edges_within: dict[float, int]


@dataclass(frozen=True)
class PartCost:
    """Cost of computing a part, measured in the process that computed it.

    Attributes
    ----------
    cpu_s : float
        Core-seconds.
    peak_bytes : int
        Peak memory of the process so far; 0 if the system does not report it (Linux does).
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
        Core-seconds used by the reachability search and the cutting.
    """

    sizes: tuple[PartSize, ...]
    costs: tuple[PartCost, ...]
    whole: PartSize
    cut_s: float

    def shares(self, minutes: float) -> NDArray[np.float64]:
        """Return each part's edges divided by all edges of the study, float64 (parts).

        Parameters
        ----------
        minutes : float
            A horizon that is a key of `PartSize.edges_within`.
        """
        edges = np.array([size.edges_within[minutes] for size in self.sizes], np.float64)
        return edges / self.whole.edges


# Computes the parts in the given folders as they become ready, and yields each finished folder with
# its cost.
Compute = Callable[[Iterator[Path], Progress], Iterator[tuple[Path, PartCost]]]


@dataclass(frozen=True)
class Division:
    """How a run is divided.

    Attributes
    ----------
    count : int
        Maximum number of parts.
    folder : Path
        Folder of the parts while they are computed. Every worker must have access to it under this
        path. The caller creates and removes it.
    compute : Compute
        `geo.parts.run.compute_here`, or the function of a `geo.parts.dask_workers.Crew`.
    reports : list of DivisionReport
        The run appends one report at its end.
    """

    count: int
    folder: Path
    compute: Compute
    reports: list[DivisionReport] = field(default_factory=list)


def divide(points: DemandPoints, areas: Areas, count: int) -> list[NDArray[np.int64]]:
    """Return the demand points of each part, ascending. Parts without demand are omitted.

    Units are never split, and neighbouring units are usually in the same part: units are ordered
    along a Hilbert curve through their centroids, and this order is cut into sections with about
    equal numbers of demand points. Demand outside all units belongs to the part of the nearest
    unit. If the units are a list without areas, the mean position of the demand points of a unit is
    used as its place, and each demand point outside all units is assigned to a part by its own
    position.

    Parameters
    ----------
    count : int
        At least 1.

    Returns
    -------
    list of int64
        At most `count` arrays. Each point is in exactly one of them.
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
    # The part of a unit depends on the middle of its section in this order.
    middle = np.cumsum(held[along]) - held[along] / 2
    part_of_unit = np.empty(len(geometry), np.int64)
    part_of_unit[along] = np.minimum(middle * count // max(len(points), 1), count - 1)
    part = part_of_unit[unit]
    return [np.flatnonzero(part == number) for number in np.unique(part)]


def _places_of_units(
    points: DemandPoints, units: int
) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
    """Return the unit of each point and the place of each unit (mean position of its demand).

    Each point outside all units becomes a separate unit after the others.
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
    """Return the distance of each geometry's centroid along a Hilbert curve."""
    if len(geometry) < 2:
        return np.zeros(len(geometry), np.int64)
    centroids = gpd.GeoSeries(shapely.centroid(geometry))
    along: NDArray[np.int64] = centroids.hilbert_distance(level=16).to_numpy(np.int64)
    return along
