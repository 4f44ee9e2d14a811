"""Sampling of edges, and of nodes that are not their neighbours, for training.

Shapes: n nodes, N edges, k negatives for each, M examples.
"""

from typing import Literal, NamedTuple, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...errors import UserError, unknown
from ...graphs.graph import Graph, Ints
from ...graphs.walks import edge_ids
from ...spec import Batch

NegativesFrom = Literal["nodes", "non_edges"]
NEGATIVES = 1  # so that negatives and edges of one seed have different random numbers
ROUNDS = 10  # of rejection sampling, before the probabilities of the remaining negatives are computed


def codes(nodes: Ints) -> Tensor:
    """Return the codes of nodes as inputs of the network: their number plus 1, since 0 stands for unknown nodes."""
    return torch.from_numpy(nodes + 1)


def draw_edges(graph: Graph, seed: int, epoch: int) -> Ints:
    """Return as many edges as the graph has, of an undirected graph in both directions, as node numbers: (N, 2)."""
    return edge_ids(graph, count=graph.adjacency.nnz, seed=seed, epoch=epoch)


class EdgeSampler:
    """Edges (i, j) drawn in proportion to their weights, as examples: x (N, 1) the code of i, y (N,) the number of j.

    as_context: y is (N, 1) instead, the only neighbour of i. Aggarwal 2.7.1, 2.7.2.
    """

    def __init__(self, graph: Graph, *, as_context: bool) -> None:
        self.graph = graph
        self.as_context = as_context

    def examples(self, seed: int, epoch: int) -> Batch:
        """Return the examples of an epoch."""
        return self.of(draw_edges(self.graph, seed, epoch))

    def of(self, edges: Ints) -> Batch:
        """Return edges (N, 2) as examples."""
        y = torch.from_numpy(edges[:, 1:].copy())
        return Batch(codes(edges[:, :1]), y if self.as_context else y[:, 0])


class PairOptions(NamedTuple):
    """Negatives of edges.

    negatives: k, their number for each edge (i, j), with the same i and a node drawn in proportion to its weighted
    degree (of incoming edges) to the power of `power`. negatives_from: nodes: all nodes, so that a negative may be an
    edge, as in word2vec; non_edges: nodes to which no edge leads from i, without i.
    """

    negatives: int = 5
    negatives_from: NegativesFrom = "nodes"
    power: float = 1.0

    def check(self) -> None:
        """Raise UserError for values out of range."""
        if self.negatives < 1:
            raise UserError(f"data.negatives is {self.negatives}; it must be at least 1: edges alone teach nothing")
        if self.negatives_from not in get_args(NegativesFrom):
            raise unknown("data.negatives_from", self.negatives_from, get_args(NegativesFrom))
        if not 0 <= self.power < float("inf"):
            raise UserError(f"data.power is {self.power}; it must be at least 0 and finite")


class PairSampler:
    """Drawn edges with negatives: x (M, 2) the codes of two nodes, y (M, 1): 1 for an edge and 0 for a negative.

    Raises UserError for options out of range, and with negatives_from="non_edges" if a node has an edge to every other
    node. Source: Aggarwal 2.7.1, with power 1.
    """

    def __init__(self, graph: Graph, options: PairOptions) -> None:
        options.check()
        self.graph = graph
        self.options = options
        reached = graph.in_weights > 0
        self.weights = graph.in_weights**options.power * reached  # 0 ** 0 is 1
        self.cumulative = np.cumsum(self.weights) / self.weights.sum()
        if options.negatives_from == "non_edges":
            self.check()

    def check(self) -> None:
        """Raise UserError if a node with edges has no negatives."""
        graph = self.graph
        reached = (self.weights > 0).astype(np.int64)
        itself = reached * (graph.adjacency.diagonal() == 0)
        free = reached.sum() - (graph.adjacency > 0).astype(np.int64) @ reached - itself
        full = np.flatnonzero((free == 0) & (graph.degrees > 0))
        if len(full):
            raise UserError(
                f"node '{graph.names[full[0]]}' has an edge to every other node with edges, so that it has no "
                "negatives; set data.negatives_from=nodes"
            )

    def examples(self, seed: int, epoch: int) -> Batch:
        """Return the edges of an epoch, then their negatives."""
        edges = draw_edges(self.graph, seed, epoch)
        generator = np.random.default_rng([seed, epoch, NEGATIVES])
        source = np.repeat(edges[:, 0], self.options.negatives)
        pairs = np.concatenate([edges, np.stack([source, self.negatives(source, generator)], 1)])
        y = torch.zeros(len(pairs), 1)
        y[: len(edges)] = 1
        return Batch(codes(pairs), y)

    def negatives(self, source: Ints, generator: np.random.Generator) -> Ints:
        """Return a negative for each node of `source`."""
        found: Ints = self.by_degree(len(source), generator)
        if self.options.negatives_from == "nodes":
            return found
        wrong = np.flatnonzero(self.excluded(source, found))
        for _ in range(ROUNDS):
            found[wrong] = self.by_degree(len(wrong), generator)
            wrong = wrong[self.excluded(source[wrong], found[wrong])]
        for node in np.unique(source[wrong]):
            rows = wrong[source[wrong] == node]
            every = np.arange(self.graph.num_nodes)
            allowed = self.weights * ~self.excluded(np.full(len(every), node), every)
            found[rows] = generator.choice(every, size=len(rows), p=allowed / allowed.sum())
        return found

    def by_degree(self, count: int, generator: np.random.Generator) -> Ints:
        """Return nodes drawn in proportion to the powers of their degrees."""
        return np.searchsorted(self.cumulative, generator.random(count), side="right").clip(max=len(self.weights) - 1)

    def excluded(self, source: Ints, target: Ints) -> NDArray[np.bool_]:
        """Return which pairs are no negatives: edges, and a node with itself."""
        return self.graph.has_edges(source, target) | (source == target)
