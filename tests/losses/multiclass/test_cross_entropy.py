import math

import pytest
import torch
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from torch.nn.functional import cross_entropy, one_hot
from torch.testing import assert_close


def test_values_by_hand():
    output = torch.tensor([[0.0, math.log(2.0), math.log(5.0)]]).expand(3, 3)
    loss = CrossEntropy()(output, torch.tensor([0, 1, 2]))
    assert loss.tolist() == pytest.approx([math.log(8), math.log(4), math.log(1.6)])


@pytest.mark.parametrize("lead", [(6,), (3, 4)])
def test_value_and_gradient(lead):
    torch.manual_seed(0)
    output = torch.randn(*lead, 5, dtype=torch.float64, requires_grad=True)
    target = torch.randint(5, lead)
    loss = CrossEntropy()(output, target)
    q = output.exp() / output.exp().sum(-1, keepdim=True)
    p = one_hot(target, 5)
    torch.testing.assert_close(loss, -(p * q.log()).sum(-1))
    loss.sum().backward()
    torch.testing.assert_close(output.grad, (q - p).detach())  # MMDS 13.3.3
    torch.testing.assert_close(loss.mean(), cross_entropy(output.view(-1, 5), target.flatten()))


def test_two_classes_are_the_logistic_loss_of_the_difference():
    torch.manual_seed(0)
    output, target = torch.randn(8, 2, dtype=torch.float64), torch.randint(2, (8,))
    difference = output[:, 1:] - output[:, :1]
    torch.testing.assert_close(CrossEntropy()(output, target), Logistic()(difference, target))


def test_is_finite_for_extreme_outputs():
    assert CrossEntropy()(torch.tensor([[1000.0, 0.0]]), torch.tensor([1])).item() == pytest.approx(1000.0)


def test_takes_classes():
    assert CrossEntropy.targets == ("classes", "next_token", "sequence", "context", "class_map")
    assert CrossEntropy().out_features(2) == 2


@pytest.mark.parametrize("shape", [(64, 9, 10), (64, 40, 2), (3, 5, 4)])
def test_derivative_of_many_networks(shape):
    torch.manual_seed(0)
    output, target = 5 * torch.randn(shape), torch.randint(shape[-1], shape[:-1])
    losses, slope = CrossEntropy().with_derivative(output, target)
    given = output.double().requires_grad_()
    expected = cross_entropy(given.flatten(0, 1), target.flatten(), reduction="none")
    expected.sum().backward()
    assert_close(losses.flatten().double(), expected.detach(), rtol=1e-5, atol=1e-6)
    assert_close(slope.double(), given.grad, rtol=1e-5, atol=1e-6)
