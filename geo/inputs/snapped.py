"""Positions of demand rows and sites on the networks."""

from __future__ import annotations

import numpy as np

from geo.inputs.read import Inputs
from geo.network.positions import Positions
from geo.study.model import Layer, Study

__all__ = ["SnappedInputs"]


class SnappedInputs:
    """Provides positions of a study's demand rows and sites.

    Demand rows are snapped once for each profile, sites once for each layer.
    """

    def __init__(self, study: Study, inputs: Inputs) -> None:
        self._study = study
        self._inputs = inputs
        self._rows: dict[str, Positions] = {}
        self._sites: dict[str, Positions] = {}

    def varied(self, study: Study, inputs: Inputs) -> SnappedInputs:
        """Return the positions of a changed study; what has not changed is not snapped again.

        Parameters
        ----------
        study : Study
        inputs : Inputs
            Made from these inputs: what has not changed is the same object.
        """
        found, own = SnappedInputs(study, inputs), self._inputs
        same_reach = study.network.max_access_m == self._study.network.max_access_m
        if inputs.roads is own.roads and same_reach:
            if inputs.points.lon is own.points.lon and inputs.points.lat is own.points.lat:
                found._rows.update(self._rows)
            for key, positions in self._sites.items():
                if inputs.sites.get(key) is own.sites[key]:
                    found._sites[key] = positions
        return found

    def rows(self, layer: Layer) -> Positions:
        """Return the positions of the demand rows for the layer's profile."""
        if layer.profile not in self._rows:
            points = self._inputs.points
            self._rows[layer.profile] = self._snap(layer, points.lon, points.lat)
        return self._rows[layer.profile]

    def sites(self, layer: Layer) -> Positions:
        """Return the positions of the layer's sites."""
        if layer.key not in self._sites:
            sites = self._inputs.sites[layer.key]
            lon, lat = sites["lon"].to_numpy(float), sites["lat"].to_numpy(float)
            self._sites[layer.key] = self._snap(layer, lon, lat)
        return self._sites[layer.key]

    def places(
        self,
        layer: Layer,
        lon: np.ndarray[tuple[int], np.dtype[np.float64]],
        lat: np.ndarray[tuple[int], np.dtype[np.float64]],
    ) -> Positions:
        """Return the positions of any places (degrees, WGS-84) for the layer's profile.

        The positions are not cached.
        """
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
