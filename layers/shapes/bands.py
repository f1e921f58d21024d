"""Bands of isochrones, from the widest to the narrowest."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.analysis import Analysis
from geo.study.model import Layer
from layers.shapes.packing import simplified_bands
from layers.style.palette import band_colour
from layers.words.catalogue import Words
from layers.words.phrases import limit_words

__all__ = ["band_shapes", "isochrone_bands", "isochrone_shapes", "limit_in_words"]


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
        (colour, limit_in_words(band, layer, words), shape)
        for band, (colour, shape) in zip(bands, drawn, strict=True)
    ]


def band_shapes(table: gpd.GeoDataFrame, layer: Layer) -> list[tuple[str, Any]]:
    """Bands of a table like `Analysis.isochrones`, the widest first: (colour, polygon)."""
    rows = _layer_isochrones(table, layer)
    bands = _bands(rows, layer)
    shapes = []
    for band in bands:
        parts = np.asarray(rows.loc[rows[layer.limit.unit] == band].geometry.array)
        shapes.append(parts[0] if len(parts) == 1 else shapely.union_all(parts))
    drawn = simplified_bands(shapes)
    last = range(len(bands))
    return [(band_colour(number, len(bands)), drawn[number]) for number in reversed(last)]


def limit_in_words(band: float, layer: Layer, words: Words) -> str:
    """A band with its unit: 15分钟, 300 m."""
    return limit_words(layer.limit.with_value(band), words)


def _bands(rows: gpd.GeoDataFrame, layer: Layer) -> list[float]:
    return sorted(float(value) for value in rows[layer.limit.unit].dropna().unique())


def _layer_isochrones(table: gpd.GeoDataFrame, layer: Layer) -> gpd.GeoDataFrame:
    """The bands of the whole layer, without those of single sites, which overlap."""
    whole = (table["layer"] == layer.key) & (table["site_id"].fillna("") == "")
    found: gpd.GeoDataFrame = table[whole]
    return found
