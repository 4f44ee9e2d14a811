"""Dense highway layers, Srivastava et al. 2015, Aggarwal 8.4.5."""

import pytest
import torch
from nnzoo.layers.init import initialize
from nnzoo.layers.linear.highway import DenseHighway
from torch.nn.functional import linear
from torch.testing import assert_close

from tests.support.gradients import assert_close_with_gradients


def test_by_hand():
    layer = DenseHighway(4, activation="tanh", gate_bias=-1.0).double()
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    transform, gate = layer.transform[0], layer.gate
    t = linear(x, gate.weight, gate.bias).sigmoid()
    expected = t * linear(x, transform.weight, transform.bias).tanh() + (1 - t) * x
    assert_close_with_gradients(layer(x), expected, [x, *layer.parameters()])


@pytest.mark.parametrize("bias", [-1000.0, 1000.0])
def test_a_closed_gate_is_the_identity_and_an_open_one_a_dense_layer(bias):
    layer = DenseHighway(4, activation="relu", gate_bias=bias)
    x = torch.randn(3, 4)
    assert_close(layer(x), x if bias < 0 else layer.transform(x))


def test_an_initialization_keeps_the_bias_of_the_gate():
    layer = DenseHighway(4, activation="relu", gate_bias=-3.0)
    initialize(layer, "he")
    assert layer.gate.bias.tolist() == [-3.0] * 4
    assert not layer.transform[0].bias.any()
