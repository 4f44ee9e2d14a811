"""The picture of the nodes of a graph: for which networks and data it is, and which nodes it shows."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from nnzoo.callbacks.pictures import graphs
from nnzoo.callbacks.pictures.graphs import GRAPH
from nnzoo.data.graphs.classic import Karate, LesMiserables
from nnzoo.graphs.graph import Graph
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.mlp import MLP
from torch import nn


def examples(model: nn.Module, graph: Graph | None) -> Any:
    return SimpleNamespace(net=SimpleNamespace(model=model), loader=SimpleNamespace(graph=graph))


def factors(nodes: int, rank: int = 5) -> MatrixFactorization:
    return MatrixFactorization(num_users=nodes + 1, num_items=nodes + 1, rank=rank)


def test_loaders_know_the_graph() -> None:
    data = Karate()
    assert data.eval_loader("val").graph is data.graph


@pytest.mark.parametrize(
    ("model", "graph", "applies"),
    [
        (factors(34), Karate().graph, True),
        (factors(34), None, False),
        (factors(34, 0), Karate().graph, False),  # without vectors
        (factors(34, 1), Karate().graph, False),  # one number a node
        (factors(30), Karate().graph, False),
        (MLP(in_features=34, out_features=2), Karate().graph, False),
    ],
)
def test_applies_to_a_graph_with_vectors(model: nn.Module, graph: Graph | None, applies: bool) -> None:
    assert GRAPH.applies(examples(model, graph)) == applies


def test_at_most_so_many_nodes_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "MOST", 20)
    drawn: list[Any] = []
    monkeypatch.setattr(graphs, "plot_graph", lambda *args: (drawn.extend(args), SimpleNamespace(suptitle=print))[1])
    graph = LesMiserables().graph
    GRAPH.draw(examples(factors(77), graph))
    maps, edges, target, _ = drawn
    assert [len(points) for points in maps.values()] == [20, 20]
    assert edges.min() >= 0
    assert edges.max() < 20
    assert 0 < len(edges) < 254
    assert target is None


def test_a_node_without_a_class_leaves_the_others_their_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []
    monkeypatch.setattr(graphs, "plot_graph", lambda *args: (drawn.extend(args), SimpleNamespace(suptitle=print))[1])
    graph = Karate().graph
    classes = graph.classes.copy()
    classes[3] = -1
    GRAPH.draw(examples(factors(34), replace(graph, classes=classes)))
    maps, _, target, names = drawn
    assert names == (*graph.class_names, "no class")
    assert target.tolist() == [2 if k == 3 else each for k, each in enumerate(graph.classes.tolist())]
    assert all("1-NN accuracy" in title for title in maps)


def test_titles_state_how_well_neighbours_predict_the_class() -> None:
    graph, model = Karate().graph, factors(34, 2)
    model.user_vectors.weight.data = (
        torch.from_numpy(graph.classes)[:, None] * torch.tensor([5.0, 1]) + torch.randn(34, 2) / 9
    )
    titles = [ax.get_title() for ax in GRAPH.draw(examples(model, graph)).axes]
    assert titles[0] == "PCA\n1-NN accuracy 1.000"
