"""Many points as bytes for the map's canvas, with their details in separate chunks.

27,000 villages as JSON rows are 1.9 MB for each change; as bytes they are 0.27 MB (half of that
compressed), and names are loaded only for the chunk of the point under the pointer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["CHUNK", "PointField", "point_field"]

# Points in one chunk of details: about 20 kB.
CHUNK = 256
# Size is stored in sixteenths of a pixel.
_SIZE = 16


@dataclass(frozen=True)
class PointField:
    """The files of one layer of points, by name: ``points.bin``, ``0.json``, ``1.json``, …

    ``points.bin`` is little-endian: the count as uint32, longitudes and latitudes as int32 in
    1e-5°, then style and size (sixteenths of a pixel) as bytes, each for all points.
    ``k.json`` holds the details of the points from ``k × CHUNK``.
    """

    files: Mapping[str, bytes]


def point_field(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    style: ArrayLike,
    radius: ArrayLike,
    details: Sequence[Sequence[Any]],
) -> PointField:
    """Pack points for `qh.Points` (map_js/field.js).

    Parameters
    ----------
    lon, lat : float64 (n)
        Degrees.
    style : int (n)
        Which of the layer's styles, 0 to 255.
    radius : float (n)
        Pixels, below 16; the largest are drawn last.
    details : sequence (n)
        JSON values of each point; texts in them that become HTML are escaped by the caller.
    """
    columns = np.asarray(lon, float), np.asarray(lat, float)
    places = [np.rint(column * 1e5).astype("<i4").tobytes() for column in columns]
    size = np.clip(np.rint(np.asarray(radius, float) * _SIZE), 0, 255).astype("u1")
    count = np.array([len(columns[0])], "<u4")
    content = b"".join(
        [count.tobytes(), *places, np.asarray(style).astype("u1").tobytes(), size.tobytes()]
    )
    files = {"points.bin": content}
    for number, start in enumerate(range(0, len(details), CHUNK)):
        piece = json.dumps(
            details[start : start + CHUNK], ensure_ascii=False, separators=(",", ":"),
            allow_nan=False,
        )  # fmt: skip
        files[f"{number}.json"] = piece.encode()
    return PointField(files)
