"""What a map of the results needs, whoever draws it: classes, colours, geometry, points, legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.analysis import Analysis
from geo.areas import parent_ids
from geo.study import Layer, Study
from layers.export_words import band_text, cause_name, layer_notes, notices
from layers.map_pack import pack, pack_lines, simplified_bands
from layers.wording import Words

__all__ = [
    "BAND_COLOURS",
    "CAUSES",
    "CAUSE_COLOURS",
    "NO_DEMAND_COLOUR",
    "SHARE_BREAKS",
    "SHARE_COLOURS",
    "SITE_COLOUR",
    "UNUSED_SITE_COLOUR",
    "LegendEntry",
    "band_shapes",
    "extent",
    "gap_rows",
    "isochrone_shapes",
    "legend",
    "level_areas",
    "levels",
    "map_notices",
    "pack",
    "pack_lines",
    "parent_outlines",
    "share_class",
    "simplified_units",
    "site_rows",
    "unit_values",
]

# Fixed classes, so that two maps compare. Colours: ColorBrewer's YlGnBu with five classes, which
# its authors mark as safe for colour-blind readers; light to dark also holds in grey print.
SHARE_BREAKS = (0.2, 0.4, 0.6, 0.8)
SHARE_COLOURS = ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494")
NO_DEMAND_COLOUR = "#d4d4d4"
# Okabe and Ito's palette, distinct for every common colour vision; a doubt is drawn hollow.
CAUSES = ("too_far", "cut_off", "data_doubt")
CAUSE_COLOURS = {"too_far": "#d55e00", "cut_off": "#cc3399", "data_doubt": "#4d4d4d"}
SITE_COLOUR = "#111111"
UNUSED_SITE_COLOUR = "#9a9a9a"
# Lines around what is reached, the nearest band darkest.
BAND_COLOURS = ("#4d004b", "#88419d", "#8c6bb1", "#8c96c6")

_DECIMALS = 5  # about a metre
_SCALE = 10**_DECIMALS
# Where simplifying of units begins, in degrees (about 5 m), and how many vertices a map may hold.
_TOLERANCE = 5e-5
_VERTICES = 120_000


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend.

    Attributes
    ----------
    group : str
        units, sites, isochrones or gaps: what a switch turns on and off together.
    symbol : str
        fill, line, dot, ring (hollow dot) or square.
    colour : str
    text : str
        Plain text; whoever puts it into HTML escapes it.
    """

    group: str
    symbol: str
    colour: str
    text: str


def extent(analysis: Analysis) -> list[list[float]]:
    """South-west and north-east (latitude, longitude) of the units, else of the demand."""
    west, south, east, north = (float(side) for side in analysis.areas.total_bounds)
    if west != west:  # a list of units without areas
        lon, lat = analysis.demand["lon"], analysis.demand["lat"]
        west, east, south, north = lon.min(), lon.max(), lat.min(), lat.max()
    return [[float(south), float(west)], [float(north), float(east)]]


def share_class(share: float | None) -> int | None:
    """The class of a share by time, 0 to 4; None where there is no demand.

    A share on a break belongs to the upper class.
    """
    if share is None or share != share:
        return None
    return int(np.searchsorted(SHARE_BREAKS, share, side="right"))


def legend(analysis: Analysis, key: str, words: Words) -> list[LegendEntry]:
    """The legend of one layer, in the order in which it is read."""
    layer = analysis.study.layer(key)
    entries = []
    edges = (0.0, *SHARE_BREAKS, 1.0)
    for number, colour in enumerate(SHARE_COLOURS):
        name = "class_last" if number == len(SHARE_COLOURS) - 1 else "class"
        low, high = words.share(edges[number], 0), words.share(edges[number + 1], 0)
        entries.append(
            LegendEntry("units", "fill", colour, words(f"html.{name}", low=low, high=high))
        )
    entries.append(LegendEntry("units", "fill", NO_DEMAND_COLOUR, words("html.no_demand")))
    entries.append(LegendEntry("sites", "square", SITE_COLOUR, words("html.site_used")))
    if not site_rows(analysis, key)["used"].all():
        entries.append(
            LegendEntry("sites", "square", UNUSED_SITE_COLOUR, words("html.site_unused"))
        )
    bands = isochrone_bands(analysis, key)
    for number, band in enumerate(bands):
        text = words("html.band", limit=_band_text(band, layer, words))
        entries.append(LegendEntry("isochrones", "line", _band_colour(number, len(bands)), text))
    present = set(analysis.gap_points.loc[analysis.gap_points["layer"] == key, "cause"].unique())
    for cause in CAUSES:
        if cause in present:
            symbol = "ring" if cause == "data_doubt" else "dot"
            text = cause_name(cause, words)
            entries.append(LegendEntry("gaps", symbol, CAUSE_COLOURS[cause], text))
    return entries


def map_notices(analysis: Analysis, key: str, words: Words) -> list[tuple[str, str]]:
    """All notices that stand on the map of one layer, as (what it is about, text)."""
    return notices(analysis.study, words) + layer_notes(analysis, key, words)


def simplified_units(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The finest units for drawing: fewer vertices, shared borders still shared.

    A coverage (no overlaps, borders matched) is simplified as one; anything else polygon by
    polygon, since the one needs what the other lacks. The tolerance begins at about 5 m and grows
    until the map is light enough.
    """
    shapes = np.asarray(areas.geometry.array)
    whole = len(shapes) > 0 and bool(shapely.coverage_is_valid(shapes))
    tolerance, drawn = _TOLERANCE, shapes
    while len(shapes):
        drawn = (
            shapely.coverage_simplify(shapes, tolerance)
            if whole
            else shapely.simplify(shapes, tolerance)
        )
        if shapely.get_num_coordinates(drawn).sum() <= _VERTICES or tolerance > 0.01:
            break
        tolerance *= 2
    # A unit smaller than the tolerance would vanish from the map.
    kept = np.where(shapely.is_empty(drawn), shapes, drawn)
    return areas.set_geometry(gpd.GeoSeries(kept, index=areas.index, crs=areas.crs))


def parent_outlines(drawn: gpd.GeoDataFrame, parents: tuple[str, ...]) -> list[Any]:
    """The areas of the finest parents (districts), from the units as they are drawn.

    A parent is known by the chain of its values, since 市辖区 repeats in every city.
    """
    chain = [parent for parent in parents if parent in drawn.columns]
    if not chain:
        return []
    shapes = np.asarray(drawn.geometry.array)
    whole = bool(shapely.coverage_is_valid(shapes))
    union = shapely.coverage_union_all if whole else shapely.union_all
    groups = drawn.groupby(chain, sort=True, dropna=False).indices
    return [union(shapes[rows]) for rows in groups.values()]


def levels(study: Study) -> list[str]:
    """The study's levels, the finest first, as units.csv names them."""
    return [study.units.level, *study.units.parents]


def level_areas(drawn: gpd.GeoDataFrame, study: Study, level: str) -> gpd.GeoDataFrame:
    """The units of one level as they are drawn: unit_id, unit_name, geometry; by unit_id.

    Parameters
    ----------
    drawn : gpd.GeoDataFrame
        `simplified_units` of the study, so that borders of all levels run along each other.
    level : str
        One of `levels`. Ids are those of units.csv.
    """
    if level == study.units.level:
        return drawn[["unit_id", "unit_name", "geometry"]]
    depth = study.units.parents.index(level)
    shapes = np.asarray(drawn.geometry.array)
    whole = bool(shapely.coverage_is_valid(shapes))
    union = shapely.coverage_union_all if whole else shapely.union_all
    ids = parent_ids(drawn, study.units.parents, depth)
    found, first, of_finest = np.unique(ids, return_index=True, return_inverse=True)
    frame = {"unit_id": found.astype(object), "unit_name": drawn[level].to_numpy()[first]}
    joined = [union(shapes[of_finest == number]) for number in range(len(found))]
    return gpd.GeoDataFrame(frame, geometry=joined, crs=drawn.crs)


def unit_values(analysis: Analysis, key: str) -> pd.DataFrame:
    """The layer's figures by unit, in the order of `analysis.areas` and with its index.

    Columns share_by_time, demand_total, demand_covered, sites, minutes_p50; NaN where missing.
    """
    columns = ["share_by_time", "demand_total", "demand_covered", "sites", "minutes_p50"]
    units = analysis.units
    rows = units[(units["layer"] == key) & (units["level"] == analysis.study.units.level)]
    # The row of the demand outside every unit has no area.
    rows = rows[rows["unit_id"].fillna("") != ""].drop_duplicates("unit_id").set_index("unit_id")
    found = rows[columns].reindex(analysis.areas["unit_id"])
    return found.set_axis(analysis.areas.index).astype(float)


def site_rows(analysis: Analysis, key: str) -> pd.DataFrame:
    """The layer's sites."""
    return analysis.sites[analysis.sites["layer"] == key]


def gap_rows(analysis: Analysis, key: str, *, most: int | None = None) -> pd.DataFrame:
    """The layer's uncovered demand points, the heaviest last, so that they are drawn on top.

    With `most`, only so many, the heaviest.
    """
    points = analysis.gap_points
    rows = np.flatnonzero((points["layer"] == key).to_numpy())
    # Positions first: a province has a million rows, whose texts are taken once.
    rows = rows[np.argsort(points["weight"].to_numpy(np.float64)[rows], kind="stable")]
    return points.iloc[rows if most is None else rows[max(len(rows) - most, 0) :]]


def isochrone_bands(analysis: Analysis, key: str) -> list[float]:
    """The bands of the whole layer that have a polygon, ascending, in the limit's own unit."""
    layer = analysis.study.layer(key)
    return _bands(_layer_isochrones(analysis.isochrones, layer), layer)


def isochrone_shapes(analysis: Analysis, key: str, words: Words) -> list[tuple[str, str, Any]]:
    """The layer's bands for drawing, the widest first: (colour, text, simplified polygon)."""
    layer = analysis.study.layer(key)
    bands = reversed(isochrone_bands(analysis, key))
    drawn = band_shapes(analysis.isochrones, layer)
    return [
        (colour, _band_text(band, layer, words), shape)
        for band, (colour, shape) in zip(bands, drawn, strict=True)
    ]


def band_shapes(table: gpd.GeoDataFrame, layer: Layer) -> list[tuple[str, Any]]:
    """The same of a table like `Analysis.isochrones`, without words: (colour, polygon)."""
    rows = _layer_isochrones(table, layer)
    bands = _bands(rows, layer)
    shapes = []
    for band in bands:
        parts = np.asarray(rows.loc[rows[_measure(layer)] == band].geometry.array)
        shapes.append(parts[0] if len(parts) == 1 else shapely.union_all(parts))
    drawn = simplified_bands(shapes)
    last = range(len(bands))
    return [(_band_colour(number, len(bands)), drawn[number]) for number in reversed(last)]


def _measure(layer: Layer) -> str:
    return "minutes" if layer.minutes is not None else "metres"


def _band_text(band: float, layer: Layer, words: Words) -> str:
    in_minutes = layer.minutes is not None
    return band_text(band if in_minutes else None, None if in_minutes else band, words)


def _bands(rows: gpd.GeoDataFrame, layer: Layer) -> list[float]:
    return sorted(float(value) for value in rows[_measure(layer)].dropna().unique())


def _layer_isochrones(table: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The bands of the whole layer; those of single sites would hide each other."""
    whole = (table["layer"] == layer.key) & (table["site_id"].fillna("") == "")
    found: gpd.GeoDataFrame = table[whole]
    return found


def _band_colour(number: int, count: int) -> str:
    """From the darkest for the nearest band to the lightest for the farthest."""
    last = len(BAND_COLOURS) - 1
    return BAND_COLOURS[min(last, round(number * last / max(count - 1, 1)) if count > 1 else 1)]
