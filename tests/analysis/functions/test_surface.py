import pytest
import torch
from nnzoo.analysis.functions.surface import loss_surface, weight_grid
from nnzoo.losses.margin.logistic import Logistic
from nnzoo.losses.margin.perceptron import PerceptronCriterion
from nnzoo.losses.margin.zero_one import ZeroOne

X = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
Y = torch.tensor([1, 0, 0])


def test_axes_of_the_grid():
    weights = weight_grid(2, 5)
    assert weights.shape == (5, 5, 2)
    assert weights[0, 0].tolist() == [-2, -2]
    assert weights[0, 4].tolist() == [2, -2]


def test_values_at_some_weights():
    weights = torch.tensor([[[1.0, -0.5], [-1.0, 2.0]]])  # outputs (1, -0.5, -0.5) and (-1, 2, -1)
    assert loss_surface(ZeroOne(), X, Y, weights).tolist() == [[0, pytest.approx(2 / 3)]]
    assert loss_surface(PerceptronCriterion(), X, Y, weights).tolist() == [[0, 1]]
    logistic = torch.tensor([1.0, 0.5, 0.5]).neg().exp().log1p().mean()
    assert float(loss_surface(Logistic(), X, Y, weights)[0, 0]) == pytest.approx(float(logistic))


def test_stairs_and_slopes():
    weights = weight_grid(3, 60)
    stairs = loss_surface(ZeroOne(), X, Y, weights)
    assert len(stairs.unique()) <= 4  # multiples of 1/3
    assert len(loss_surface(PerceptronCriterion(), X, Y, weights).unique()) > 300
    assert (loss_surface(Logistic(), X, Y, weights) >= stairs * torch.log(torch.tensor(2.0)) - 1e-6).all()
