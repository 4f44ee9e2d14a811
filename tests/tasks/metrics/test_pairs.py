import pytest
import torch
from nnzoo.tasks.metrics.pairs import PairMetrics


def test_accuracy_is_weighted_by_the_size_of_the_target():
    metrics = PairMetrics()
    metrics.update(torch.tensor([[0.9], [0.4], [0.6]]), torch.tensor([[3.0], [2.0], [-1.0]]), None)
    metrics.update(torch.tensor([[0.5]]), torch.tensor([[-4.0]]), None)
    assert metrics.compute(0.0) == {"acc": pytest.approx((3 + 4) / (3 + 2 + 1 + 4))}


def test_one_half_means_that_a_pair_does_not_occur():
    metrics = PairMetrics()
    metrics.update(torch.tensor([[0.5], [0.5], [0.5]]), torch.tensor([[1.0], [-2.0], [0.0]]), None)
    assert metrics.compute(0.0) == {"acc": pytest.approx(2 / 3)}
