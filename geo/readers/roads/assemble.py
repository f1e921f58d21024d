"""`Roads` from the arrays that the road readers collect."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
import pyproj
from numpy.typing import NDArray

from geo.coordinates.antimeridian import split_lines
from geo.coordinates.datum import to_wgs84
from geo.roads.osm_access import EdgeClass
from geo.roads.roads import Roads

__all__ = ["assemble", "codes_of", "edge_ids", "geodesic_lengths"]

Key = TypeVar("Key", bound=Hashable)

_GEOD = pyproj.Geod(ellps="WGS84")


def geodesic_lengths(lonlat: NDArray[np.float64], start: NDArray[np.int64]) -> NDArray[np.float64]:
    """Length on the WGS-84 ellipsoid of each line, the sum over its segments.

    Parameters
    ----------
    lonlat : float64 (m, 2)
        Vertices of all lines, one line after the other, in degrees.
    start : int64 (n + 1)
        Line ``e`` has the vertices ``lonlat[start[e]:start[e + 1]]``, at least two.

    Returns
    -------
    float64 (n)
        Metres.
    """
    if len(start) < 2:
        return np.zeros(0)
    # PROJ releases the GIL, so two threads take little more than half the time.
    halves = np.array_split(np.arange(len(lonlat)), 2)
    with ThreadPoolExecutor(2) as pool:
        segment_m = np.concatenate(list(pool.map(lambda half: _steps(lonlat, half), halves)))[1:]
    # The step from one line's last vertex to the next line's first belongs to no line.
    segment_m[start[1:-1] - 1] = 0.0
    lengths: NDArray[np.float64] = np.add.reduceat(segment_m, start[:-1])
    return lengths


def _steps(lonlat: NDArray[np.float64], which: NDArray[np.int64]) -> NDArray[np.float64]:
    """Metres from the vertex before each of `which`."""
    before = lonlat[which - 1]
    here = lonlat[which]
    steps: NDArray[np.float64] = _GEOD.inv(before[:, 0], before[:, 1], here[:, 0], here[:, 1])[2]
    return steps


def codes_of(keys: Iterable[Key]) -> tuple[list[Key], NDArray[np.int64]]:
    """The distinct keys in order of appearance, and the position of each key among them."""
    places: dict[Key, int] = {}
    codes = [places.setdefault(key, len(places)) for key in keys]
    return list(places), np.array(codes, dtype=np.int64)


def edge_ids(texts: Sequence[str]) -> NDArray[np.int64] | NDArray[np.str_]:
    """Edge names as int64 where every one is a plain integer, else as text."""
    try:
        numbers = np.array([int(text) for text in texts], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array(texts, dtype=np.str_)
    plain = all(str(number) == text for number, text in zip(numbers, texts, strict=True))
    return numbers if plain else np.array(texts, dtype=np.str_)


def assemble(
    *,
    lonlat: NDArray[np.float64],
    start: NDArray[np.int64],
    u: NDArray[np.int64],
    v: NDArray[np.int64],
    node_lonlat: NDArray[np.float64],
    edge_id: NDArray[np.int64] | NDArray[np.str_],
    classes: Sequence[EdgeClass],
    class_of: NDArray[np.int64],
    length_m: NDArray[np.float64] | None = None,
    speed_kmh: NDArray[np.float64] | None = None,
    datum: str = "wgs84",
) -> Roads:
    """Shift to WGS-84, measure edges without a length, and assign the classes to the edges.

    Edges over 180 degrees of longitude are cut there (`geo.coordinates.antimeridian`).

    Parameters
    ----------
    lonlat, start, u, v, node_lonlat, edge_id
        As in `Roads`, but in `datum`.
    classes : sequence of EdgeClass
        The classes of the distinct tag combinations; ``class_of`` (n) is each edge's position.
    length_m : float64 (n), optional
        The source's own lengths, NaN where it has none.
    speed_kmh : float64 (n), optional
        The source's own driving speeds, NaN where it has none.
    """
    if datum not in ("wgs84", "cgcs2000"):
        lonlat = np.column_stack(to_wgs84(lonlat[:, 0], lonlat[:, 1], datum))
        node_lonlat = np.column_stack(to_wgs84(node_lonlat[:, 0], node_lonlat[:, 1], datum))
    cut = split_lines(lonlat, start, u, v, node_lonlat)
    if cut is not None:
        lonlat, start, u, v, node_lonlat = cut.lonlat, cut.start, cut.u, cut.v, cut.node_lonlat
        edge_id, class_of = edge_id[cut.row], class_of[cut.row]
        length_m = None if length_m is None else length_m[cut.row] * cut.share
        speed_kmh = None if speed_kmh is None else speed_kmh[cut.row]
    if length_m is None or np.isnan(length_m).any():
        measured_m = geodesic_lengths(lonlat, start)
        length_m = (
            measured_m if length_m is None else np.where(np.isnan(length_m), measured_m, length_m)
        )
    if speed_kmh is None:
        speed_kmh = np.full(len(u), np.nan)

    def spread(name: str, kind: type[np.generic]) -> Any:
        return np.array([getattr(item, name) for item in classes], dtype=kind)[class_of]

    return Roads(
        lonlat=np.ascontiguousarray(lonlat, dtype=np.float64),
        start=start.astype(np.int64),
        u=u.astype(np.int32),
        v=v.astype(np.int32),
        node_lonlat=np.ascontiguousarray(node_lonlat, dtype=np.float64),
        length_m=length_m.astype(np.float64),
        edge_id=edge_id,
        highway=spread("highway", np.str_),
        foot=spread("foot", np.uint8),
        cycle=spread("cycle", np.uint8),
        drive=spread("drive", np.uint8),
        oneway_foot=spread("oneway_foot", np.int8),
        oneway_cycle=spread("oneway_cycle", np.int8),
        oneway_drive=spread("oneway_drive", np.int8),
        attachable=spread("attachable", np.uint8),
        maxspeed_kmh=spread("maxspeed_kmh", np.float32),
        speed_kmh=speed_kmh.astype(np.float32),
    )
