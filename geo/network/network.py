"""The compact graph of one profile and direction, ready for the kernel.

Everything is stated in the direction of search, from the sites outwards. Where people travel *to*
the site, the search runs against the travel: `Network` is then built with the two directions of
every edge exchanged, so that later stages need not know the direction.

A private way may begin or end a trip but is no short cut. A node at private edges is therefore
three nodes of the graph: one for the private beginning of a trip, a public one, and one for the
private end. Transfers without time lead from the first to the second and on to the third.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from geo.base.ragged import ranges
from geo.network.labels import HALF, INDEX

__all__ = ["Graph", "Network"]


@dataclass(frozen=True)
class Graph:
    """Arcs by their first node, as the kernel reads them.

    Attributes
    ----------
    first_arc : uint64 (n + 1)
    arcs : uint64 (m)
        Milliseconds << 32 | target node.
    arc_edge : int32 (m)
        The edge (row of `Network`'s edges) of each arc, -1 for a transfer.
    """

    first_arc: NDArray[np.uint64]
    arcs: NDArray[np.uint64]
    arc_edge: NDArray[np.int32]

    @property
    def node_count(self) -> int:
        """Number of search nodes."""
        return len(self.first_arc) - 1

    def arcs_of(self, nodes: NDArray[np.integer]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The arcs that leave some nodes, node by node, and how many leave each."""
        first = self.first_arc[nodes].astype(np.int64)
        counts = self.first_arc[nodes + 1].astype(np.int64) - first
        return ranges(first, counts), counts

    @cached_property
    def longest_ms(self) -> int:
        """The longest arc in milliseconds, 0 without arcs."""
        return int(self.arcs.max() >> HALF) if len(self.arcs) else 0

    @cached_property
    def reversed(self) -> Graph:
        """The same graph with every arc reversed, in the order of `build_network`'s arcs."""
        nodes, count = self.node_count, len(self.arcs)
        # Arcs are sorted by source, target, time and edge. A stable counting sort by target, which
        # scipy's conversion to columns is, orders them by target, source, time and edge.
        target = (self.arcs & INDEX).astype(np.int32)
        first = self.first_arc.astype(np.int64)
        numbered = sparse.csr_matrix((np.arange(count), target, first), shape=(nodes, nodes))
        turned = numbered.tocsc()
        place = turned.data
        arcs = (self.arcs[place] & ~INDEX) | turned.indices.astype(np.uint64)
        return Graph(turned.indptr.astype(np.uint64), arcs, self.arc_edge[place])


@dataclass(frozen=True)
class Network:
    """The edges that one profile may use in one direction, and the graph over them.

    Edges keep the order of `Roads`, so that ties in snapping go to the earlier row.

    Attributes
    ----------
    road : int32 (e)
        Row of each edge in `Roads`.
    ms_forward, ms_backward : int64 (e)
        Time of the *search* along the whole edge from u to v, and from v to u; one and the same
        array where the two are equal.
    length_m : float64 (e)
    forward, backward : bool (e)
        Whether the search may run from u to v, and from v to u.
    seed_u, seed_v : int32 (e)
        Search nodes where a search that begins on the edge enters the graph.
    read_u, read_v : int32 (e)
        Search nodes whose labels count for a position on the edge.
    begin_of, end_of : int32 (nodes)
        For a position exactly at a node: the node where its search enters, and the one whose label
        counts. A trip that begins at a node may begin on a private way there.
    off_road_kmh : float
        Speed between a point and its road.
    graph : Graph
    """

    road: NDArray[np.int32]
    ms_forward: NDArray[np.int64]
    ms_backward: NDArray[np.int64]
    length_m: NDArray[np.float64]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    seed_u: NDArray[np.int32]
    seed_v: NDArray[np.int32]
    read_u: NDArray[np.int32]
    read_v: NDArray[np.int32]
    begin_of: NDArray[np.int32]
    end_of: NDArray[np.int32]
    off_road_kmh: float
    graph: Graph = field(repr=False)

    def __len__(self) -> int:
        return len(self.road)

    def ms_of_edges(
        self, edges: NDArray[np.integer]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """`ms_forward` and `ms_backward` of some edges; one array where they are one here."""
        forward = self.ms_forward[edges]
        same = self.ms_backward is self.ms_forward
        return forward, forward if same else self.ms_backward[edges]

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """All arrays by name, the graph's with the prefix ``graph.``, to be stored.

        ``ms_backward`` is left out where it is the same array as ``ms_forward``.
        """
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        if self.ms_backward is self.ms_forward:
            del own["ms_backward"]
        arrays = {name: value for name, value in own.items() if isinstance(value, np.ndarray)}
        arrays |= {f"graph.{f.name}": getattr(self.graph, f.name) for f in fields(Graph)}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[np.generic]], off_road_kmh: float) -> Network:
        """The inverse of `arrays`."""
        graph = {name.removeprefix("graph."): a for name, a in arrays.items() if "." in name}
        own = {name: a for name, a in arrays.items() if "." not in name}
        own.setdefault("ms_backward", own["ms_forward"])
        return cls(**own, off_road_kmh=off_road_kmh, graph=Graph(**graph))  # type: ignore[arg-type]
