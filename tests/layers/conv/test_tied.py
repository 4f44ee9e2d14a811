"""The transposed convolution that shares the filters of a convolution. Its matrix: `tests/oracles`."""

from copy import deepcopy

import pytest
import torch
from nnzoo.layers.conv.tied import TiedConvTranspose2d
from torch import nn
from torch.func import functional_call
from torch.nn.functional import conv_transpose2d
from torch.testing import assert_close


@pytest.fixture
def pair():
    torch.manual_seed(0)
    source = nn.Conv2d(2, 3, 3, stride=2, padding=1).double()  # 6x5 -> 3x3, one row is not reached
    return nn.Sequential(source, nn.Tanh(), TiedConvTranspose2d(source, output_padding=(1, 0)).double())


def test_gradient_is_the_sum_of_both_layers(pair):
    """8G3."""
    x, weights = torch.randn(2, 4, 2, 6, 5, dtype=torch.float64)
    source, _, tied = pair
    tied.bias.data = torch.tensor([1.0, -2.0], dtype=torch.float64)
    down, up = (source.weight.detach().clone().requires_grad_() for _ in range(2))
    code = nn.functional.conv2d(x, down, source.bias, stride=2, padding=1).tanh()
    expected = conv_transpose2d(code, up, tied.bias, stride=2, padding=1, output_padding=(1, 0))
    assert_close(pair(x), expected)
    (expected * weights).sum().backward()
    biases = [source.bias.grad.clone(), tied.bias.grad.clone()]
    pair.zero_grad()
    (pair(x) * weights).sum().backward()
    assert down.grad.any()
    assert up.grad.any()
    assert_close(source.weight.grad, down.grad + up.grad)
    assert_close([source.bias.grad, tied.bias.grad], biases)
    assert_close(tied.bias.grad, weights.sum((0, 2, 3)))


def test_state_dict_has_the_filters_once(pair):
    assert list(pair.state_dict()) == ["0.weight", "0.bias", "2.bias"]
    assert list(TiedConvTranspose2d(nn.Conv2d(1, 2, 3), bias=False).parameters()) == []


def test_both_stay_together(pair):
    x = torch.randn(2, 2, 6, 5, dtype=torch.float64)
    expected = pair(x)
    copy = deepcopy(pair)
    pair[0].weight.data.zero_()
    assert_close(copy(x), expected)  # its filters are its own
    assert_close(pair(x), pair[2].bias[:, None, None].expand(2, 2, 6, 5))
    copy.float()
    assert copy[2].weight.dtype == torch.float32
    zeros = {name: torch.zeros_like(value) for name, value in pair.state_dict().items()}
    assert not functional_call(copy.double(), zeros, (x,)).any()
