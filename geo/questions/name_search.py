"""Search by name: units of all levels, sites and demand points, in Chinese, English or pinyin."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.inputs.areas import areas_of_frame
from geo.questions.pinyin import SoundIndex, plain

__all__ = ["FoundPlace", "PlaceSearch"]

KINDS = ("unit", "site", "demand")
_NONE = 99
# Kinds of matches, the best first; a name as written counts more than its sound.
_EXACT, _START, _ID_START, _SOUND_WHOLE, _SOUND_START, _INSIDE, _ID_INSIDE, _SOUND_INSIDE = range(8)


@dataclass(frozen=True)
class FoundPlace:
    """One search result: a unit, a site or a demand point.

    Attributes
    ----------
    kind : str
        unit, site or demand.
    id, name : str
    level : str
        A unit's level, "" for the others.
    layers : tuple of str
        Keys of the layers that a site belongs to.
    unit_id : str
        The finest unit that contains it ("" outside every unit); a unit's own id.
    within : tuple of str
        Names of the units that contain it, the coarsest first.
    lon, lat : float
        Degrees; the centre of a unit's bounds, NaN for a unit without area.
    bounds : tuple of float or None
        West, south, east, north of a unit with an area.
    """

    kind: str
    id: str
    name: str
    level: str
    layers: tuple[str, ...]
    unit_id: str
    within: tuple[str, ...]
    lon: float
    lat: float
    bounds: tuple[float, float, float, float] | None


class PlaceSearch:
    """An index of the units, sites and demand points of a study. Threads may share it."""

    def __init__(self, analysis: Analysis) -> None:
        frame = analysis.areas
        self._parents = tuple(analysis.study.units.parents)
        self._chains = {
            str(row[0]): tuple(str(name) for name in row[1:])
            for row in zip(
                frame["unit_id"],
                *(frame[column] for column in reversed(self._parents)),
                frame["unit_name"],
                strict=True,
            )
        }
        tables = [_units(analysis), _sites(analysis), _demand(analysis)]
        self._table = pd.concat(tables, ignore_index=True)
        names = [plain(name) for name in self._table["name"]]
        self._names = _Texts(names)
        self._ids = _Texts([plain(site_id) for site_id in self._table["id"]])
        self._sounds = SoundIndex(names)
        self._length = np.array([len(name) for name in names])
        self._rank = self._table["rank"].to_numpy()
        self._weight = self._table["weight"].to_numpy(np.float64)

    def __len__(self) -> int:
        return len(self._table)

    def find(self, query: str, *, limit: int = 20) -> list[FoundPlace]:
        """The best matches of a part of a name, of an id, of pinyin or of its initials.

        Matches of a whole name come first, then those of its beginning, then those inside it;
        matches of the writing come before matches of the sound. Among equal matches, units (the
        coarsest first) come before sites, and sites before demand points, the heaviest first.
        """
        text = plain(query)
        if not text:
            return []
        quality = np.full(len(self._table), _NONE, np.int64)
        entry, at_start, to_end = self._sounds.find(text)
        by_sound = np.where(at_start, np.where(to_end, _SOUND_WHOLE, _SOUND_START), _SOUND_INSIDE)
        np.minimum.at(quality, entry, by_sound)
        for texts, start, inside in (
            (self._names, _START, _INSIDE),
            (self._ids, _ID_START, _ID_INSIDE),
        ):
            entry, at_start, whole = texts.find(text)
            by_writing = np.where(whole, _EXACT, np.where(at_start, start, inside))
            np.minimum.at(quality, entry, by_writing)
        found = np.flatnonzero(quality < _NONE)
        order = np.lexsort(
            (
                found,
                self._length[found],
                -self._weight[found],
                self._rank[found],
                quality[found],
            )
        )
        return [self._place(int(row)) for row in found[order[:limit]]]

    def _place(self, row: int) -> FoundPlace:
        at = self._table.iloc[row]
        within = self._chains.get(at["unit_id"], ())
        if at["kind"] == "unit":
            within = tuple(name for name in at["within"] if name)
        bounds = at["bounds"]
        return FoundPlace(
            kind=at["kind"],
            id=at["id"],
            name=at["name"],
            level=at["level"],
            layers=at["layers"],
            unit_id=at["unit_id"],
            within=within,
            lon=float(at["lon"]),
            lat=float(at["lat"]),
            bounds=bounds if isinstance(bounds, tuple) else None,
        )


class _Texts:
    """Many short texts, joined by line breaks and searched in one pass."""

    def __init__(self, texts: list[str]) -> None:
        self._whole = "\n" + "\n".join(texts) + "\n"
        counts = np.array([len(text) + 1 for text in texts], np.int64)
        self._first = np.concatenate([[1], 1 + np.cumsum(counts)])

    def find(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Entries that contain `text`, whether at its start, and whether it is all of it."""
        if "\n" in text:
            text = text.replace("\n", " ")
        at = np.array([m.start() for m in re.finditer(re.escape(text), self._whole)], np.int64)
        entry = np.searchsorted(self._first, at, "right") - 1
        at_start = at == self._first[entry]
        whole = at_start & (at + len(text) + 1 == self._first[entry + 1])
        return entry, at_start, whole


def _units(analysis: Analysis) -> pd.DataFrame:
    """Units of all levels, the coarsest first."""
    spec = analysis.study.units
    areas = areas_of_frame(analysis.areas, spec.parents, spec.level)
    bounds = areas.frame.geometry.bounds.to_numpy()
    parts = []
    for number, level in enumerate(reversed(areas.levels)):
        table, count = level.units, len(level.units)
        low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
        there = ~np.isnan(bounds).any(axis=1)
        np.minimum.at(low, level.of_finest[there], bounds[there, :2])
        np.maximum.at(high, level.of_finest[there], bounds[there, 2:])
        known = np.isfinite(low).all(axis=1)
        middle = np.where(known[:, None], (low + high) / 2, np.nan)
        chains = zip(*(table[column] for column in reversed(spec.parents)), strict=True)
        parts.append(
            pd.DataFrame(
                {
                    "kind": "unit",
                    "rank": number,
                    "id": table["unit_id"].astype(object),
                    "name": table["unit_name"].astype(object),
                    "level": level.name,
                    "layers": [()] * count,
                    "unit_id": table["unit_id"].astype(object),
                    "within": list(chains) if spec.parents else [()] * count,
                    "weight": 0.0,
                    "lon": middle[:, 0],
                    "lat": middle[:, 1],
                    "bounds": [
                        tuple(np.concatenate([a, b]).tolist()) if k else None
                        for a, b, k in zip(low, high, known, strict=True)
                    ],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _sites(analysis: Analysis) -> pd.DataFrame:
    """Sites; a site of several layers is listed once."""
    sites = analysis.sites
    once = sites.groupby(["site_id", "name", "lon", "lat"], sort=False, dropna=False)
    table = once.agg(layers=("layer", tuple), unit_id=("unit_id", "first")).reset_index()
    return _points(table.rename(columns={"site_id": "id"}), "site", 100)


def _demand(analysis: Analysis) -> pd.DataFrame:
    """Demand points with the weight of the study."""
    demand = analysis.demand.drop_duplicates("demand_id")[["demand_id", "unit_id", "lon", "lat"]]
    points = analysis.points.loc[demand["demand_id"], ["name", "weight"]]
    table = demand.assign(
        name=points["name"].to_numpy(dtype=object), weight=points["weight"].to_numpy(np.float64)
    )
    return _points(table.rename(columns={"demand_id": "id"}), "demand", 101)


def _points(table: pd.DataFrame, kind: str, rank: int) -> pd.DataFrame:
    nothing = pd.Series([()] * len(table), index=table.index, dtype=object)
    filled = table.assign(kind=kind, rank=rank, level="", within=nothing, bounds=None)
    if "layers" not in filled:
        filled["layers"] = nothing
    if "weight" not in filled:
        filled["weight"] = 0.0
    return filled.reset_index(drop=True)
