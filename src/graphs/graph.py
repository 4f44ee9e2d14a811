"""A graph with weighted edges, and its construction from a list of edges.

Shapes: n nodes, m edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ..errors import UserError, join_names
from ..formatting import format_count

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
SelfLoops = Literal["drop", "keep"]
MENTIONED = 5  # names of isolated nodes in the summary


class Edges(NamedTuple):
    """Edges by their ends: int64 (m,) each, and weights, float64 (m,)."""

    source: Ints
    target: Ints
    weight: Floats

    def subset(self, rows: "Ints | NDArray[np.bool_]") -> "Edges":
        """Return some of the edges, by number or by a mask."""
        return Edges(self.source[rows], self.target[rows], self.weight[rows])


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A graph. An undirected edge is in the adjacency matrix twice, a self-loop once.

    names: of the n nodes; adjacency: weights above 0 (n, n), row i with the edges from node i, columns sorted;
    directed: whether the edge from i to j differs from that from j to i; classes: int64 (n,), -1 where unknown, None if
    the graph has none; class_names: names of the classes; notes: what was changed when the graph was read.
    """

    names: tuple[str, ...]
    adjacency: csr_array
    directed: bool = False
    classes: Ints | None = None
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def num_nodes(self) -> int:
        """The number of nodes."""
        return len(self.names)

    @cached_property
    def edges(self) -> Edges:
        """Every edge once, sorted by its ends; of an undirected edge the end with the smaller number is the source."""
        every = self.adjacency.tocoo()
        source, target = (ends.astype(np.int64) for ends in every.coords)
        kept = np.ones(len(source), dtype=np.bool_) if self.directed else source <= target
        return Edges(source, target, every.data).subset(kept)

    @property
    def is_weighted(self) -> bool:
        """Whether some weight is not 1."""
        return bool((self.adjacency.data != 1).any())

    @cached_property
    def degrees(self) -> Ints:
        """The number of edges from each node: (n,)."""
        return np.diff(self.adjacency.indptr).astype(np.int64)

    @cached_property
    def in_weights(self) -> Floats:
        """The sum of the weights of the edges to each node, its weighted degree if the graph is undirected: (n,)."""
        return np.asarray(self.adjacency.sum(0), dtype=np.float64)

    @cached_property
    def isolated(self) -> Ints:
        """The nodes without an edge to or from another node."""
        ends = self.edges
        linked = np.zeros(self.num_nodes, dtype=np.bool_)
        other = ends.source != ends.target
        linked[ends.source[other]] = linked[ends.target[other]] = True
        return np.flatnonzero(~linked)

    @cached_property
    def keys(self) -> Ints:
        """The entries i n + j of the adjacency matrix, sorted, for `has_edges`."""
        rows = np.repeat(np.arange(self.num_nodes), self.degrees)
        return rows * self.num_nodes + self.adjacency.indices

    def entries(self, source: Ints, target: Ints) -> Ints:
        """Return the place of edges in the entries of the adjacency matrix, -1 for pairs without an edge."""
        wanted = source * self.num_nodes + target
        if not len(self.keys):
            return np.full(wanted.shape, -1)
        place = np.searchsorted(self.keys, wanted).clip(max=len(self.keys) - 1)
        return np.where(self.keys[place] == wanted, place, -1)

    def has_edges(self, source: Ints, target: Ints) -> NDArray[np.bool_]:
        """Return whether there is an edge from each source to its target."""
        return self.entries(source, target) >= 0

    def with_edges(self, edges: Edges) -> "Graph":
        """Return the graph of the same nodes with other edges, each of them given once."""
        return replace(self, adjacency=matrix(edges, self.num_nodes, self.directed))

    def unweighted(self) -> "Graph":
        """Return the graph with all weights 1."""
        return self.with_edges(self.edges._replace(weight=np.ones(len(self.edges.weight))))

    def summary(self) -> str:
        """Return the sizes, isolated nodes and changes in one line."""
        weights = self.adjacency.data
        words = [
            f"{self.num_nodes} nodes",
            format_count(len(self.edges.source), "directed edge" if self.directed else "undirected edge"),
            f"weights {weights.min():g} to {weights.max():g}" if self.is_weighted else "weights 1",
        ]
        if self.classes is not None:
            known = int((self.classes >= 0).sum())
            classes = len(self.class_names)
            words.append(f"{classes} class{'es' * (classes != 1)} of {format_count(known, 'node')}")
        if count := len(self.isolated):
            names = join_names([self.names[k] for k in self.isolated[:MENTIONED]])
            words.append(f"{count} isolated: {names}{' ...' if count > MENTIONED else ''}")
        return ", ".join([*words, *self.notes])


def matrix(edges: Edges, n: int, directed: bool) -> csr_array:
    """Return the adjacency matrix of edges; the weights of an edge that is given several times add up."""
    source, target, weight = edges
    if not directed:
        other = source != target
        source, target, weight = (
            np.concatenate([source, target[other]]),
            np.concatenate([target, source[other]]),
            np.concatenate([weight, weight[other]]),
        )
    found = csr_array((weight, (source, target)), shape=(n, n), dtype=np.float64)
    found.sum_duplicates()
    return found


def make_graph(
    names: Sequence[str],
    edges: Edges,
    *,
    directed: bool = False,
    weighted: bool = True,
    self_loops: SelfLoops = "drop",
    source: str = "the graph",
) -> Graph:
    """Return the graph of a list of edges, with notes about self-loops and edges that are given several times.

    weighted: False sets all weights to 1; otherwise the weights of an edge that is given several times add up. An
    undirected edge may be given in either direction. self_loops: drop edges from a node to itself, or keep them.
    source: for messages.
    Raises UserError if no edge between two nodes remains, and if the sum of weights is infinite.
    """
    notes = []
    loops = edges.source == edges.target
    if count := int(loops.sum()):
        notes.append(f"{format_count(count, 'self-loop')} {'dropped' if self_loops == 'drop' else 'kept'}")
    if self_loops == "drop":
        edges = edges.subset(~loops)
    if loops.all():
        raise UserError(f"{source} has no edge between two nodes")
    graph = Graph(names=tuple(names), adjacency=matrix(edges, len(names), directed), directed=directed)
    if weighted and not np.isfinite(graph.adjacency.data.sum()):
        raise UserError(f"{source}: the sum of the weights is not finite; scale them, or set data.weighted=false")
    if repeated := len(edges.source) - len(graph.edges.source):
        notes.append(
            f"{format_count(repeated, 'line')} repeat{'s' * (repeated == 1)} an edge, "
            f"{'whose weights add up' if weighted else 'which counts once'}"
        )
    graph = replace(graph, notes=tuple(notes))
    return graph if weighted else graph.unweighted()


def with_classes(graph: Graph, labels: Sequence[Any]) -> Graph:
    """Return the graph with the classes of its nodes; labels: (n,), None where unknown.

    Classes are numbered in the order of their names, integers by value.
    """
    known = {str(label) for label in labels if label is not None}
    numeric = all(name.isdecimal() for name in known)
    order = sorted(known, key=lambda name: (int(name), name) if numeric else (0, name))
    place = {name: number for number, name in enumerate(order)}
    classes = np.array([-1 if label is None else place[str(label)] for label in labels], dtype=np.int64)
    return replace(graph, classes=classes, class_names=tuple(order))
