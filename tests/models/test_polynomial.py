import pytest
import torch
from nnzoo.models.polynomial import Polynomial

from tests.support.gradients import assert_close_with_gradients


def test_value_and_gradient_of_the_sum_of_powers():
    torch.manual_seed(0)
    net = Polynomial(in_features=2, out_features=3, degree=4).double()
    w, b = net.parameters()
    x = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    expected = b + sum(x[:, i : i + 1] ** p * w[:, 4 * i + p - 1] for i in range(2) for p in range(1, 5))
    assert_close_with_gradients(net(x), expected, [x, w, b])


def test_degree_d_interpolates_d_plus_1_points():
    torch.manual_seed(0)
    x, y = torch.rand(5, dtype=torch.float64) * 3, torch.randn(5, dtype=torch.float64)
    coefficients = torch.linalg.solve(torch.stack([x**p for p in range(5)], 1), y)
    net = Polynomial(in_features=1, out_features=1, degree=4).double()
    net.linear.bias.data = coefficients[:1]
    net.linear.weight.data = coefficients[None, 1:]
    torch.testing.assert_close(net(x[:, None])[:, 0], y)  # Aggarwal 4.1: no training error at all


def test_degree_one_equals_the_linear_network():
    net = Polynomial(in_features=4, out_features=3, degree=1)
    x = torch.randn(2, 5, 4)
    torch.testing.assert_close(net(x), net.linear(x))


def test_degree_zero_is_refused():
    with pytest.raises(ValueError, match="degree is 0"):
        Polynomial(in_features=1, out_features=1, degree=0)
