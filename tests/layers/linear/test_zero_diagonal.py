import pytest
import torch
from nnzoo.layers.init import initialize
from nnzoo.layers.linear.zero_diagonal import ZeroDiagonalLinear
from torch import nn
from torch.testing import assert_close


def test_value_and_gradient_are_those_of_a_masked_linear_layer():
    torch.manual_seed(0)
    layer, dense = ZeroDiagonalLinear(4).double(), nn.Linear(4, 4).double()
    dense.bias.data = layer.bias.data.clone()
    off = ~torch.eye(4, dtype=torch.bool)
    dense.weight.data[off] = layer.weight.data.flatten()  # row by row
    dense.weight.data[~off] = 0
    x = torch.randn(3, 4, dtype=torch.float64)
    assert_close(layer.matrix(), dense.weight)
    assert_close(layer(x), dense(x))
    for each in (layer, dense):
        each(x).pow(3).sum().backward()
    assert_close(layer.weight.grad.flatten(), dense.weight.grad[off])
    assert_close(layer.bias.grad, dense.bias.grad)


def test_an_output_does_not_depend_on_its_own_input():
    jacobian = torch.func.jacrev(ZeroDiagonalLinear(5, bias=False))(torch.randn(5))
    assert not jacobian.diagonal().any()
    assert (jacobian != 0).sum() == 20


def test_initialization_schemes_apply():
    layer = ZeroDiagonalLinear(3)
    initialize(layer, "one")
    assert_close(layer.matrix(), 1 - torch.eye(3))
    assert not layer.bias.any()


def test_a_single_input_is_refused():
    with pytest.raises(ValueError, match="in_features is 1; it must be at least 2"):
        ZeroDiagonalLinear(1)
