"""Where a study's demand rows and sites stand on the networks, each snapped once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geo.base.quality_log import QualityLog
from geo.inputs.read import Inputs
from geo.network.positions import Positions
from geo.study.model import Layer, Study

__all__ = ["Placing"]


class Placing:
    """Positions of demand rows and sites, snapped once for each profile."""

    def __init__(self, study: Study, inputs: Inputs, quality: QualityLog) -> None:
        self._study = study
        self._inputs = inputs
        self._quality = quality
        self._rows: dict[str, Positions] = {}
        self._sites: dict[str, Positions] = {}

    def rows(self, layer: Layer) -> Positions:
        """Positions of the demand rows for the layer's profile."""
        if layer.profile not in self._rows:
            points = self._inputs.points
            self._rows[layer.profile] = self._snap(layer, points.lon, points.lat)
            self._report_rows(layer, self._quality)
        return self._rows[layer.profile]

    def sites(self, layer: Layer) -> Positions:
        """Positions of the layer's sites."""
        if layer.key not in self._sites:
            sites = self._inputs.sites[layer.key]
            lon, lat = sites["lon"].to_numpy(float), sites["lat"].to_numpy(float)
            self._sites[layer.key] = self._snap(layer, lon, lat)
            self._report_sites(layer, self._quality)
        return self._sites[layer.key]

    def places(
        self,
        layer: Layer,
        lon: np.ndarray[tuple[int], np.dtype[np.float64]],
        lat: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> Positions:
        """Positions of places of no file (degrees, WGS-84) for the layer's profile."""
        snapper = self._inputs.roads.snapper(layer.profile, layer.direction)
        return snapper.snap(lon, lat, max_access_m=self._study.network.max_access_m)

    def _snap(
        self,
        layer: Layer,
        lon: np.ndarray[tuple[int], np.dtype[np.float64]],
        lat: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> Positions:
        return self._inputs.roads.positions(
            layer.profile,
            layer.direction,
            lon,
            lat,
            max_access_m=self._study.network.max_access_m,
        )

    def report(self, layers: Sequence[Layer], quality: QualityLog) -> None:
        """Say in another log what is said of these layers when they are placed in this order."""
        told = set()
        for layer in layers:
            self.rows(layer), self.sites(layer)
            if layer.profile not in told:
                self._report_rows(layer, quality)
            told.add(layer.profile)
            self._report_sites(layer, quality)

    def _report_rows(self, layer: Layer, quality: QualityLog) -> None:
        found = self._rows[layer.profile]
        _report(found, quality, file=self._study.demand_file, field=layer.profile)

    def _report_sites(self, layer: Layer, quality: QualityLog) -> None:
        found = self._sites[layer.key]
        _report(found, quality, file=self._study.layer_file(layer), field=layer.key)


def _report(found: Positions, quality: QualityLog, *, file: str, field: str) -> None:
    off = int((~found.on_network).sum())
    if off:
        quality.add("info", "off_network", file=file, field=field, value=off)
