from copy import deepcopy

import pytest
import torch
from nnzoo.layers.linear.tied import TiedLinear
from torch import nn
from torch.func import functional_call
from torch.testing import assert_close


@pytest.fixture
def pair():
    torch.manual_seed(0)
    source = nn.Linear(4, 3).double()
    return nn.Sequential(source, nn.Tanh(), TiedLinear(source).double())


def test_value_and_gradient_by_hand(pair):
    x = torch.randn(5, 3, dtype=torch.float64)
    source, _, tied = pair
    tied.bias.data = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)
    assert_close(tied(x), x @ source.weight + tied.bias)
    weights = torch.randn(5, 4, dtype=torch.float64)
    (tied(x) * weights).sum().backward()
    assert_close(source.weight.grad, x.T @ weights)
    assert_close(tied.bias.grad, weights.sum(0))


def test_state_dict_has_the_weights_once(pair):
    assert list(pair.state_dict()) == ["0.weight", "0.bias", "2.bias"]
    assert [name for name, _ in pair.named_parameters(remove_duplicate=False)] == ["0.weight", "0.bias", "2.bias"]
    assert list(nn.Sequential(nn.Linear(2, 3), TiedLinear(nn.Linear(2, 3), bias=False))[1].parameters()) == []


def test_both_stay_together(pair):
    x = torch.randn(2, 4, dtype=torch.float64)
    expected = pair(x)
    copy = deepcopy(pair)
    pair[0].weight.data.zero_()
    assert_close(copy(x), expected)  # its weights are its own
    assert_close(pair(x), pair[2].bias.expand(2, 4))
    copy.float()
    assert copy[2].weight.dtype == torch.float32
    copy.load_state_dict({name: torch.zeros_like(value) for name, value in copy.state_dict().items()}, assign=True)
    assert not copy[2].weight.any()
    other = {name: torch.full_like(value, 0.5) for name, value in pair.state_dict().items()}
    assert_close(functional_call(pair, other, (x,)), (x.sum(1) * 0.5 + 0.5).tanh()[:, None].expand(2, 4) * 1.5 + 0.5)
