"""Pairs of nodes without an edge."""

import numpy as np
import pytest
from nnzoo.errors import UserError
from nnzoo.graphs.graph import Edges, make_graph
from nnzoo.graphs.links import nodes_of_pairs, non_edges, num_pairs, pair_numbers
from scipy.stats import chisquare

rng = np.random.default_rng(0)
SOURCE, TARGET = np.divmod(rng.choice(49, size=16, replace=False), 7)


@pytest.fixture(params=[False, True])
def graph(request: pytest.FixtureRequest):
    return make_graph([*"abcdefg"], Edges(SOURCE, TARGET, np.ones(16)), directed=request.param)


def test_all_pairs_have_different_numbers(graph) -> None:
    every = [(i, j) for i in range(7) for j in range(7) if (i != j if graph.directed else i < j)]
    source, target = np.array(every).T
    assert pair_numbers(graph, source, target).tolist() == [*range(num_pairs(graph))]
    np.testing.assert_array_equal(np.stack(nodes_of_pairs(graph, np.arange(num_pairs(graph))), 1), every)


def test_non_edges_are_all_other_pairs(graph) -> None:
    free = num_pairs(graph) - len(graph.edges.source)
    found = non_edges(graph, free, np.random.default_rng(0))
    assert len(np.unique(found, axis=0)) == free
    assert not graph.has_edges(*found.T).any()
    assert (found[:, 0] != found[:, 1]).all()
    with pytest.raises(UserError, match=f"the graph has {free} pairs of nodes without an edge; {free + 1} are needed"):
        non_edges(graph, free + 1, np.random.default_rng(0))


def test_non_edges_have_equal_probabilities(graph) -> None:
    generator = np.random.default_rng(0)
    drawn = np.concatenate([non_edges(graph, 3, generator) for _ in range(1000)])
    counts = np.unique(drawn, axis=0, return_counts=True)[1]
    assert len(counts) == num_pairs(graph) - len(graph.edges.source)
    assert chisquare(counts).pvalue > 1e-3
