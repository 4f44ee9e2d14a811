"""Division of the edges of a graph into training, validation and test edges.

Shapes: n nodes, m edges, M pairs of nodes.
"""

from typing import NamedTuple

import numpy as np

from ...errors import UserError
from ...graphs.graph import Edges, Graph, Ints
from ...graphs.links import non_edges, num_pairs
from ..holdout import count_of, random_split
from ..ratings.divisions import HoldOut

SEED = 1  # of pairs without an edge, which do not depend on the seed of a run
SPLITS = ("train", "val", "test")


class Division(NamedTuple):
    """A graph with held-out edges.

    graph: with all edges; train: with the training edges; edges: of each split, those of an undirected graph once.
    """

    graph: Graph
    train: Graph
    edges: dict[str, Edges]

    def pairs(self, split: str) -> Ints:
        """Return the edges of a split as node numbers, those of an undirected graph in both directions: (M, 2)."""
        return self.both_ways(np.stack(self.edges[split][:2], 1))

    def other_pairs(self, split: str) -> Ints:
        """Return as many random pairs of nodes without an edge, or all if there are fewer: (M, 2).

        They are the same for every seed.
        """
        edges = self.graph.edges
        free = num_pairs(self.graph) - int((edges.source != edges.target).sum())
        generator = np.random.default_rng([SEED, SPLITS.index(split)])
        return self.both_ways(non_edges(self.graph, min(free, len(self.edges[split].source)), generator))

    def both_ways(self, pairs: Ints) -> Ints:
        """Return pairs (M, 2), those of an undirected graph in both directions."""
        other = pairs[:, 0] != pairs[:, 1]
        return pairs if self.graph.directed else np.concatenate([pairs, pairs[other][:, ::-1]])


def divide(graph: Graph, *, val: float, test: float, hold_out: HoldOut) -> Division:
    """Return a graph with random held-out edges; those for testing do not depend on the seed.

    val, test: fractions for validation, of the edges that are not for testing, and for testing. With test=0 the network
    learns from all other edges, and the test split has the edges of the training split.
    Raises UserError for too few edges.
    """
    count = len(graph.edges.source)
    if count < 2 + (val > 0) + (test > 0):
        edges = "1 edge is" if count == 1 else f"{count} edges are"
        raise UserError(f"{edges} too few for data.val={val} and data.test={test}")
    rest, held = random_split(count, count_of(test, count), 0)
    train, chosen = hold_out(len(rest), count_of(val, len(rest)))
    rows = {"train": rest[train], "val": rest[chosen], "test": held if test else rest[train]}
    parts = {name: graph.edges.subset(part.numpy()) for name, part in rows.items() if len(part)}
    return Division(graph, graph.with_edges(parts["train"]), parts)
