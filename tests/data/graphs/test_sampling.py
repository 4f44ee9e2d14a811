"""Edges and negatives against their probabilities, Aggarwal 2.7.1."""

import numpy as np
import pytest
import torch
from nnzoo.data.graphs.sampling import EdgeSampler, PairOptions, PairSampler
from nnzoo.errors import UserError
from nnzoo.graphs.graph import Edges, Graph, make_graph
from nnzoo.graphs.walks import edge_ids
from scipy.stats import chisquare

SMALLEST = 1e-3  # p-value; the seeds are fixed
# a star of four nodes with one more edge and a node without edges
ENDS = Edges(np.array([0, 0, 0, 2]), np.array([1, 2, 3, 3]), np.array([1.0, 2, 5, 4]))
GRAPH = make_graph([*"abcde"], ENDS)
PATH = make_graph([*"abcde"], Edges(np.arange(4), np.arange(1, 5), np.array([1.0, 2, 5, 4])))


def pairs(graph: Graph = GRAPH, **settings: object) -> PairSampler:
    return PairSampler(graph, PairOptions(**settings))


def many(sampler: PairSampler | EdgeSampler, epochs: int = 300) -> tuple[torch.Tensor, torch.Tensor]:
    parts = [sampler.examples(0, epoch) for epoch in range(epochs)]
    return torch.cat([each.x for each in parts]), torch.cat([each.y for each in parts])


@pytest.mark.parametrize("power", [1.0, 0.75, 0.0])
def test_negatives_are_drawn_by_a_power_of_the_weighted_degree(power: float) -> None:
    """A negative may be an edge, or the node itself, as in word2vec; nodes without edges are never drawn."""
    x, y = many(pairs(power=power))
    counts = x[y[:, 0] == 0, 1].bincount(minlength=6)[1:].numpy()
    degree = np.array([8.0, 1, 6, 9]) ** power
    assert counts[4] == 0
    assert chisquare(counts[:4], degree / degree.sum() * counts.sum()).pvalue > SMALLEST


def test_negatives_that_are_no_edges() -> None:
    """From node a of the path a b c d e, only c, d and e; from b, d and e, in proportion to their weighted degrees."""
    x, y = many(pairs(PATH, negatives_from="non_edges"))
    negatives = x[y[:, 0] == 0].numpy() - 1
    degree = np.array([1.0, 3, 7, 9, 4])
    for node, others in {0: [2, 3, 4], 1: [3, 4], 2: [0, 4], 3: [0, 1], 4: [0, 1, 2]}.items():
        counts = np.bincount(negatives[negatives[:, 0] == node, 1], minlength=5)
        assert counts.sum() == counts[others].sum()
        assert chisquare(counts[others], degree[others] / degree[others].sum() * counts.sum()).pvalue > SMALLEST


def test_negatives_after_many_rejections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnzoo.data.graphs.sampling.ROUNDS", 0)
    test_negatives_that_are_no_edges()


def test_a_node_with_all_edges_has_no_negatives() -> None:
    with pytest.raises(UserError, match="node 'a' has an edge to every other node with edges"):
        pairs(negatives_from="non_edges")


def test_edges_are_drawn_by_weight() -> None:
    x, y = many(EdgeSampler(GRAPH, as_context=False))
    drawn = np.stack([x[:, 0].numpy() - 1, y.numpy()], 1)
    counts = [(np.sort(drawn, 1) == edge).all(1).sum() for edge in zip(ENDS.source, ENDS.target, strict=True)]
    assert chisquare(counts, ENDS.weight / ENDS.weight.sum() * len(drawn)).pvalue > SMALLEST
    assert GRAPH.has_edges(*drawn.T).all()


def test_an_epoch_is_a_function_of_seed_and_epoch() -> None:
    sampler = pairs()
    first, again = sampler.examples(1, 2), sampler.examples(1, 2)
    assert torch.equal(first.x, again.x)
    assert torch.equal(first.y.flatten(), torch.tensor([1.0] * 8 + [0.0] * 40))
    edges = torch.from_numpy(edge_ids(GRAPH, count=8, seed=1, epoch=2))
    assert torch.equal(first.x[:8], edges + 1)
    assert not torch.equal(first.x[8:], sampler.examples(2, 1).x[8:])
    single = EdgeSampler(GRAPH, as_context=False).examples(1, 2)
    assert torch.equal(single.x[:, 0], edges[:, 0] + 1)
    assert torch.equal(single.y, edges[:, 1])
    assert torch.equal(first.x[8:, 0], first.x[:8, 0].repeat_interleave(5))  # of the same node
    for other in (sampler.examples(1, 3), sampler.examples(2, 2)):
        assert not torch.equal(first.x[:8], other.x[:8])
        assert not torch.equal(first.x[8:, 1], other.x[8:, 1])
