"""Shading of units: by time, presence, their difference, shortage, sets of sites, all services.

Each kind gives one table at any level, from which colours, tooltips, legend and table are made.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.analysis import Analysis
from geo.coverage.presence import is_present
from geo.inputs.areas import parent_ids
from geo.study.model import Study
from layers.style.palette import NO_DEMAND_COLOUR, SHARE_BREAKS, SHARE_COLOURS, LegendEntry
from layers.words.catalogue import Words

__all__ = [
    "DIFFERENCE_BREAKS",
    "DIFFERENCE_COLOURS",
    "PRESENCE_COLOURS",
    "SHADINGS",
    "SHORT_COLOURS",
    "Shading",
    "set_shades",
    "set_share",
    "set_shares",
    "together_shading",
    "unit_shading",
]

SHADINGS = ("time", "presence", "difference", "short", "together")
# Without and with a site; different in grey print too.
PRESENCE_COLOURS = ("#f3d9b1", "#2c7fb8")
# Presence minus time: tan to blue, safe for colour-blind readers, and told from the orange and
# magenta dots of uncovered demand that lie on it. Units that have a site but little covered demand
# are the darkest in grey print too.
DIFFERENCE_BREAKS = (-0.6, -0.2, 0.2, 0.6)
DIFFERENCE_COLOURS = ("#c4a868", "#f1e5c6", "#f7f7f7", "#9ecae1", "#08306b")
# As by time, dark where people are served: isochrones and dots are told apart on these colours.
SHORT_COLOURS = SHARE_COLOURS[::-1]


# Kinds of sets of sites, and where summary.json has them.
_SETS = {"moment": "moments", "tier": "by_tier", "item": "by_item"}


@dataclass(frozen=True)
class Shading:
    """Units of one level with their classes.

    Attributes
    ----------
    by : str
        One of `SHADINGS` or of `set_shades`.
    table : pd.DataFrame
        In order of unit_id: unit_id, unit_name, value (NaN: nothing to share), class_ (int, -1 for
        none), share, share_by_presence, has_site (bool), demand_total, demand_covered,
        short.
    colours : tuple of str
        One a class.
    blank : str
        Colour of a unit without a value.
    """

    by: str
    table: pd.DataFrame
    colours: tuple[str, ...]
    blank: str = NO_DEMAND_COLOUR

    def classes(self) -> dict[str, int | None]:
        """Unit id → class, None without a value, for `layers.web_map.units.unit_data`."""
        rows = zip(self.table["unit_id"], self.table["class_"], strict=True)
        return {str(unit): None if number < 0 else int(number) for unit, number in rows}

    def legend(self, words: Words) -> list[LegendEntry]:
        """The classes with their breaks, then the units without a value."""
        if self.by == "presence" and len(self.colours) == len(PRESENCE_COLOURS):
            names = [words("shade.without_site"), words("shade.with_site")]
            return [_fill(c, n) for c, n in zip(self.colours, names, strict=True)]
        if self.by == "difference":
            edges = [-1.0, *DIFFERENCE_BREAKS, 1.0]
            texts = [
                words(
                    f"shade.difference_{number}",
                    low=words.number(100 * edges[number]),
                    high=words.number(100 * edges[number + 1]),
                )
                for number in range(len(self.colours))
            ]
        else:
            edges = [0.0, *SHARE_BREAKS, 1.0]
            texts = [
                words(
                    "html.class" if number < len(self.colours) - 1 else "html.class_last",
                    low=words.share(edges[number], 0),
                    high=words.share(edges[number + 1], 0),
                )
                for number in range(len(self.colours))
            ]
        entries = [_fill(colour, text) for colour, text in zip(self.colours, texts, strict=True)]
        return [*entries, _fill(self.blank, words("html.no_demand"))]


def unit_shading(analysis: Analysis, key: str, *, by: str, level: str = "") -> Shading:
    """The units of `level` (empty: the finest) shaded by one layer.

    By presence, the finest units have a site or none. Larger units are shaded by the share of their
    finest units that have one, since nearly every county has at least one site.

    Parameters
    ----------
    by : str
        time, presence, difference (share by presence minus share by time), short (the share of
        demand that is not served, for layers with capacities), or one of `set_shades`.

    Raises
    ------
    ValueError
        Another `by`.
    """
    study = analysis.study
    level = level or study.units.level
    units = analysis.units
    rows = units[(units["layer"] == key) & (units["level"] == level) & (units["unit_id"] != "")]
    table = rows[
        ["unit_id", "unit_name", study.layer(key).share, "has_site", "demand_total",
         "demand_covered"]
    ].rename(columns={study.layer(key).share: "share"}).reset_index(drop=True)  # fmt: skip
    table["served"], table["short"] = _column(rows, "served"), _column(rows, "short")
    table["share_by_presence"] = _presence(analysis, key, level, table)
    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    if by in set_shades(analysis, key):
        _take_set(table, analysis, key, by, level)
    if by == "time" or by in set_shades(analysis, key):
        value, breaks, colours = table["share"], SHARE_BREAKS, SHARE_COLOURS
    elif by == "presence" and level == study.units.level:
        value, breaks, colours = table["share_by_presence"], (0.5,), PRESENCE_COLOURS
    elif by == "presence":
        value, breaks, colours = table["share_by_presence"], SHARE_BREAKS, SHARE_COLOURS
    elif by == "difference":
        value = (table["share_by_presence"] - table["share"]).round(6)
        breaks, colours = DIFFERENCE_BREAKS, DIFFERENCE_COLOURS
    elif by == "short":
        total = table["served"] + table["short"]
        value = (table["short"] / total.where(total > 0)).round(6)
        breaks, colours = SHARE_BREAKS, SHORT_COLOURS
    else:
        raise ValueError(f"shading {by!r} is none of time, presence, difference, short, a set")
    return _shading(by, table, value, breaks, colours)


def set_shades(analysis: Analysis, key: str) -> tuple[str, ...]:
    """``moment:NAME``, ``tier:NAME`` and ``item:NAME`` of a layer, in the order of summary.json."""
    entry = analysis.summary["layers"].get(key, {})
    return tuple(f"{kind}:{name}" for kind, of in _SETS.items() for name in entry.get(of, {}))


def set_share(analysis: Analysis, key: str, by: str) -> float:
    """The share by a set of sites over all demand of a layer."""
    kind, _, name = by.partition(":")
    return float(analysis.summary["layers"][key][_SETS[kind]][name]["share_by_time"])


def _take_set(table: pd.DataFrame, analysis: Analysis, key: str, by: str, level: str) -> None:
    """Put the coverage by a set of sites into a table of units in place of that by all sites."""
    for column in ("share", "demand_covered"):
        table[column] = _of_set(analysis, key, by, level, column, table["unit_id"])


def set_shares(
    analysis: Analysis, key: str, by: str, units: pd.Series[str], level: str
) -> NDArray[np.float64] | None:
    """The share by a set of sites of each unit of one level; None unless `by` is a set's shade."""
    if by not in set_shades(analysis, key):
        return None
    return _of_set(analysis, key, by, level, "share", units)


def _of_set(
    analysis: Analysis, key: str, by: str, level: str, column: str, units: pd.Series[str]
) -> NDArray[np.float64]:
    kind, _, name = by.partition(":")
    rows = analysis.unit_sets
    rows = rows[(rows["layer"] == key) & (rows["level"] == level)]
    rows = rows[(rows["kind"] == kind) & (rows["name"] == name)].set_index("unit_id")
    return np.asarray(rows[column].reindex(units), np.float64)


def together_shading(units: pd.DataFrame) -> Shading:
    """Units shaded by the share of demand that has all of its services within the limits.

    A service for one group of people is not required for the others.

    Parameters
    ----------
    units : pd.DataFrame
        One level of `geo.questions.services_together`: unit_id, unit_name, total, within_all.
    """
    table = units[["unit_id", "unit_name"]].reset_index(drop=True)
    total = units["total"].to_numpy(float)
    table["demand_total"] = total
    table["demand_covered"] = units["within_all"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, table["demand_covered"].to_numpy() / total, np.nan)
    table["share"] = np.round(share, 6)
    return _shading("together", table, table["share"], SHARE_BREAKS, SHARE_COLOURS)


def _shading(
    by: str,
    table: pd.DataFrame,
    value: pd.Series[float],
    breaks: tuple[float, ...],
    colours: tuple[str, ...],
) -> Shading:
    number = np.searchsorted(breaks, value.to_numpy(float), side="right")
    class_ = np.where(value.isna(), -1, number)
    shaded = table.assign(value=value, class_=class_).sort_values("unit_id", kind="stable")
    return Shading(by, shaded.reset_index(drop=True), colours)


def _column(rows: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """A column of units.csv; missing values where a table of an earlier version lacks it."""
    values = rows[name] if name in rows else pd.Series(np.nan, index=rows.index)
    return np.asarray(values, np.float64)


def _presence(analysis: Analysis, key: str, level: str, table: pd.DataFrame) -> NDArray[np.float64]:
    """Share of the finest units in each unit that count as present."""
    study: Study = analysis.study
    areas, units = analysis.areas, analysis.units
    finest = units[(units["layer"] == key) & (units["level"] == study.units.level)]
    finest = finest.drop_duplicates("unit_id").set_index("unit_id")
    holds = is_present(finest).astype(float)
    if level == study.units.level:
        return np.asarray(holds.reindex(table["unit_id"]), np.float64)
    parent = parent_ids(areas, study.units.parents, study.units.parents.index(level))
    share = holds.reindex(areas["unit_id"]).groupby(parent).mean()
    return np.round(share.reindex(table["unit_id"]).to_numpy(float), 6)


def _fill(colour: str, text: str) -> LegendEntry:
    return LegendEntry("units", "fill", colour, text)
