"""Affinities against networkx, and sums of powers of the adjacency matrix."""

import networkx as nx
import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.graphs import affinities
from nnzoo.graphs.affinities import adamic_adar, common_neighbours, jaccard, katz, num_walks, spectral_radius
from nnzoo.graphs.graph import Edges, Graph, make_graph
from nnzoo.graphs.graphml import from_networkx
from numpy.testing import assert_allclose


def of(graph: "nx.Graph") -> Graph:
    found = from_networkx(graph, "graph")
    return make_graph(found.names, found.edges, directed=found.directed)


KARATE = of(nx.karate_club_graph())
CYCLES = of(nx.DiGraph([(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)]))  # a directed cycle of three nodes with a tail


@pytest.mark.parametrize("graph", [KARATE, CYCLES])
def test_katz_is_the_sum_of_walks(graph: Graph) -> None:
    """Each walk of l edges counts beta^l; on the graph of distinct weights, as the product of its weights."""
    beta = 0.5 / spectral_radius(graph)
    expected = sum(beta**length * num_walks(graph, length).toarray() for length in range(1, 60))
    assert_allclose(katz(graph, beta), expected, rtol=1e-10, atol=1e-14)


def test_row_sums_of_katz_are_the_katz_centrality() -> None:
    theirs = nx.katz_centrality_numpy(nx.karate_club_graph(), alpha=0.02, weight="weight", normalized=False)
    assert_allclose(katz(KARATE, 0.02).sum(0) + 1, [*theirs.values()])


@pytest.mark.parametrize("beta", [0.0, -1.0, 0.0462, float("nan")])
def test_beta_must_be_below_the_bound(beta: float) -> None:
    with pytest.raises(UserError, match=r"it must be above 0 and below 0\.0461094"):
        katz(KARATE, beta)


def test_spectral_radius(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = np.abs(np.linalg.eigvals(KARATE.adjacency.toarray())).max()
    assert_allclose(spectral_radius(KARATE), exact)
    assert_allclose(spectral_radius(CYCLES), 1)
    assert spectral_radius(of(nx.DiGraph([(0, 1), (1, 2)]))) == 0  # no walk is longer than two edges
    assert_allclose(katz(of(nx.DiGraph([(0, 1), (1, 2)])), 3.0), [[0, 3, 9], [0, 0, 3], [0, 0, 0]])
    monkeypatch.setattr(affinities, "DENSE", 2)
    assert_allclose(spectral_radius(KARATE), exact)
    loop = make_graph(
        "ab", Edges(np.array([0, 0]), np.array([0, 1]), np.array([3.0, 1])), directed=True, self_loops="keep"
    )
    assert spectral_radius(loop) == 3


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(adamic_adar, nx.adamic_adar_index), (jaccard, nx.jaccard_coefficient), (common_neighbours, None)],
)
def test_equal_to_networkx(ours, theirs) -> None:
    graph = nx.karate_club_graph()
    found = ours(KARATE).toarray()
    pairs = [(i, j) for i in range(34) for j in range(34) if i != j]
    if theirs is None:
        expected = [len(set(graph[i]) & set(graph[j])) for i, j in pairs]
    else:
        expected = [value for _, _, value in theirs(graph, pairs)]
    assert_allclose([found[pair] for pair in pairs], expected)
    assert not found.diagonal().any()


def test_number_of_walks() -> None:
    expected = np.linalg.matrix_power(CYCLES.adjacency.toarray(), 3)
    assert_allclose(num_walks(CYCLES, 3).toarray(), expected)
    with pytest.raises(UserError, match="length is 0; it must be at least 1"):
        num_walks(CYCLES, 0)
