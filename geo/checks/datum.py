"""Whether the datums of a study fit its roads: evidence for the user, never applied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.checks.detect_datum import DatumFinding, Distance, contradicts, detect_datum
from geo.coordinates.datum import from_wgs84
from geo.coordinates.layout import Bounds, detect_layout
from geo.inputs.areas import Areas
from geo.inputs.demand import DemandPoints
from geo.study.model import Study

__all__ = [
    "DATUM_NAMES",
    "InputFinding",
    "evidence_text",
    "find_datums",
    "report_datums",
    "report_swapped",
]

Floats = NDArray[np.float64]

# The same in both languages.
DATUM_NAMES = {"wgs84": "WGS-84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
# At most so many vertices of borders are used.
_VERTICES = 2_000


@dataclass(frozen=True)
class InputFinding:
    """The finding on one input of a study.

    Attributes
    ----------
    role : str
        ``demand``, ``units`` or ``layer:<key>``.
    file : str
    declared : str
        Its datum by study.toml.
    finding : DatumFinding
    """

    role: str
    file: str
    declared: str
    finding: DatumFinding


def find_datums(
    study: Study,
    points: DemandPoints,
    sites: dict[str, tuple[Floats, Floats]],
    areas: Areas,
    distance: Distance,
) -> Iterator[InputFinding]:
    """Compare the datum of every input of a study with its roads.

    Parameters
    ----------
    study : Study
    points : DemandPoints
        In WGS-84 by the declared datum, like all other inputs; that shift is undone here.
    sites : dict of layer key to (lon, lat)
    areas : Areas
    distance : Distance
        From `geo.checks.detect_datum.road_distance`.
    """
    places = [("demand", study.demand_file, study.demand.datum, points.lon, points.lat)]
    for layer in study.layers:
        if layer.path is not None:
            lon, lat = sites[layer.key]
            places.append((f"layer:{layer.key}", layer.path, layer.datum, lon, lat))
    seen: dict[tuple[str, str], DatumFinding] = {}
    for role, file, declared, lon, lat in places:
        if (file, declared) not in seen:
            own = from_wgs84(lon, lat, declared)
            seen[file, declared] = detect_datum(*own, distance)
        yield InputFinding(role, file, declared, seen[file, declared])
    if not areas.has_borders:
        return
    lon, lat = _border_places(areas)
    own = from_wgs84(lon, lat, study.units.datum)
    yield InputFinding("units", study.units_file, study.units.datum, detect_datum(*own, distance))


def report_datums(findings: Iterator[InputFinding], quality: QualityLog) -> list[InputFinding]:
    """Add a ``datum_doubt`` for each input whose datum the roads contradict.

    All findings are returned.
    """
    kept = list(findings)
    doubted: set[tuple[str, str]] = set()
    for item in kept:
        key = (item.file, item.declared)
        if contradicts(item.finding, item.declared) and key not in doubted:
            doubted.add(key)
            field = item.role.replace("layer:", "layers.") + ".datum"
            value = evidence_text(item.finding)
            quality.add("warning", "datum_doubt", file=item.file, field=field, value=value)
    return kept


def report_swapped(
    lon: Floats, lat: Floats, near: Bounds, quality: QualityLog, *, file: str, field: str
) -> None:
    """Add ``coordinates_swapped`` where points are near the roads only with lon and lat exchanged.

    In the west of China both orders are valid degrees, so the readers cannot detect it.

    Parameters
    ----------
    lon, lat : float64 (n)
        As read.
    near : Bounds
        Of the roads.
    """
    if len(lon) and detect_layout(lon, lat, near=near).kind == "swapped":
        quality.add("warning", "coordinates_swapped", file=file, field=field, value=len(lon))


def evidence_text(finding: DatumFinding) -> str:
    """The medians by hypothesis, the likeliest first: ``GCJ-02 11 m, WGS-84 214 m, BD-09 90 m``."""
    return ", ".join(
        f"{DATUM_NAMES[item.hypothesis]} {item.median_m:.0f} m" for item in finding.evidence
    )


def _border_places(areas: Areas) -> tuple[Floats, Floats]:
    """Vertices of the units' borders, many of which follow roads."""
    xy = shapely.get_coordinates(areas.frame.geometry.to_numpy())
    if len(xy) > _VERTICES:
        xy = xy[np.linspace(0, len(xy) - 1, _VERTICES).astype(np.int64)]
    return xy[:, 0], xy[:, 1]
