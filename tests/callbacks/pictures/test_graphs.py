"""The picture of the nodes of a graph: for which networks and data it is, and which nodes it shows."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from nnzoo.callbacks.pictures import graphs
from nnzoo.callbacks.pictures.graphs import GRAPH
from nnzoo.data.graphs.classic import Karate, LesMiserables
from nnzoo.graphs.graph import Graph
from nnzoo.models.matrix_factorization import MatrixFactorization
from nnzoo.models.mlp import MLP
from scipy.sparse import csr_array
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


def drawn_with(monkeypatch: pytest.MonkeyPatch, graph: Graph, model: nn.Module) -> list[Any]:
    """Return what is drawn for a graph, and the title."""
    found: list[Any] = []
    monkeypatch.setattr(graphs, "tsne", lambda vectors: vectors[:, :2])
    monkeypatch.setattr(
        graphs, "plot_graph", lambda *given: (found.extend(given), SimpleNamespace(suptitle=found.append))[1]
    )
    GRAPH.draw(examples(model, graph))
    return found


def path(nodes: int, *, isolated: int = 0, classes: Any = None) -> Graph:
    """Return a path through all nodes but some isolated ones in the middle, after the first node."""
    inner = [0, *range(1 + isolated, nodes)]
    adjacency = np.zeros((nodes, nodes))
    adjacency[inner[:-1], inner[1:]] = adjacency[inner[1:], inner[:-1]] = 1
    names = tuple(f"n{k}" for k in range(nodes))
    return Graph(names=names, adjacency=csr_array(adjacency), classes=classes, class_names=("a", "b"))


def test_ten_nodes_are_enough() -> None:
    assert GRAPH.applies(examples(factors(10, 2), path(10)))
    assert not GRAPH.applies(examples(factors(9, 2), path(9)))


def test_isolated_nodes_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    model = factors(12)
    maps, edges, target, names, title = drawn_with(monkeypatch, path(12, isolated=2), model)
    assert edges.tolist() == [[k, k + 1] for k in range(9)]
    shown = [0, *range(3, 12)]
    torch.testing.assert_close(maps["t-SNE"], model.vectors("input")[shown, :2].detach())
    assert list(maps) == ["PCA", "t-SNE"]
    assert target is None
    assert names == ("a", "b")
    assert title == "vectors of 10 nodes in two dimensions"


@pytest.mark.parametrize(("nodes", "count"), [(50, 5), (49, 1)])
def test_of_many_nodes_five_neighbours_vote(monkeypatch: pytest.MonkeyPatch, nodes: int, count: int) -> None:
    classes = np.arange(nodes) % 2
    classes[4] = -1
    graph = path(nodes, classes=classes)
    asked: list[Any] = []
    monkeypatch.setattr(graphs, "leave_one_out", lambda *given: asked.append(given) or 0.25)
    maps, _, target, names, _ = drawn_with(monkeypatch, graph, factors(nodes))
    assert list(maps) == [f"PCA\n{count}-NN accuracy 0.250", f"t-SNE\n{count}-NN accuracy 0.250"]
    assert [len(points) for points in maps.values()] == [nodes, nodes]
    for points, known, number in asked:
        assert (len(points), len(known), number) == (nodes - 1, nodes - 1, count)
        assert set(known.tolist()) == {0, 1}
    assert target[:6].tolist() == [0, 1, 0, 1, 2, 1]
    assert names == ("a", "b", "no class")


def test_more_known_classes_than_neighbours_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    for known, titled in ((1, False), (2, True)):
        classes = np.where(np.arange(10) < known, 1, -1)
        maps, *_ = drawn_with(monkeypatch, path(10, classes=classes), factors(10))
        assert ("PCA" not in maps) == titled
