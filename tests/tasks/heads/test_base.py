"""The loss of a batch and the number of its parts, by which batches are weighted."""

import math

import pytest
import torch
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.regression.squared import Squared
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.heads import Classification, Head, Regression
from nnzoo.tasks.heads.base import mean_of_known, weighted_mean_of_known
from nnzoo.tasks.metrics.base import NoMetrics
from torch.nn import functional as F  # noqa: N812
from torch.testing import assert_close

MASK = torch.tensor([[True, True, True], [True, False, False]])


def classes(**further: bool) -> Head:
    return Classification(spec=DataSpec("real", (2,), "classes", 4, **further), loss=CrossEntropy())


def test_examples() -> None:
    head, output, y = classes(), torch.randn(5, 4), torch.tensor([0, 3, 1, 1, 2])
    batch = Batch(torch.zeros(5, 2), y)
    step = head.step(output, batch)
    assert_close(step.loss, F.cross_entropy(output, y))
    assert step.output is output
    assert step.target is y
    assert head.count(batch) == 5


def test_sequences_with_one_target() -> None:
    """The padding of the inputs does not matter."""
    head, output, y = classes(sequence=True), torch.randn(2, 4), torch.tensor([0, 3])
    batch = Batch(torch.zeros(2, 3, 2), y, MASK)
    assert_close(head.step(output, batch).loss, F.cross_entropy(output, y))
    assert head.count(batch) == 2


def test_real_steps() -> None:
    head, output = classes(sequence=True, per_step=True), torch.randn(2, 3, 4)
    y = torch.tensor([[0, 3, 1], [2, 0, 0]])
    padded, whole = Batch(torch.zeros(2, 3, 2), y, MASK), Batch(torch.zeros(2, 3, 2), y)
    assert_close(head.step(output, padded).loss, F.cross_entropy(output[MASK], y[MASK]))
    assert head.count(padded) == 4
    assert_close(head.step(output, whole).loss, F.cross_entropy(output.flatten(0, 1), y.flatten()))
    assert head.count(whole) == 6


@pytest.mark.parametrize("mean", [mean_of_known, weighted_mean_of_known])
def test_known_entries(mean) -> None:  # type: ignore[no-untyped-def]
    """On the CPU and on CUDA alike; unknown entries have no gradient."""
    output = torch.tensor([[1.0, 5.0], [2.0, 4.0]], requires_grad=True)
    target = torch.tensor([[0.0, math.nan], [2.0, 1.0]])
    loss = mean(Squared(), output, target, ~target.isnan())
    of_one = Squared()(torch.tensor([[3.0]]), torch.tensor([[0.0]])).item() / 9  # 1 or 1/2
    assert_close(loss, torch.tensor(of_one * (1 + 0 + 9) / 3))
    loss.backward()
    assert_close(output.grad, 2 * of_one * torch.tensor([[1.0, 0.0], [0.0, 3.0]]) / 3)


def test_counts_of_known_entries() -> None:
    spec = DataSpec("real", (2,), "real", 2, partial=True)
    head = Regression(spec=spec, loss=Squared())
    batch = Batch(torch.zeros(2, 2), torch.tensor([[0.0, math.nan], [2.0, 1.0]]))
    assert head.count(batch) == 3
    step = head.step(torch.zeros(2, 2), batch)
    assert step.counts is not None
    assert step.counts.tolist() == [[True, False], [True, True]]


def test_the_targets_are_those_of_the_data_by_default() -> None:
    y = torch.tensor([1, 2])
    assert classes().actual(y) is y
    assert isinstance(classes().metrics_of_loss(), NoMetrics)
