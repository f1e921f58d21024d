"""Administrative units: which unit contains a point, and which parent units contain the unit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.study.model import UnitsInput

__all__ = [
    "Areas",
    "Level",
    "areas_of_frame",
    "build_areas",
    "parent_chain",
    "parent_ids",
    "parent_name",
]


@dataclass(frozen=True)
class Level:
    """The units of one administrative level.

    Attributes
    ----------
    name : str
        Name of the level: ``units.level`` for the finest, the parent's column for the others.
    units : pd.DataFrame
        unit_id, unit_name and one column per parent, ordered by unit_id. The columns of the unit's
        own level and of finer levels are empty. The id of a parent is the chain of names from the
        top level, because names such as 市辖区 occur in every city.
    of_finest : int64 (finest units)
        Index of the unit of this level that contains each finest unit.
    """

    name: str
    units: pd.DataFrame
    of_finest: NDArray[np.int64]


@dataclass(frozen=True)
class Areas:
    """All levels, finest first, and the finest units ordered by unit_id (EPSG:4326).

    Attributes
    ----------
    part_of : (Areas, int64 (its finest units)), optional
        The areas of which these are a part, and the index that each of their finest units has here
        (-1: none). They decide whose a point on a border is.
    """

    frame: gpd.GeoDataFrame
    parents: tuple[str, ...]
    levels: tuple[Level, ...]
    part_of: tuple[Areas, NDArray[np.int64]] | None = None

    def locate(
        self,
        lon: NDArray[np.float64],
        lat: NDArray[np.float64],
        codes: Iterable[str] | None = None,
    ) -> NDArray[np.int64]:
        """Return the finest unit of each point, -1 outside all units, int64 (points).

        A point on a border or in several units belongs to the unit with the smallest id. If a point
        has a unit code in `codes`, its unit is the one with this code (-1 for an unknown code).
        """
        if self.part_of is not None:
            whole, index = self.part_of
            return np.append(index, -1)[whole.locate(lon, lat, codes)]
        tree = shapely.STRtree(self.frame.geometry.to_numpy())
        point, unit = tree.query(shapely.points(lon, lat), predicate="intersects")
        found = np.full(len(lon), len(self.frame), np.int64)
        np.minimum.at(found, point, unit)
        inside = np.where(found == len(self.frame), -1, found)
        if codes is None:
            return inside
        named = pd.Index(list(codes), dtype=object)
        return np.where(named == "", inside, pd.Index(self.frame["unit_id"]).get_indexer(named))

    @property
    def has_borders(self) -> bool:
        """Whether the units have areas. False for a list of units, where points have unit codes."""
        return not bool(self.frame.geometry.is_empty.all())


def build_areas(units: gpd.GeoDataFrame, spec: UnitsInput) -> Areas:
    """Sort the units by id and derive the parent levels.

    Parameters
    ----------
    units : gpd.GeoDataFrame
        id, name, ``parent:<column>`` for each parent, geometry (EPSG:4326).
    spec : UnitsInput
    """
    by_id = units.sort_values("id", kind="stable").reset_index(drop=True)
    ids, names = by_id["id"].astype(object), by_id["name"].astype(object)
    frame = gpd.GeoDataFrame(
        # Lists and sentences call a unit without a name by its id.
        {"unit_id": ids, "unit_name": names.mask(names.isna() | (names == ""), ids)}
        | {column: by_id[f"parent:{column}"].astype(object) for column in spec.parents},
        geometry=by_id.geometry.to_numpy(),
        crs="EPSG:4326",
    )
    return areas_of_frame(frame, spec.parents, spec.level)


def areas_of_frame(frame: gpd.GeoDataFrame, parents: tuple[str, ...], level: str) -> Areas:
    """Build all levels from the finest units.

    Parameters
    ----------
    frame : gpd.GeoDataFrame
        As `Areas.frame` and `Analysis.areas`, ordered by unit_id.
    level : str
        Name of the finest level.
    """
    finest = Level(level, pd.DataFrame(frame.drop(columns="geometry")), np.arange(len(frame)))
    above = [_parent_level(frame, parents, depth) for depth in range(len(parents))]
    return Areas(frame, parents, (finest, *above))


def parent_ids(frame: pd.DataFrame, parents: tuple[str, ...], depth: int) -> NDArray[np.str_]:
    """Return the id of each row's parent at the level of column ``parents[depth]``.

    The id consists of the parent names from the top level down, joined by "/". A slash or backslash
    in a name is escaped with a backslash, so different chains have different ids. Parent names are
    joined only in this function.

    Parameters
    ----------
    frame : pd.DataFrame
        Has the columns `parents`.
    parents : tuple of str
        Nearest parent first.
    depth : int
        0 for the nearest parent.

    Returns
    -------
    str (rows)
    """
    chain = [
        frame[column].astype(str).str.replace(r"([\\/])", r"\\\1", regex=True)
        for column in reversed(parents[depth:])
    ]
    identity = chain[0]
    for part in chain[1:]:
        identity = identity + "/" + part
    return identity.to_numpy(dtype=str)


def parent_chain(identity: str) -> list[str]:
    """The ids of a parent and of the parents above it, the topmost first (`parent_ids`)."""
    ends = [match.end() for match in re.finditer(r"(?:[^\\/]|\\.)+", identity)]
    return [identity[:end] for end in ends]


def parent_name(identity: str) -> str:
    """The name of a parent by its id (`parent_ids`)."""
    chain = parent_chain(identity)
    own = identity[len(chain[-2]) + 1 :] if len(chain) > 1 else identity
    return re.sub(r"\\(.)", r"\1", own)


def _parent_level(frame: gpd.GeoDataFrame, parents: tuple[str, ...], depth: int) -> Level:
    """Build the level whose unit names are in column ``parents[depth]``."""
    identity = parent_ids(frame, parents, depth)
    ids, first, of_finest = np.unique(identity, return_index=True, return_inverse=True)
    units = pd.DataFrame({"unit_id": ids.astype(object)})
    units["unit_name"] = frame[parents[depth]].to_numpy()[first]
    for place, column in enumerate(parents):
        units[column] = frame[column].to_numpy()[first] if place > depth else ""
    return Level(parents[depth], units, of_finest.astype(np.int64))
