import math

import pytest
import torch
from nnzoo.losses.brier import Brier
from nnzoo.spec import DataSpec
from sklearn.metrics import brier_score_loss


def test_values_by_hand():
    output, target = torch.tensor([[0.0, math.log(3.0)]]), torch.tensor([[1.0, 0.0]])
    both = 0.5**2 + 0.75**2
    assert Brier()(output, target).item() == pytest.approx(both)
    assert Brier(outputs="mean")(output, target).item() == pytest.approx(both / 2)


def test_equals_scikit_learn():
    torch.manual_seed(0)
    output, target = torch.randn(50, 1, dtype=torch.float64), torch.randint(2, (50, 1)).double()
    expected = brier_score_loss(target.flatten().numpy(), output.sigmoid().flatten().numpy())
    assert Brier()(output, target).mean().item() == pytest.approx(expected)


def test_gradient():
    torch.manual_seed(0)
    output, target = torch.randn(3, 4, 5, dtype=torch.float64, requires_grad=True), torch.rand(3, 4, 5)
    Brier()(output, target).sum().backward()
    p = output.sigmoid()
    torch.testing.assert_close(output.grad, (2 * (p - target) * p * (1 - p)).detach())


def test_expected_numbers_are_probabilities_of_inputs_in_the_unit_interval():
    output = torch.randn(2, 3)
    torch.testing.assert_close(Brier().expected(output), 1 / (1 + (-output).exp()))
    reason = Brier().takes(DataSpec("real", (4,), "real", 1).with_input_as_target())
    assert reason == "takes inputs in [0, 1]; those of the data are not"
