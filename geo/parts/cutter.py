"""Prepares a whole study for cutting and cuts it into parts.

Positions are snapped and `cut_off` is decided on the whole network; the parts are cut afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from geo.base.ragged import ranges
from geo.inputs.demand import DemandPoints
from geo.inputs.read import Inputs
from geo.network.network import Network
from geo.network.positions import Positions
from geo.parts.division import PartSize
from geo.parts.files import PartInput, PartLayer, write_part
from geo.parts.halo import CutNetwork, Cutter
from geo.rules import rule_of
from geo.search.seeds import Seeds, place_sites, site_delays
from geo.search.served_units import ServedUnits
from geo.search.times import reachable_positions
from geo.study.model import Layer

__all__ = ["Place", "StudyCutter", "graph_of"]

Place = Callable[[Layer], Positions]


class StudyCutter:
    """Cuts parts from a study; what is needed from the whole study is prepared once.

    Parameters
    ----------
    rows, sites : Callable
        Return the positions of the demand rows and of the sites on the network of a layer.

    Attributes
    ----------
    networks : dict of str to Network
        By profile and direction.
    seeds : dict of str to Seeds
        By layer.
    sizes : list of PartSize
        Sizes of the parts written so far.
    seconds : float
        Core-seconds used so far.
    """

    def __init__(
        self, layers: Sequence[Layer], inputs: Inputs, rows: Place, sites: Place, *, horizon_ms: int
    ) -> None:
        began = time.process_time()
        self._layers, self._points = layers, inputs.points
        self._horizon_ms = horizon_ms
        self._horizons = _horizons(layers, horizon_ms)
        self.networks: dict[str, Network] = {}
        self._cutters: dict[str, Cutter] = {}
        self._rows: dict[str, Positions] = {}
        self.seeds: dict[str, Seeds] = {}
        self._sites: dict[str, Positions] = {}
        self._delay_ms: dict[str, NDArray[np.int64]] = {}
        self._joined: dict[str, NDArray[np.bool_]] = {}
        self._served: dict[str, ServedUnits | None] = {}
        for layer in layers:
            graph = graph_of(layer)
            if graph not in self.networks:
                self.networks[graph] = inputs.roads.network(layer.profile, layer.direction)
                self._cutters[graph] = Cutter(self.networks[graph], horizon_ms=horizon_ms)
                self._rows[graph] = rows(layer)
            network = self.networks[graph]
            self._sites[layer.key] = sites(layer)
            self._delay_ms[layer.key] = site_delays(inputs.sites[layer.key])
            self.seeds[layer.key] = place_sites(
                network, sites(layer), delay_ms=self._delay_ms[layer.key]
            )
            self._served[layer.key] = rule_of(layer.rule).served(
                layer, inputs.sites[layer.key], inputs.areas
            )
            self._joined[layer.key] = reachable_positions(
                network, self.seeds[layer.key], self._rows[graph]
            )
        self.sizes: list[PartSize] = []
        self.seconds = time.process_time() - began

    def cut(self, parts: list[NDArray[np.int64]], folder: Path) -> Iterator[Path]:
        """Write the parts one after the other, each into its own folder, and yield the folders."""
        for number, points in enumerate(parts, start=1):
            began = time.process_time()
            path = folder / f"part-{number:04d}"
            part, cuts = self._part(points)
            stored = write_part(path, part)
            self.sizes.append(self._size(part, cuts, stored))
            self.seconds += time.process_time() - began
            yield path

    def _part(self, points: NDArray[np.int64]) -> tuple[PartInput, dict[str, CutNetwork]]:
        rows = _rows_of(self._points, points)
        cuts, layers = {}, []
        for graph, cutter in self._cutters.items():
            mine = [layer for layer in self._layers if graph_of(layer) == graph]
            seeds = tuple(self.seeds[layer.key] for layer in mine)
            cut = cuts[graph] = cutter.cut(self._rows[graph], rows, seeds)
            for layer, of_layer, used in zip(mine, seeds, cut.sites, strict=True):
                rank = of_layer.rank[used]
                positions = cut.positions(self._sites[layer.key], rank)
                joined = self._joined[layer.key][rows]
                served = self._served[layer.key]
                served = None if served is None else served.take(rank)
                delay_ms = self._delay_ms[layer.key][rank]
                layers.append(PartLayer(layer, graph, rank, positions, delay_ms, joined, served))
        whole = self._points
        own = DemandPoints(
            frame=whole.frame.iloc[points][self._columns()].reset_index(drop=True),
            unit=whole.unit[points],
            point_of_row=np.searchsorted(points, whole.point_of_row[rows]).astype(np.int32),
            lon=whole.lon[rows],
            lat=whole.lat[rows],
        )
        part = PartInput(
            horizon_ms=self._horizon_ms,
            points=own,
            point=points,
            networks={graph: cut.network for graph, cut in cuts.items()},
            rows={graph: cut.positions(self._rows[graph], rows) for graph, cut in cuts.items()},
            layers=tuple(layers),
        )
        return part, cuts

    def _columns(self) -> list[str]:
        """Return the columns of the demand points that the layers use."""
        asked = {"weight"}
        for layer in self._layers:
            asked |= {f"col:{column}" for column in layer.only}
            asked |= set() if layer.demand is None else {f"band:{layer.demand}"}
        return ["id", *sorted(asked)]

    def _size(self, part: PartInput, cuts: dict[str, CutNetwork], stored: int) -> PartSize:
        def edges(minutes: float) -> int:
            if minutes * 60_000 >= self._horizon_ms:
                return sum(len(cut.edges) for cut in cuts.values())
            limit = int(minutes * 60_000)
            return sum(int((cut.edge_left_ms <= limit).sum()) for cut in cuts.values())

        return PartSize(
            points=len(part.points),
            nodes=sum(cut.network.graph.node_count for cut in cuts.values()),
            edges=sum(len(cut.edges) for cut in cuts.values()),
            sites=sum(len(one.rank) for one in part.layers),
            stored_bytes=stored,
            edges_within={minutes: edges(minutes) for minutes in self._horizons},
        )

    def whole(self) -> PartSize:
        """Return the size of the study before cutting."""
        edges = sum(len(network) for network in self.networks.values())
        return PartSize(
            points=len(self._points),
            nodes=sum(network.graph.node_count for network in self.networks.values()),
            edges=edges,
            sites=sum(len(seeds.rank) for seeds in self.seeds.values()),
            stored_bytes=0,
            edges_within=dict.fromkeys(self._horizons, edges),
        )


def graph_of(layer: Layer) -> str:
    """Return the name of the network on which a layer is searched."""
    return f"{layer.profile}-{layer.direction}"


def _horizons(layers: Sequence[Layer], horizon_ms: int) -> list[float]:
    """Return the horizon in minutes, and its half and quarter if no limit is longer than these."""
    longest = max([0.0, *(layer.limit.of(layer.limit.value, 0.0) for layer in layers)])
    minutes = horizon_ms / 60_000
    return [minutes, *(m for m in (minutes / 2, minutes / 4) if m >= longest)]


def _rows_of(points: DemandPoints, which: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of the given demand points. Points and rows are in ascending order."""
    first = np.searchsorted(points.point_of_row, which)
    counts = np.searchsorted(points.point_of_row, which, "right") - first
    return ranges(first, counts)
