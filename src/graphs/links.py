"""Pairs of nodes without an edge. Shapes: n nodes."""

import numpy as np

from ..errors import UserError
from .graph import Graph, Ints


def num_pairs(graph: Graph) -> int:
    """Return the number of pairs of different nodes, of a directed graph in both directions."""
    n = graph.num_nodes
    return n * (n - 1) // (1 if graph.directed else 2)


def non_edges(graph: Graph, count: int, generator: np.random.Generator) -> Ints:
    """Return random different pairs of different nodes without an edge, all with the same probability: (count, 2).

    In an undirected graph, the first node has the smaller number. Raises UserError if there are fewer such pairs.
    """
    ends = graph.edges
    other = ends.source != ends.target
    taken = np.sort(pair_numbers(graph, ends.source[other], ends.target[other]))
    free = num_pairs(graph) - len(taken)
    if count > free:
        raise UserError(f"the graph has {free} pairs of nodes without an edge; {count} are needed")
    rank = generator.choice(free, size=count, replace=False)
    before = np.searchsorted(taken - np.arange(len(taken)), rank, side="right")  # edges before the pair of this rank
    return np.stack(nodes_of_pairs(graph, rank + before), 1)


def pair_numbers(graph: Graph, source: Ints, target: Ints) -> Ints:
    """Return the places of pairs of nodes in a list of all pairs, sorted by the first node, then by the second."""
    n = graph.num_nodes
    if graph.directed:
        return source * (n - 1) + target - (target > source)
    return row_starts(graph)[source] + target - source - 1


def nodes_of_pairs(graph: Graph, places: Ints) -> tuple[Ints, Ints]:
    """Return the nodes of pairs: the inverse of `pair_numbers`."""
    n = graph.num_nodes
    if graph.directed:
        source, rest = np.divmod(places, n - 1)
        return source, rest + (rest >= source)
    starts = row_starts(graph)
    source = np.searchsorted(starts, places, side="right") - 1
    return source, places - starts[source] + source + 1


def row_starts(graph: Graph) -> Ints:
    """Return the number of pairs of an undirected graph before those of each node, except the last: (n - 1,)."""
    nodes = np.arange(max(graph.num_nodes - 1, 1))
    return nodes * graph.num_nodes - nodes * (nodes + 1) // 2
