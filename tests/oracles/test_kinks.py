"""Derivatives where there is none: the conventions that docs/proofs.md states, in every engine.

Aggarwal 1.2.1.6 has derivative 1 for ReLU at 0 and hard tanh at -1 and +1; 3.2.5 has 0, as torch and this package.
"""

import numpy as np
import pytest
import torch
from nnzoo import backprop as bp
from nnzoo.kernels.dense import Descent, Layers, is_installed, take_steps
from nnzoo.layers.activations import activation
from nnzoo.layers.conv.unpooling import SwitchPool2d
from nnzoo.layers.linear.maxout import Maxout
from nnzoo.losses.margin.hinge import Hinge
from nnzoo.losses.margin.least_absolute import LeastAbsolute
from nnzoo.losses.margin.perceptron import PerceptronCriterion
from nnzoo.losses.margin.squared_hinge import SquaredHinge
from nnzoo.losses.regression.absolute import Absolute
from nnzoo.models.lenet5 import LeNet5
from nnzoo.spec import Batch, DataSpec
from nnzoo.tasks.engines.rules import rule_of
from nnzoo.tasks.penalties import WeightPenalty

from tests.support.networks import Affine

# activation, points, derivatives there
KINKS = [
    ("relu", [0.0, 1e-9, -1e-9], [0, 1, 0]),
    ("hard_tanh", [-1.0, 1.0, -1 + 1e-9, 1 - 1e-9], [0, 0, 1, 1]),
    ("leaky_relu", [0.0, 1e-9], [0.01, 1]),
    ("prelu", [0.0, 1e-9], [0.25, 1]),
    ("elu", [0.0], [1]),  # no kink
    ("step", [0.0], [0]),
    ("sign", [0.0], [0]),
]


@pytest.mark.parametrize(("name", "points", "slopes"), KINKS)
def test_activations(name, points, slopes):
    layer, x = activation(name).double(), torch.tensor(points, dtype=torch.float64, requires_grad=True)
    y = layer(x)
    assert slopes == [0] if not y.requires_grad else torch.autograd.grad(y.sum(), x)[0].tolist() == slopes


@pytest.mark.parametrize(("name", "points", "slopes"), KINKS)
def test_activations_without_autograd(name, points, slopes):
    layer, x = activation(name).double(), torch.tensor(points, dtype=torch.float64)
    rule = rule_of(layer)
    if rule is None or rule.parameters:
        assert name in ("step", "sign", "prelu")  # left to autograd
        return
    _, memory = rule.forward(x, [])
    assert rule.backward(torch.ones_like(x), memory, [], [], add=False, down=True).tolist() == slopes


@pytest.mark.parametrize(
    ("module", "points", "slopes"),
    [(bp.ReLU(), *KINKS[0][1:]), (bp.HardTanh(), *KINKS[1][1:])],
    ids=["relu", "hard_tanh"],
)
def test_activations_of_the_hand_written_engine(module, points, slopes):
    u = np.array(points)
    assert module.backward(u, module.forward(u), np.ones_like(u)).tolist() == slopes


def test_maximum_of_the_hand_written_engine_passes_the_gradient_to_the_first():
    u = np.array([[1.0, 2], [3, 2], [3, 2]])
    assert bp.Maximum().backward(u, u.max(0, keepdims=True), np.ones((1, 2))).tolist() == [[0, 1], [1, 0], [0, 0]]


def test_hinge_of_the_hand_written_engine_is_0_at_the_margin():
    assert bp.Hinge().backward(np.array([[1.0, -1.0, 0.5]]), np.array([[1.0, -1.0, 1.0]])).tolist() == [[0, 0, -1]]


@pytest.mark.skipif(not is_installed(), reason="numba is not installed: there are no compiled steps")
def test_relu_of_the_compiled_steps():
    """A hidden unit at 0: its weights stay, whatever the error."""
    weights = torch.tensor([0.0, 0.0, 3.0])  # weight and bias of the unit, weight of the output
    layers = Layers(sizes=(1, 1, 1), biased=(True, False), activations=("relu", "identity"))
    descent = Descent(loss="squared", bound=1.0, scale=1.0, mean=True, size=1, lr=0.1)
    take_steps(torch.ones(1, 1), torch.ones(1, 1), weights, torch.empty(0), layers, descent)
    assert weights.tolist() == [0, 0, 3]


@pytest.mark.parametrize("kind", ["switches", "lenet5"])
def test_max_pooling_passes_the_gradient_to_the_first_of_equal_pixels(kind):
    """Aggarwal 8.3 allows any of them, or equal shares."""
    layer = SwitchPool2d(2) if kind == "switches" else LeNet5(in_shape=(1, 16, 16), num_classes=2).layers[2]
    x = torch.tensor([[[[1.0, 1, 0, 5], [1, 1, 5, 5]]]], requires_grad=True)
    pooled = layer(x)
    (pooled[0] if isinstance(pooled, tuple) else pooled).sum().backward()
    assert x.grad.tolist() == [[[[1, 0, 0, 1], [0, 0, 0, 0]]]]


def test_maxout_passes_the_gradient_to_one_of_equal_pieces():
    layer = Maxout(in_features=1, out_features=1, pieces=3)
    torch.nn.init.ones_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    layer(torch.ones(1, 1)).sum().backward()
    assert sorted(layer.bias.grad.tolist()) == [0, 0, 1]


@pytest.mark.parametrize(
    ("loss", "margin", "slope"),
    [
        (Hinge(), 1.0, 0),
        (Hinge(margin=0.5), 0.5, 0),
        (SquaredHinge(), 1.0, 0),
        (LeastAbsolute(), 1.0, 0),
        (PerceptronCriterion(), 0.0, -1),  # an error, else weights of 0 would never change
    ],
    ids=["hinge", "hinge 0.5", "squared hinge", "least absolute", "perceptron"],
)
@pytest.mark.parametrize("y", [0, 1])
def test_losses_of_the_margin(loss, margin, slope, y):
    sign, target = 2 * y - 1, torch.tensor([y])
    z = torch.tensor([[sign * margin]], dtype=torch.float64, requires_grad=True)
    loss(z, target).sum().backward()
    assert z.grad.item() == sign * slope
    assert loss.with_derivative(z.detach(), target)[1].item() == sign * slope


def test_absolute_values_have_slope_0_at_0():
    z = torch.zeros(1, 1, requires_grad=True)
    Absolute()(z, torch.zeros(1, 1)).sum().backward()
    assert z.grad.item() == 0
    assert Absolute().with_derivative(z.detach(), torch.zeros(1, 1))[1].item() == 0
    net, penalty = Affine(2, 1), WeightPenalty(weight=1.0, norm="l1")
    net.linear.weight.data = torch.tensor([[0.0, -2.0]])
    penalty.bind(net, DataSpec("real", (2,), "real", 1))
    penalty.value(Batch(torch.zeros(1, 2), torch.zeros(1, 1))).backward()
    assert net.linear.weight.grad.tolist() == [[0, -1]]
    ((_, slope),) = penalty.derivatives()
    assert slope.tolist() == [[0, -1]]
