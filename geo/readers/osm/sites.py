"""Sites from OSM tags: nodes, ways and relations of the network's own file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.base.quality_log import QualityLog
from geo.coordinates.datum import to_wgs84
from geo.readers.osm.tagged_table import read_osm_table

__all__ = ["read_osm_sites"]

Floats = NDArray[np.float64]


def read_osm_sites(
    path: Path,
    file: str,
    wanted: Mapping[str, Sequence[str]],
    quality: QualityLog,
    *,
    datum: str = "wgs84",
    capacity: str | None = None,
) -> tuple[pd.DataFrame, int]:
    """Read the OSM objects that carry any of the wanted tags.

    An area is placed at a representative point inside, an open way at a point on its line, a
    relation with an open outline on one of its ways. A closed way is one site.

    Parameters
    ----------
    path : Path
        ``.osm.pbf`` or ``.osm``.
    file : str
        Its name for messages.
    wanted : mapping of key to values
        For example ``{"amenity": ["parking"]}``.
    quality : QualityLog
        Receives a finding for every object without a place (its nodes are not in the extract).
    datum : str
        Datum of the file.
    capacity : str, optional
        The tag that holds the capacity.

    Returns
    -------
    sites : DataFrame (n)
        By id: ``id`` (``n123``, ``w123``, ``r123``), ``name``, ``lon``, ``lat``, ``row``
        (from 1), ``capacity``.
    rows_in : int
        Objects that carry the tags.

    Raises
    ------
    StudyError
        As in `read_osm_table`.
    """
    tags = [capacity] if capacity else []
    table = read_osm_table(path, file, wanted, quality, columns=tags, boundaries=False)
    places = table.geometry if table.geometry is not None else np.zeros(0, dtype=object)
    spots = np.where(shapely.get_type_id(places) == 0, places, shapely.point_on_surface(places))
    lon, lat = to_wgs84(shapely.get_x(spots), shapely.get_y(spots), datum)
    frame = table.frame[["id", "name"]].assign(
        lon=lon,
        lat=lat,
        row=table.rows,
        capacity=_seats(table.frame[capacity]) if capacity else np.nan,
    )
    return frame, table.rows_in


def _seats(cells: pd.Series[str]) -> Floats:
    """The capacity tag as numbers, NaN for any other text."""
    return np.array([float(text) if text.isdecimal() else np.nan for text in cells], np.float64)
