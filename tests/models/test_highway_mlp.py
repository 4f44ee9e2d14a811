"""Highway networks of dense layers."""

import pytest
import torch
from nnzoo.models.highway_mlp import HighwayMLP
from torch import nn


def test_layers():
    net = HighwayMLP(in_features=3, out_features=2, hidden=4, depth=2)
    first, activation, *highways, head = net.layers
    x = torch.randn(5, 3)
    h = activation(first(x))
    for layer in highways:
        t = layer.gate(h).sigmoid()
        h = t * layer.transform(h) + (1 - t) * h
    torch.testing.assert_close(net(x), head(h))
    assert len(highways) == 2


def test_gradients_reach_the_first_of_fifty_layers():
    """With closed gates; in a multilayer perceptron of that depth they vanish."""
    torch.manual_seed(0)
    x = torch.randn(8, 10)
    highway = HighwayMLP(in_features=10, out_features=1, hidden=10, depth=50, activation="tanh", gate_bias=-4.0)
    layers = [layer for _ in range(51) for layer in (nn.Linear(10, 10), nn.Tanh())]
    plain = nn.Sequential(*layers, nn.Linear(10, 1))
    norms = []
    for net, first in ((highway, highway.layers[0]), (plain, plain[0])):
        net(x).sum().backward()
        norms.append(first.weight.grad.norm())
    assert norms[0] > 1e6 * norms[1]


@pytest.mark.parametrize("name", ["hidden", "depth"])
def test_values_out_of_range(name):
    with pytest.raises(ValueError, match=f"^{name} is 0; it must be at least 1$"):
        HighwayMLP(in_features=3, out_features=2, **{name: 0})
