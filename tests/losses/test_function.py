"""Losses of torch and functions as losses."""

import pytest
import torch
from nnzoo.errors import UserError
from nnzoo.losses.function import FunctionLoss
from torch import nn
from torch.nn.functional import cross_entropy
from torch.testing import assert_close

WEIGHT = torch.tensor([0.5, 1.0, 3.0], dtype=torch.float64)


@pytest.fixture
def output() -> torch.Tensor:
    return torch.randn(4, 5, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()


def test_weighted_mean_and_gradient(output: torch.Tensor) -> None:
    """torch divides by the sum of the weights: sum_n w_n (-log p_n) / sum_n w_n, with gradient w_n (p_n - e_n)."""
    target = torch.tensor([0, 2, 2, 1])
    loss = FunctionLoss(nn.CrossEntropyLoss(weight=WEIGHT)).mean(output[:, 0], target)
    p, w = output[:, 0].softmax(-1), WEIGHT[target]
    assert_close(loss, -(w * p[torch.arange(4), target].log()).sum() / w.sum())
    (found,) = torch.autograd.grad(loss, output, retain_graph=True)
    assert_close(found[:, 0], w[:, None] * (p - torch.eye(3, dtype=torch.float64)[target]) / w.sum())


def test_steps_are_examples(output: torch.Tensor) -> None:
    target = torch.randint(3, (4, 5), generator=torch.Generator().manual_seed(1))
    mask = torch.arange(5) < torch.tensor([5, 2, 3, 1])[:, None]
    loss = FunctionLoss(cross_entropy)
    assert_close(loss.mean(output, target), cross_entropy(output.transpose(1, 2), target))
    losses = cross_entropy(output.transpose(1, 2), target, reduction="none")
    assert_close(loss.mean_of_steps(output, target, mask), losses[mask].mean())
    real = FunctionLoss(nn.MSELoss())
    assert_close(real.mean_of_steps(output, 2 * output.detach(), mask), output[mask].square().mean())


def test_one_number_in_a_list_is_a_number(output: torch.Tensor) -> None:
    loss = FunctionLoss(lambda *both: cross_entropy(*both)[None])
    target, mask = torch.zeros(4, 5, dtype=torch.long), torch.ones(4, 5, dtype=torch.bool)
    assert loss.mean(output, target).shape == loss.mean_of_steps(output, target, mask).shape == ()


def test_probabilities_of_losses_of_torch(output: torch.Tensor) -> None:
    assert_close(FunctionLoss(nn.CrossEntropyLoss()).probabilities(output).sum(-1), torch.ones(4, 5).double())
    assert_close(FunctionLoss(nn.BCEWithLogitsLoss()).probabilities(output), 1 / (1 + (-output).exp()))
    assert_close(FunctionLoss(nn.NLLLoss()).probabilities(output), output.exp())
    assert FunctionLoss(cross_entropy).probabilities(output) is None


def test_no_loss_for_each_example(output: torch.Tensor) -> None:
    with pytest.raises(UserError, match=r"'cross_entropy' returns the mean of a batch; .*nnzoo\.losses\.base\.Loss"):
        FunctionLoss(cross_entropy)(output, output)
