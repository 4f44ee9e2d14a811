"""Walks against the exact probabilities, and these against the formula of node2vec."""

import itertools

import networkx as nx
import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.graphs import walks as module
from nnzoo.graphs.graph import Edges, Graph, make_graph
from nnzoo.graphs.graphml import from_networkx
from nnzoo.graphs.walks import edge_ids, transition_probabilities, walk_ids
from scipy.stats import chisquare

SMALLEST = 1e-3  # p-value; the seeds are fixed


def made(edges: list[tuple[int, ...]], n: int, directed: bool = False) -> Graph:
    source, target, *weight = (np.array(column) for column in zip(*edges, strict=True))
    weights = weight[0].astype(float) if weight else np.ones(len(source))
    return make_graph([str(k) for k in range(n)], Edges(source, target, weights), directed=directed)


# a triangle 0 1 2 with a tail 2 3 4 and a chord 0 3
PLAIN = made([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (0, 3)], 5)
WEIGHTED = made([(0, 1, 1), (1, 2, 5), (2, 0, 2), (2, 3, 0.5), (3, 4, 3), (0, 3, 1)], 5)
DIRECTED = made([(0, 1, 1), (1, 0, 4), (1, 2, 5), (2, 0, 2), (0, 2, 1), (2, 3, 0.5), (3, 1, 3), (3, 0, 1)], 4, True)


@pytest.mark.parametrize("graph", [PLAIN, WEIGHTED, DIRECTED])
@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.25, 4.0), (4.0, 0.25), (100.0, 0.01)])
def test_exact_probabilities_are_those_of_node2vec(graph: Graph, p: float, q: float) -> None:
    """Grover and Leskovec, section 3.2.2, with distances by networkx."""
    theirs = nx.from_scipy_sparse_array(graph.adjacency, create_using=nx.DiGraph)
    distance = dict(nx.all_pairs_shortest_path_length(theirs))
    for previous, current in theirs.edges:
        expected = np.zeros(graph.num_nodes)
        for x in theirs[current]:
            d = 0 if x == previous else min(distance[previous][x], 2)
            expected[x] = theirs[current][x]["weight"] * {0: 1 / p, 1: 1.0, 2: 1 / q}[d]
        found = transition_probabilities(graph, previous, current, p=p, q=q)
        np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-12)


def test_a_hand_computed_step() -> None:
    """From 0 over 2 of the triangle with a tail: back 1/p, to 1 (linked to 0) 1, to 3 (linked to 0 by the chord) 1."""
    found = transition_probabilities(PLAIN, 1, 2, p=0.5, q=4.0)
    np.testing.assert_allclose(found, np.array([1, 2, 0, 0.25, 0]) / 3.25)  # 3 is not linked to 1
    np.testing.assert_allclose(
        transition_probabilities(WEIGHTED, None, 2, p=0.5, q=4.0), np.array([2, 5, 0, 0.5, 0]) / 7.5
    )


def check_frequencies(graph: Graph, found: np.ndarray, p: float, q: float) -> None:
    """Compare the steps of walks with their exact probabilities, for each state of the walk apart."""
    for current in range(graph.num_nodes):
        first = found[found[:, 0] == current]
        compare(graph, first[:, 1], transition_probabilities(graph, None, current, p=p, q=q))
    steps = np.concatenate([found[:, k : k + 3] for k in range(found.shape[1] - 2)])
    for previous, current in itertools.product(range(graph.num_nodes), repeat=2):
        here = steps[(steps[:, 0] == previous) & (steps[:, 1] == current)]
        if len(here):
            compare(graph, here[:, 2], transition_probabilities(graph, previous, current, p=p, q=q))


def compare(graph: Graph, following: np.ndarray, expected: np.ndarray) -> None:
    counts = np.bincount(following, minlength=graph.num_nodes)
    possible = expected > 0
    assert not counts[~possible].any()
    if possible.sum() > 1:
        assert chisquare(counts[possible], expected[possible] * len(following)).pvalue > SMALLEST


@pytest.mark.parametrize("graph", [PLAIN, WEIGHTED, DIRECTED])
@pytest.mark.parametrize(("p", "q"), [(1.0, 1.0), (0.25, 4.0), (4.0, 0.25), (0.01, 1.0), (1.0, 1000.0)])
def test_frequencies_of_steps(graph: Graph, p: float, q: float) -> None:
    check_frequencies(graph, walk_ids(graph, walks=600, length=12, p=p, q=q, seed=3), p, q)


def test_steps_without_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some rounds of rejection the probabilities are computed, for some walks at a time."""
    monkeypatch.setattr(module, "ROUNDS", 0)
    monkeypatch.setattr(module, "EXPANDED", 100)
    check_frequencies(WEIGHTED, walk_ids(WEIGHTED, walks=600, length=12, p=0.25, q=4.0), 0.25, 4.0)


def test_p_and_q_of_one_are_deepwalk() -> None:
    """The second-order steps with p = q = 1 have the probabilities of first-order steps."""
    for previous, current in itertools.product(range(5), repeat=2):
        both = (transition_probabilities(WEIGHTED, t, current, p=1, q=1) for t in (previous, None))
        np.testing.assert_allclose(*both)
    almost = walk_ids(WEIGHTED, walks=600, length=12, p=1 + 1e-12, q=1.0)  # takes the path of node2vec
    check_frequencies(WEIGHTED, almost, 1, 1)


def test_weights_of_very_different_sizes() -> None:
    graph = made([(0, 1, 1e15), (2, 3, 1e-9), (2, 4, 3e-9)], 5)
    found = walk_ids(graph, walks=4000, length=2)
    compare(graph, found[found[:, 0] == 2][:, 1], np.array([0, 0, 0, 0.25, 0.75]))


def test_rows_are_walks_from_each_node() -> None:
    found = walk_ids(PLAIN, walks=3, length=7)
    assert found.shape == (15, 7)
    assert found.dtype == np.int64
    assert found[:, 0].tolist() == [*range(5)] * 3
    assert PLAIN.has_edges(found[:, :-1].ravel(), found[:, 1:].ravel()).all()


@pytest.mark.parametrize("q", [1.0, 0.5])
def test_walks_in_several_blocks(q: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 4)
    found = walk_ids(WEIGHTED, walks=600, length=4, q=q, seed=3)
    assert found[:, 0].tolist() == [*range(5)] * 600
    check_frequencies(WEIGHTED, found, 1.0, q)


def test_walks_depend_on_seed_and_epoch_alone() -> None:
    def walks(seed: int, epoch: int) -> np.ndarray:
        return walk_ids(PLAIN, walks=2, length=9, q=0.5, seed=seed, epoch=epoch)

    np.testing.assert_array_equal(walks(1, 2), walks(1, 2))
    assert (walks(1, 2) != walks(1, 3)).any()
    assert (walks(1, 2) != walks(2, 2)).any()


@pytest.mark.parametrize("q", [1.0, 0.5])
def test_a_walk_ends_at_a_node_without_edges_from_it(q: float) -> None:
    chain = made([(0, 1), (1, 2), (4, 2)], 5, directed=True)
    found = walk_ids(chain, walks=1, length=4, q=q)
    assert found.tolist() == [[0, 1, 2, -1], [1, 2, -1, -1], [2, -1, -1, -1], [3, -1, -1, -1], [4, 2, -1, -1]]


def test_edges_are_drawn_by_weight_in_both_directions() -> None:
    found = edge_ids(WEIGHTED, count=20000, seed=1)
    ends = WEIGHTED.edges
    pairs = np.concatenate([np.stack([ends.source, ends.target], 1), np.stack([ends.target, ends.source], 1)])
    counts = [(found == pair).all(1).sum() for pair in pairs]
    expected = np.tile(ends.weight / ends.weight.sum() / 2, 2) * 20000
    assert chisquare(counts, expected).pvalue > SMALLEST
    plain = edge_ids(DIRECTED.unweighted(), count=8000)
    assert DIRECTED.has_edges(*plain.T).all()
    assert chisquare(np.unique(plain, axis=0, return_counts=True)[1]).pvalue > SMALLEST
    assert edge_ids(PLAIN).shape == (6, 2)
    assert edge_ids(PLAIN, count=1).shape == (1, 2)
    assert (edge_ids(PLAIN, epoch=1) != edge_ids(PLAIN)).any()


def test_large_degree_and_isolated_node() -> None:
    star = from_networkx(nx.star_graph(50), "star")
    graph = make_graph([*star.names, "alone"], star.edges)
    found = walk_ids(graph, walks=2, length=6, p=0.5, q=2.0)
    assert (found[found[:, 0] != 51] >= 0).all()
    assert (found[found[:, 0] == 51, 1:] == -1).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"walks": 0}, "walks is 0; it must be at least 1"),
        ({"length": 1}, "length is 1; it must be at least 2"),
        ({"p": 0.0}, "p is 0.0; it must be above 0"),
        ({"q": float("inf")}, "q is inf; it must be above 0 and finite"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        walk_ids(PLAIN, **{"walks": 1, "length": 4, **settings})
    with pytest.raises(UserError, match="count is 0"):
        edge_ids(PLAIN, count=0)
