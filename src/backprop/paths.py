"""Derivatives in an acyclic graph from local derivatives: as sums over paths, and by dynamic programming.

`edges[i][j]` is the local derivative z(i, j) = dy(j)/dy(i) of node j with respect to node i, a number or an array with
one number per example. Aggarwal 1.3, 3.2.1-3.2.2.
"""

from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from itertools import pairwise
from typing import Any

Edges = Mapping[str, Mapping[str, Any]]


def paths(edges: Edges, source: str, target: str) -> Iterator[tuple[str, ...]]:
    """Yield every path from one node to another; the number of paths may be exponential in their length."""
    if source == target:
        yield (target,)
        return
    for node in edges.get(source, ()):
        for rest in paths(edges, node, target):
            yield (source, *rest)


def path_sum(edges: Edges, source: str, target: str) -> Any:
    """Return dy(target)/dy(source): the sum over all paths of the product along each path. Aggarwal lemma 3.2.1."""
    total: Any = 0.0
    for path in paths(edges, source, target):
        product: Any = 1.0
        for i, j in pairwise(path):
            product = product * edges[i][j]
        total = total + product
    return total


def accumulate(edges: Edges, seeds: Mapping[str, Any]) -> dict[str, Any]:
    """Return S(i) = seed(i) + sum_j z(i, j) S(j) for every node, using each edge once. Aggarwal eq. 3.8, 3.26.

    seeds: the direct derivatives dL/dy(i) at the nodes, output or hidden, that the loss L directly depends on. With a
    seed of 1 at one node, S(i) is the derivative of that node with respect to i. Raises ValueError if the graph has a
    cycle.
    """
    found: dict[str, Any] = {}
    for node in TopologicalSorter({i: tuple(js) for i, js in edges.items()}).static_order():  # successors first
        found[node] = seeds.get(node, 0.0)
        for successor, local in edges.get(node, {}).items():
            found[node] = found[node] + local * found[successor]
    return found
