"""Reading of GraphML files and of the graphs of NetworkX."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import numpy as np

from ..errors import UserError, unknown
from .edge_lists import check_weight
from .graph import Edges

WEIGHT = "weight"  # attribute of edges


class Attributed(NamedTuple):
    """A graph with the attributes of its nodes.

    names: of the nodes; has_weights: whether some edge has the attribute `weight`; others then have weight 1;
    attributes: of each node.
    """

    names: list[str]
    edges: Edges
    directed: bool
    has_weights: bool
    attributes: list[dict[str, Any]]

    def labels(self, attribute: str) -> list[Any]:
        """Return an attribute of all nodes, None where it is missing. Raises UserError if no node has it."""
        known = dict.fromkeys(name for each in self.attributes for name in each)
        if attribute not in known:
            if not known:
                raise UserError(f"the nodes have no attributes, and there is no file '{attribute}' with their classes")
            raise unknown("attribute of the nodes", attribute, known)
        return [each.get(attribute) for each in self.attributes]


def read_graphml(path: Path) -> Attributed:
    """Return the graph of a GraphML file. Raises UserError for other files and weights that are not above 0."""
    try:
        graph = nx.read_graphml(path)
    except Exception as error:  # the parser and NetworkX raise many kinds
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise UserError(f"{path} is not a GraphML file: {reason}") from None
    return from_networkx(graph, str(path))


def from_networkx(graph: "nx.Graph[Hashable]", source: str) -> Attributed:
    """Return a graph of NetworkX; source: for messages. Raises UserError for weights that are not above 0."""
    nodes = [*graph.nodes]
    place = {node: number for number, node in enumerate(nodes)}
    ends, weights, has_weights = [], [], False
    for first, second, attributes in graph.edges(data=True):
        has_weights |= WEIGHT in attributes
        weight = number_of(attributes.get(WEIGHT, 1), f"{source}: edge from {first} to {second}")
        ends.append((place[first], place[second]))
        weights.append(weight)
    source_of, target_of = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    return Attributed(
        [str(node) for node in nodes],
        Edges(source_of, target_of, np.array(weights, dtype=np.float64)),
        graph.is_directed(),
        has_weights,
        [dict(graph.nodes[node]) for node in nodes],
    )


def number_of(value: Any, where: str) -> float:
    """Return a weight. Raises UserError unless it is a finite number above 0."""
    try:
        weight = float(value)
    except (TypeError, ValueError):
        raise UserError(f"{where}: the weight '{value}' is not a number") from None
    check_weight(weight, where)
    return weight
