"""Small graphs of the literature that are part of NetworkX.

Sources: Zachary, An information flow model for conflict and fission in small groups, 1977; Knuth, The Stanford
GraphBase, 1993.
"""

from abc import abstractmethod
from typing import ClassVar, Literal

import networkx as nx

from ...graphs.graph import Graph, make_graph, with_classes
from ...graphs.graphml import from_networkx
from .base import GraphData, pair_settings, walk_settings


class BundledGraph(GraphData):
    """A graph with weights that is part of NetworkX.

    layout: an example is a pair of nodes with a label (pairs), an edge as node and neighbour (edges), a node of a
    random walk with its neighbours (walks), a node by id with its row of the adjacency matrix (index), or such a row
    with the class of the node, if there are classes (rows). weighted: keep the weights; negatives, negatives_from,
    power: of the pairs; walks, length, p, q, window, random_window: of the walks; affinity, beta: weights of the
    training pairs. val, test: fractions of the edges or, with layout=rows, of the nodes; the test split does not depend
    on `seed`. Raises UserError for values out of range and settings without effect.
    source_name: name of the graph in messages.
    """

    batch_size: ClassVar[int] = 8  # few edges: more steps an epoch
    source_name: ClassVar[str]

    def __init__(
        self,
        *,
        layout: Literal["pairs", "edges", "walks", "index", "rows"] = "pairs",
        weighted: bool = True,
        negatives: int | None = None,
        negatives_from: Literal["nodes", "non_edges"] | None = None,
        power: float | None = None,
        walks: int | None = None,
        length: int | None = None,
        p: float | None = None,
        q: float | None = None,
        window: int | None = None,
        random_window: bool | None = None,
        affinity: Literal["edges", "katz", "common_neighbours", "adamic_adar", "jaccard"] = "edges",
        beta: float | None = None,
        val: float = 0.1,
        test: float = 0.2,
        seed: int = 0,
    ) -> None:
        super().__init__(
            self.read(weighted=weighted),
            source=self.source_name,
            layout=layout,
            pairs=pair_settings(negatives, negatives_from, power),
            walks=walk_settings(walks, length, p, q, window, random_window),
            affinity=affinity,
            beta=beta,
            val=val,
            test=test,
            seed=seed,
        )

    @staticmethod
    @abstractmethod
    def read(*, weighted: bool) -> Graph:
        """Return the graph."""


class Karate(BundledGraph):
    """Zachary's karate club: 34 members, 78 friendships weighted by common activities, and 2 clubs after the split.

    Settings: see `BundledGraph`. Nodes are named 1 to 34, as in the source.
    """

    source_name: ClassVar[str] = "karate"

    @staticmethod
    def read(*, weighted: bool) -> Graph:
        """Return the graph."""
        found = from_networkx(nx.karate_club_graph(), "karate")
        graph = make_graph([str(int(name) + 1) for name in found.names], found.edges, weighted=weighted)
        return with_classes(graph, found.labels("club"))


class LesMiserables(BundledGraph):
    """Characters of Les Miserables: 77 nodes and 254 edges, weighted by the number of common chapters; no classes.

    Settings: see `BundledGraph`.
    """

    source_name: ClassVar[str] = "les_miserables"

    @staticmethod
    def read(*, weighted: bool) -> Graph:
        """Return the graph."""
        found = from_networkx(nx.les_miserables_graph(), "les_miserables")
        return make_graph(found.names, found.edges, weighted=weighted)
