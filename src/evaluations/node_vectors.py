"""Vectors of the nodes of a graph.

Shapes: n nodes, d numbers of a vector.
"""

import torch

from ..card import VectorKind
from ..data.base import Data
from ..data.graphs.base import GraphData
from ..data.graphs.layouts import RowLayout, as_table
from ..errors import UserError
from ..graphs.graph import Floats, Graph
from ..tasks.base import Task


def graph_of(data: Data, name: str) -> Graph:
    """Return the graph of a data set; name: of the evaluation. Raises UserError for other data."""
    if not isinstance(data, GraphData):
        raise UserError(f"{name} needs a graph: data=graph, data=karate or another graph, not {type(data).__name__}")
    return data.graph


def node_vectors(task: Task, data: GraphData, which: VectorKind) -> Floats:
    """Return the vectors of all nodes (n, d), float64: those of a network with `vectors`, else the codes of the rows.

    Raises UserError for networks without vectors or codes, and for vectors that the network does not have: with a
    hierarchical softmax, the output vectors are those of the inner nodes of its tree.
    """
    model = task.net.model
    if hasattr(model, "vectors"):
        found = model.vectors(which)  # type: ignore[operator]
        if len(found) != data.graph.num_nodes:
            raise UserError(
                f"{type(model).__name__} has {len(found)} {which} vectors, the graph {data.graph.num_nodes} nodes; "
                "a loss with a tree over the nodes has no output vectors of nodes"
            )
    elif isinstance(data.layout, RowLayout) and hasattr(model, "encode"):
        if which != "input":
            raise UserError(f"{type(model).__name__} has a code for each node and no vectors '{which}'")
        rows = as_table(data.layout.graph).to(task.device)
        found = torch.cat([task.net.encode(data.transforms(part)) for part in rows.split(1000)])  # type: ignore[operator]
    else:
        raise UserError(f"{type(model).__name__} has no vectors of nodes")
    return found.detach().flatten(1).double().cpu().numpy()
