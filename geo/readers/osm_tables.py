"""Areas and places from OSM tags, as the table that the readers of units and demand expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.quality import QualityLog
from geo.readers.osm_sites import collect_osm
from geo.readers.tables import RawTable

__all__ = ["read_osm_table"]


def read_osm_table(
    path: Path,
    file: str,
    wanted: Mapping[str, Sequence[str]],
    quality: QualityLog,
    *,
    columns: Sequence[str],
) -> RawTable:
    """Read the OSM objects that carry any of the wanted tags, one row an object.

    ``admin_level`` means the relations of administrative boundaries: their ways carry the tag,
    too, and so do the labels inside.

    Parameters
    ----------
    path : Path
        ``.osm.pbf`` or ``.osm``.
    file : str
        Its name for messages.
    wanted : mapping of key to values
        For example ``{"admin_level": ["8"]}`` or ``{"place": ["village", "town"]}``.
    quality : QualityLog
        Receives a row for every object without a place.
    columns : sequence of str
        Tags that become columns; ``id`` is the object (``r123``), ``name`` its name.

    Returns
    -------
    RawTable
        In order of id; rows count from 1. Geometry is a point, an area, or the lines of an outline
        that the extract does not hold whole.

    Raises
    ------
    StudyError
        ``sites_not_osm``, ``osm_broken``.
    """
    found, places = collect_osm(path, file, wanted)
    if "admin_level" in wanted:
        found = {key: tags for key, tags in found.items() if _is_boundary(key, tags)}
    keys = [key for key in sorted(found) if places.get(key) is not None]
    for key in sorted(set(found) - set(keys)):
        quality.add("warning", "osm_no_place", file=file, action="set_aside", value=key)
    names = list(dict.fromkeys(["id", "name", *columns]))
    cells = {
        name: [key if name == "id" else found[key].get(name, "") for key in keys] for name in names
    }
    geometry = np.array([*(places[key] for key in keys), None], dtype=object)[:-1]
    return RawTable(
        file,
        pd.DataFrame(cells, index=pd.RangeIndex(len(keys)), dtype="str"),
        np.arange(1, len(keys) + 1, dtype=np.int64),
        len(found),
        geometry,
        "EPSG:4326",
    )


def _is_boundary(key: str, tags: Mapping[str, Any]) -> bool:
    return key.startswith("r") and tags.get("boundary", "administrative") == "administrative"
