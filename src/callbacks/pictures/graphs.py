"""Picture of the nodes of a graph by their vectors.

Shapes: N nodes.
"""

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from ...analysis.codes.maps import principal_components, tsne
from ...analysis.codes.neighbours import NEIGHBOURS, leave_one_out
from ...errors import UserError
from ...figures.points.graph import plot_graph
from .base import Picture
from .examples import Examples
from .maps import FEWEST, MANY

MOST = 1000  # nodes


def has_node_vectors(examples: Examples) -> bool:
    """Return whether the data is a graph of at least ten nodes, and the network has a vector for each of them."""
    graph = examples.loader.graph
    if graph is None or graph.num_nodes < FEWEST:
        return False
    vectors = node_vectors(examples)
    return vectors is not None and len(vectors) == graph.num_nodes and vectors.shape[1] > 1


def node_vectors(examples: Examples) -> Tensor | None:
    """Return the input vectors of a network (N, F), None if it has none."""
    model: Any = getattr(examples.net, "model", None)
    if not hasattr(model, "vectors"):
        return None
    try:
        found: Tensor = model.vectors("input")
    except UserError:
        return None
    return found.detach().float().cpu()


def draw_graph(examples: Examples) -> Figure:
    """Draw principal components and t-SNE of the vectors of nodes with an edge, at most 1000 nodes, with their edges.

    Titles state how well the five nearest neighbours in the map, with fewer than 50 nodes the nearest one, predict the
    class of a node; the classes are not known to the network.
    """
    graph, vectors = examples.loader.graph, node_vectors(examples)
    assert vectors is not None
    linked = np.setdiff1d(np.arange(graph.num_nodes), graph.isolated)
    shown = linked[np.linspace(0, len(linked) - 1, min(len(linked), MOST)).round().astype(np.int64)]
    place = np.full(graph.num_nodes, -1)
    place[shown] = np.arange(len(shown))
    edges = np.stack([place[graph.edges.source], place[graph.edges.target]], 1)
    chosen = vectors[torch.from_numpy(shown)]
    maps = {"PCA": principal_components(chosen), "t-SNE": tsne(chosen)}
    target, names = None, graph.class_names
    if graph.classes is not None:
        target = torch.from_numpy(graph.classes[shown])
        known = target >= 0
        count = NEIGHBOURS if len(shown) >= MANY else 1
        if known.sum() > count:
            maps = {
                f"{name}\n{count}-NN accuracy {leave_one_out(points[known], target[known], count):.3f}": points
                for name, points in maps.items()
            }
        if not known.all():
            target, names = target.where(known, len(names)), (*names, "no class")
    figure = plot_graph(maps, torch.from_numpy(edges[(edges >= 0).all(1)]), target, names)
    figure.suptitle(f"vectors of {len(shown)} nodes in two dimensions")
    return figure


GRAPH = Picture("graph", has_node_vectors, draw_graph, "weights", slow=True)
