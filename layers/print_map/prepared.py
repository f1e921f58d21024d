"""What all maps of one analysis share: outlines, bands, roads and water, projected once.

A report and its series draw the same city dozens of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

import geopandas as gpd

from geo.analysis import Analysis
from layers.print_map.ground import Ground, PagePlane, ShapeIndex, plane_of, with_figures
from layers.shapes.bands import isochrone_shapes
from layers.shapes.units import level_areas, simplified_units
from layers.style.palette import BAND_COLOURS
from layers.words.catalogue import Words
from layers.words.phrases import limit_text

__all__ = ["PreparedMaps"]

_GROUND = ("main", "other", "water")
# Tables that no map needs; the bands are prepared before isochrones are dropped.
_NOT_DRAWN = ("demand", "gaps", "isochrones", "quality", "points")

Bands = list[tuple[str, str, Any]]


class PreparedMaps:
    """Shapes for maps, prepared at first use and then kept. Not thread-safe.

    Parameters
    ----------
    analysis : Analysis
    ground : Ground, optional
        Roads and water (`layers.print_map.ground.read_ground`).
    """

    def __init__(self, analysis: Analysis, ground: Ground | None = None) -> None:
        self.analysis = analysis
        self._ground = ground
        self._spread: dict[str, ShapeIndex] = {}
        self._outlines: dict[str, gpd.GeoDataFrame] = {}
        self._bands: dict[tuple[str, str], Bands] = {}

    @cached_property
    def plane(self) -> PagePlane:
        """The plane of all coordinates on the maps."""
        return plane_of(self.analysis.areas)

    @cached_property
    def _simplified(self) -> gpd.GeoDataFrame:
        return simplified_units(self.analysis.areas)

    def areas(self, key: str, level: str) -> gpd.GeoDataFrame:
        """The areas of one level in metres, with the layer's demand_total and share."""
        if level not in self._outlines:
            found = level_areas(self._simplified, self.analysis.study, level)
            moved = gpd.GeoSeries(self.plane.shapes(found.geometry), index=found.index)
            self._outlines[level] = found.set_geometry(moved)
        return with_figures(self._outlines[level], self.analysis, key, level)

    def bands(self, key: str, words: Words, *, all_of_them: bool) -> Bands:
        """The layer's bands, or its limit alone: (colour, text, shape in metres), widest first."""
        held = (key, words.locale)
        if held not in self._bands:
            found = isochrone_shapes(self.analysis, key, words)
            moved = self.plane.shapes([shape for _, _, shape in found])
            self._bands[held] = [
                (colour, text, shape) for (colour, text, _), shape in zip(found, moved, strict=True)
            ]
        bands = self._bands[held]
        if all_of_them:
            return bands
        limit = limit_text(self.analysis.study.layer(key), words)
        return [(BAND_COLOURS[0], text, shape) for _, text, shape in bands if text == limit]

    def ground(self, kind: str) -> ShapeIndex | None:
        """``main`` or ``other`` roads, or ``water``; None without a `Ground`."""
        if kind not in self._spread and self._ground is not None:
            self._spread[kind] = ShapeIndex(self.plane.shapes(getattr(self._ground, kind)))
        return self._spread.get(kind)

    def of(self, analysis: Analysis) -> PreparedMaps:
        """Prepared maps of another analysis on the same ground, such as one of its counties."""
        return PreparedMaps(analysis, self._ground)

    def packed(self, keys: Sequence[str], words: Words) -> PreparedMaps:
        """A copy with only what another process needs to draw the maps of these layers."""
        for key in keys:
            self.bands(key, words, all_of_them=True)
        for kind in _GROUND:
            self.ground(kind)
        found = copy(self)
        found._ground = None
        found.analysis = replace(
            self.analysis,
            **{name: getattr(self.analysis, name).iloc[:0] for name in _NOT_DRAWN},
        )
        return found
