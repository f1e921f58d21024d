"""What the maps of one analysis share: outlines, bands, roads and water, moved into metres once.

A report and its series draw the same city dozens of times; each map takes its part from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

import geopandas as gpd

from geo.analysis import Analysis
from layers.print_map.ground import Ground, Plane, Spread, level_outlines, plane_of, with_figures
from layers.shapes.bands import isochrone_shapes
from layers.style.palette import BAND_COLOURS
from layers.words.catalogue import Words
from layers.words.phrases import limit_text

__all__ = ["MapStock"]

_GROUND = ("main", "other", "water")
# Tables that no map is drawn from; the bands of isochrones are taken out before.
_NOT_DRAWN = ("demand", "gaps", "isochrones", "quality", "points")

Bands = list[tuple[str, str, Any]]


class MapStock:
    """Prepares what maps are drawn from when it is first asked for, and keeps it.

    One thread uses it at a time.

    Parameters
    ----------
    analysis : Analysis
    ground : Ground, optional
        Roads and water (`layers.print_map.ground.read_ground`).
    """

    def __init__(self, analysis: Analysis, ground: Ground | None = None) -> None:
        self.analysis = analysis
        self._ground = ground
        self._spread: dict[str, Spread] = {}
        self._outlines: dict[str, gpd.GeoDataFrame] = {}
        self._bands: dict[tuple[str, str], Bands] = {}

    @cached_property
    def plane(self) -> Plane:
        """The plane that everything is moved into."""
        return plane_of(self.analysis.areas)

    def areas(self, key: str, level: str) -> gpd.GeoDataFrame:
        """`layers.print_map.ground.level_areas` with its shapes in metres."""
        if level not in self._outlines:
            found = level_outlines(self.analysis, level)
            moved = gpd.GeoSeries(self.plane.shapes(found.geometry), index=found.index)
            self._outlines[level] = found.set_geometry(moved)
        return with_figures(self._outlines[level], self.analysis, key, level)

    def bands(self, key: str, words: Words, *, all_of_them: bool) -> Bands:
        """The layer's bands or its limit alone, the widest first: colour, text, metric shape."""
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

    def ground(self, kind: str) -> Spread | None:
        """``main`` or ``other`` roads, or ``water``; None where nothing is known."""
        if kind not in self._spread and self._ground is not None:
            self._spread[kind] = Spread(self.plane.shapes(getattr(self._ground, kind)))
        return self._spread.get(kind)

    def of(self, analysis: Analysis) -> MapStock:
        """The stock of another analysis on the same ground, such as one of its counties."""
        return MapStock(analysis, self._ground)

    def packed(self, keys: Sequence[str], words: Words) -> MapStock:
        """What another process needs to draw the maps of these layers, and no more."""
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
