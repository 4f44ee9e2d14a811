import math

import pytest
import torch
from nnzoo.layers.activations import activation

from tests.support.gradients import numerical_gradient

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
    "sign": lambda x: 1.0 if x > 0 else -1.0,
    "prelu": lambda x: x if x > 0 else 0.25 * x,
    "gaussian": lambda x: math.exp(-x * x / 2),
}
THRESHOLDS = ("step", "sign")


@pytest.mark.parametrize("name", FORMULAS)
def test_values_equal_the_formulas(name):
    xs = [-3.0, -1.5, -0.3, 0.0, 0.4, 1.2, 2.5]
    expected = torch.tensor([FORMULAS[name](x) for x in xs], dtype=torch.float64)
    torch.testing.assert_close(activation(name).double()(torch.tensor(xs, dtype=torch.float64)), expected)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name not in THRESHOLDS])
def test_gradients_equal_finite_differences(name):
    x = torch.tensor([-3.0, -0.3, 0.4, 2.5], dtype=torch.float64, requires_grad=True)
    activation(name).double()(x).sum().backward()
    slopes = numerical_gradient(lambda x: sum(map(FORMULAS[name], x.tolist())), x)
    torch.testing.assert_close(x.grad, slopes, atol=1e-6, rtol=1e-6)


# Derivatives as the text gives them, from input v and output o; each at one point on every branch.
DERIVATIVES = {
    "identity": lambda v, o: 1.0,
    "sigmoid": lambda v, o: o * (1 - o),  # Aggarwal eq. 1.18
    "tanh": lambda v, o: 1 - o * o,  # 1.21
    "relu": lambda v, o: float(v > 0),
    "hard_tanh": lambda v, o: float(-1 < v < 1),
    "leaky_relu": lambda v, o: 1.0 if v > 0 else 0.01,
    "prelu": lambda v, o: 1.0 if v > 0 else 0.25,
    "elu": lambda v, o: 1.0 if v > 0 else o + 1,
    "softplus": lambda v, o: 1 / (1 + math.exp(-v)),
    "gaussian": lambda v, o: -v * o,
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives_equal_those_of_the_text(name):
    x = torch.tensor([-2.5, -1.0, -0.7, 0.0, 0.4, 1.0, 3.0], dtype=torch.float64, requires_grad=True)
    output = activation(name).double()(x)
    (slope,) = torch.autograd.grad(output.sum(), x)
    expected = [DERIVATIVES[name](v, o) for v, o in zip(x.tolist(), output.tolist(), strict=True)]
    assert slope.tolist() == pytest.approx(expected, rel=1e-12)


def test_prelu_learns_its_slope():
    x = torch.tensor([-2.0, 3.0, -0.5])
    prelu = activation("prelu")
    prelu(x).sum().backward()
    assert prelu.weight.grad.item() == -2.5  # the sum of v where v <= 0, Aggarwal 3.4.3.1


def test_softmax_and_its_jacobian():
    v = torch.tensor([0.3, -1.2, 2.0], dtype=torch.float64)
    o = v.exp() / v.exp().sum()
    softmax = activation("softmax")
    torch.testing.assert_close(softmax(v), o)
    jacobian = torch.autograd.functional.jacobian(softmax, v)
    torch.testing.assert_close(jacobian, torch.diag(o) - torch.outer(o, o))  # Aggarwal 3.2.5.1
    torch.testing.assert_close(softmax(torch.randn(4, 5, 3)).sum(-1), torch.ones(4, 5))


def test_step_and_sign_have_no_gradient():
    for name in THRESHOLDS:
        assert not activation(name)(torch.ones(2, requires_grad=True)).requires_grad


def test_scaled_tanh_maps_one_to_one():
    assert activation("scaled_tanh")(torch.tensor([1.0, -1.0])).tolist() == pytest.approx([1, -1], abs=1e-4)


def test_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match="unknown activation 'sigmod'; did you mean 'sigmoid'"):
        activation("sigmod")
