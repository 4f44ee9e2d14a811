"""Random walks on graphs: uniform, weighted and second-order.

Source: Perozzi et al., DeepWalk, 2014; Grover and Leskovec, node2vec, 2016, section 3.2; Aggarwal 2.7.3, which calls
them depth-first and breadth-first walks.

Shapes: n nodes, m entries of the adjacency matrix, N walks of up to L nodes, W walks that go on.
"""

import math
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from .graph import Floats, Graph, Ints

BLOCK = 1 << 15  # walks that are sampled together, which fit into the processor's cache
ROUNDS = 8  # of rejection sampling, before the probabilities of the remaining steps are computed
EXPANDED = 1 << 22  # neighbours whose probabilities are computed together
WALKS, EDGES = 1, 2  # so that walks and edges of one seed have different random numbers
Generator = np.random.Generator


class Steps:
    """Random steps from a node to one of its neighbours, in proportion to the weight of the edge.

    A node has neighbours only along the edges that start there.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.starts = graph.adjacency.indptr.astype(np.int64)
        self.neighbours = graph.adjacency.indices.astype(np.int64)
        self.weights = graph.adjacency.data
        self.is_weighted = graph.is_weighted

    @cached_property
    def cumulative(self) -> Floats:
        """The row of each entry plus the share of the weight of the row up to the entry: (m,), ascending.

        In this form weights of rows of different sizes do not lose digits to each other.
        """
        degrees = self.graph.degrees
        rows = np.repeat(np.arange(len(degrees)), degrees)
        shares = self.weights / self.totals[rows]
        total = np.cumsum(shares)
        before = np.concatenate([[0.0], total])[self.starts[:-1]]
        return rows + (total - before[rows]).clip(0, 1)

    @cached_property
    def totals(self) -> Floats:
        """The sum of the weights of the edges from each node: (n,)."""
        return np.asarray(self.graph.adjacency.sum(1), dtype=np.float64)

    def entries(self, current: Ints, generator: Generator) -> Ints:
        """Return random entries of the adjacency matrix, one from each of the nodes `current`, which have edges."""
        first, last = self.starts[current], self.starts[current + 1] - 1
        draw = generator.random(len(current))
        if not self.is_weighted:
            return first + (draw * (last - first + 1)).astype(np.int64)
        return np.searchsorted(self.cumulative, current + draw, side="right").clip(first, last)

    def sample(self, current: Ints, generator: Generator) -> Ints:
        """Return a random neighbour of each of the nodes `current`, which have edges: (W,)."""
        return self.neighbours[self.entries(current, generator)]


class SecondOrderSteps:
    """Random steps of node2vec, which depend on the previous node, too.

    The step from the previous node t over v to x has a probability in proportion to w_vx / p for x = t, to w_vx for an
    edge from t to x, and else to w_vx / q.
    """

    def __init__(self, steps: Steps, p: float, q: float) -> None:
        self.steps = steps
        self.p = p
        self.q = q
        self.bound = max(1.0, 1 / q)  # of the bias, except for the way back

    def biases(self, previous: Ints, following: Ints) -> Floats:
        """Return 1/p, 1 or 1/q for each pair of nodes t and x."""
        near = self.steps.graph.has_edges(previous, following)
        return np.where(following == previous, 1 / self.p, np.where(near, 1.0, 1 / self.q))

    def sample(self, previous: Ints, current: Ints, generator: Generator) -> Ints:
        """Return a random neighbour of each of the nodes `current`: (W,).

        Rejection sampling: a neighbour drawn by weight is accepted with probability bias / bound. The way back, whose
        bias may be above the bound, has a part of the probability of its own.
        """
        following = np.empty_like(current)
        open_ = np.arange(len(current))
        steps = self.steps
        excess = max(0.0, 1 / self.p - self.bound)
        back = np.zeros(len(current))
        if excess:
            place = steps.graph.entries(current, previous)
            back = np.where(place >= 0, steps.weights[place], 0.0) * excess
            back /= back + steps.totals[current] * self.bound
        for _ in range(ROUNDS):
            if not len(open_):
                return following
            before, here = previous[open_], current[open_]
            found = steps.sample(here, generator)
            bias = np.minimum(self.biases(before, found), self.bound)
            returns = generator.random(len(here)) < back[open_]
            accepted = returns | (generator.random(len(here)) * self.bound < bias)
            following[open_] = np.where(returns, before, found)
            open_ = open_[~accepted]
        for part in self.parts(current[open_]):
            chosen = open_[part]
            following[chosen] = self.sample_exactly(previous[chosen], current[chosen], generator)
        return following

    def parts(self, current: Ints) -> list[slice]:
        """Return slices of the walks whose nodes have at most about EXPANDED neighbours together."""
        ends = np.cumsum(self.steps.graph.degrees[current])
        if not len(ends):
            return []
        cuts = np.searchsorted(ends, np.arange(EXPANDED, ends[-1], EXPANDED)) + 1
        edges = np.unique(np.concatenate([[0], cuts, [len(current)]])).tolist()
        return [slice(a, b) for a, b in pairwise(edges)]

    def sample_exactly(self, previous: Ints, current: Ints, generator: Generator) -> Ints:
        """Return a random neighbour of each node from the probabilities of all its neighbours: (W,)."""
        degrees = self.steps.graph.degrees[current]
        ends = np.cumsum(degrees)
        walk = np.repeat(np.arange(len(current)), degrees)
        entry = np.arange(ends[-1]) - np.repeat(ends - degrees, degrees) + self.steps.starts[current][walk]
        weights = self.steps.weights[entry] * self.biases(previous[walk], self.steps.neighbours[entry])
        shares = weights / np.add.reduceat(weights, ends - degrees)[walk]
        draw = np.arange(len(current)) + generator.random(len(current))  # in units of whole walks
        place = np.searchsorted(np.cumsum(shares), draw, side="right").clip(ends - degrees, ends - 1)
        return self.steps.neighbours[entry[place]]


def transition_probabilities(graph: Graph, previous: int | None, current: int, *, p: float, q: float) -> Floats:
    """Return the probability of each node to follow the nodes `previous` and `current` of a walk: (n,).

    previous: None at the start of a walk. All are 0 if no edge starts at `current`, which ends a walk.
    """
    check_bias(p, q)
    row = np.zeros(graph.num_nodes)
    begin, end = graph.adjacency.indptr[current : current + 2]
    following = graph.adjacency.indices[begin:end].astype(np.int64)
    row[following] = graph.adjacency.data[begin:end]
    if previous is not None:
        steps = SecondOrderSteps(Steps(graph), p, q)
        row[following] *= steps.biases(np.full(len(following), previous), following)
    total = row.sum()
    return row / total if total else row


def walk_ids(
    graph: Graph, *, walks: int, length: int, p: float = 1.0, q: float = 1.0, seed: int = 0, epoch: int = 0
) -> Ints:
    """Return walks as node numbers, -1 after the end of a walk: (walks * n, length). Functions of (seed, epoch).

    Row k n + i is walk k from node i. A walk ends early at a node from which no edge starts; that of an isolated node
    is the node alone. p, q: return and in-out parameter of node2vec; with p = q = 1 the walks are those of DeepWalk.
    Raises UserError for fewer than one walk, fewer than two nodes, and p or q that is not above 0.
    """
    check_bias(p, q)
    for name, value, least in (("walks", walks, 1), ("length", length, 2)):
        if value < least:
            raise UserError(f"{name} is {value}; it must be at least {least}")
    steps = Steps(graph)
    second = None if p == q == 1 else SecondOrderSteps(steps, p, q)
    generator = np.random.default_rng([seed, epoch, WALKS])
    starts = np.tile(np.arange(graph.num_nodes), walks)
    found = np.full((len(starts), length), -1)
    for begin in range(0, len(starts), BLOCK):
        found[begin : begin + BLOCK] = sample_walks(starts[begin : begin + BLOCK], length, steps, second, generator)
    return found


def sample_walks(
    starts: Ints, length: int, steps: Steps, second: SecondOrderSteps | None, generator: Generator
) -> Ints:
    """Return a walk from each node of `starts`: (N, L). second: the steps after the first one, None for `steps`."""
    found = np.full((length, len(starts)), -1)  # step by step, so that a step is one piece of memory
    found[0] = starts
    ends = steps.graph.degrees == 0
    has_ends = bool(ends.any())
    rows: Ints | slice = slice(None)
    for step in range(1, length):
        if has_ends:
            rows = np.flatnonzero((found[step - 1] >= 0) & ~ends[found[step - 1]])
            if not len(rows):
                break
        current = found[step - 1, rows]
        if second is None or step == 1:
            found[step, rows] = steps.sample(current, generator)
        else:
            found[step, rows] = second.sample(found[step - 2, rows], current, generator)
    return found.T


def edge_ids(graph: Graph, *, count: int | None = None, seed: int = 0, epoch: int = 0) -> Ints:
    """Return edges drawn in proportion to their weights, as walks of two nodes: (count, 2). Functions of (seed, epoch).

    An undirected edge has either direction with the same probability. count: default the number of edges.
    Source: Aggarwal 2.7.1. Raises UserError for fewer than one edge.
    """
    count = len(graph.edges.source) if count is None else count
    if count < 1:
        raise UserError(f"count is {count}; it must be at least 1")
    generator = np.random.default_rng([seed, epoch, EDGES])
    entries: NDArray[np.integer]
    if graph.is_weighted:
        total = np.cumsum(graph.adjacency.data)
        entries = np.searchsorted(total, generator.random(count) * total[-1], side="right").clip(max=len(total) - 1)
    else:
        entries = generator.integers(graph.adjacency.nnz, size=count)
    rows = np.repeat(np.arange(graph.num_nodes), graph.degrees)
    return np.stack([rows[entries], graph.adjacency.indices[entries].astype(np.int64)], 1)


def check_bias(p: float, q: float) -> None:
    """Raise UserError for a return or in-out parameter that is not above 0."""
    for name, value in (("p", p), ("q", q)):
        if not 0 < value < math.inf:
            raise UserError(f"{name} is {value}; it must be above 0 and finite")
