import pytest
import torch
from nnzoo.analysis.layers.sparsity import near_zero
from torch import nn


def test_share_in_states_of_a_cell():
    net = nn.Sequential(nn.RNN(2, 3, batch_first=True, nonlinearity="relu"))
    x = torch.randn(4, 5, 2, generator=torch.Generator().manual_seed(0))
    silent = (net(x)[0] == 0).double().mean().item()
    assert 0 < silent < 1
    assert near_zero(net, ["0"], x, threshold=0) == {"0": silent}


def test_shares_counted_by_hand():
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.ReLU(), nn.Flatten())
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(2))
    x = torch.tensor([[1.0, -1], [0.0005, 2], [0.1, 0], [-3, -3]])
    assert near_zero(net, ["0", "1"], x) == {"0": 2 / 8, "1": 5 / 8}
    assert near_zero(net, ["1"], x, threshold=0.1) == {"1": 6 / 8}
    assert near_zero(net, ["1"], x, threshold=0) == {"1": 4 / 8}
    with pytest.raises(ValueError, match="unknown layer '7'"):
        near_zero(net, ["7"], x)
