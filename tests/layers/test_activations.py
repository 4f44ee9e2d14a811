import math

import pytest
import torch
from nnzoo.layers.activations import activation

FORMULAS = {
    "identity": lambda x: x,
    "relu": lambda x: max(x, 0.0),
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "tanh": lambda x: 2 / (1 + math.exp(-2 * x)) - 1,
    "scaled_tanh": lambda x: 1.7159 * math.tanh(2 * x / 3),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "hard_tanh": lambda x: max(min(x, 1.0), -1.0),
    "step": lambda x: 1.0 if x > 0 else 0.0,
}


@pytest.mark.parametrize("name", FORMULAS)
def test_value_is_the_formula(name):
    xs = [-3.0, -1.5, -0.3, 0.0, 0.4, 1.2, 2.5]
    expected = torch.tensor([FORMULAS[name](x) for x in xs], dtype=torch.float64)
    torch.testing.assert_close(activation(name)(torch.tensor(xs, dtype=torch.float64)), expected)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name != "step"])
def test_gradient_is_the_difference_quotient(name):
    x = torch.tensor([-3.0, -0.3, 0.4, 2.5], dtype=torch.float64, requires_grad=True)
    activation(name)(x).sum().backward()
    h = 1e-6
    slopes = [(FORMULAS[name](v + h) - FORMULAS[name](v - h)) / (2 * h) for v in x.tolist()]
    torch.testing.assert_close(x.grad, torch.tensor(slopes, dtype=torch.float64), atol=1e-6, rtol=1e-6)


def test_scaled_tanh_maps_one_to_one():
    assert activation("scaled_tanh")(torch.tensor([1.0, -1.0])).tolist() == pytest.approx([1, -1], abs=1e-4)


def test_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match="unknown activation 'sigmod'; did you mean 'sigmoid'"):
        activation("sigmod")
