from math import sqrt

import pytest
import torch
from nnzoo.layers.init import initialize
from nnzoo.layers.partial_conv import PartialConv2d
from torch import nn

# layer, fan-in, fan-out
LAYERS = [
    (lambda: nn.Linear(200, 300), 200, 300),
    (lambda: nn.Conv1d(30, 80, 5), 150, 400),
    (lambda: nn.Conv2d(20, 50, 5), 500, 1250),
    (lambda: PartialConv2d(in_channels=20, table=[range(10)] * 100, kernel_size=5), 250, 1250),
]
VARIANCE = {
    "he": lambda n, m: 2 / n,
    "xavier": lambda n, m: 2 / (n + m),
    "fan_in": lambda n, m: 1 / n,
    "fan_in_uniform": lambda n, m: 1 / (3 * n),
    "normal": lambda n, m: 1e-4,
    "uniform": lambda n, m: 1 / 3,
}


@pytest.mark.parametrize(("make", "fan_in", "fan_out"), LAYERS)
@pytest.mark.parametrize("scheme", VARIANCE)
def test_variance_law(make, fan_in, fan_out, scheme):
    torch.manual_seed(0)
    layer = make()
    initialize(layer, scheme)
    variance = VARIANCE[scheme](fan_in, fan_out)
    assert layer.weight.var().item() == pytest.approx(variance, rel=0.05)
    assert layer.weight.mean().item() == pytest.approx(0, abs=4 * sqrt(variance / layer.weight.numel()))
    if scheme == "uniform":
        assert layer.bias.var().item() == pytest.approx(1 / 3, rel=0.4)
    else:
        assert not layer.bias.any()


@pytest.mark.parametrize("scheme", VARIANCE)
@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_matrices_have_their_own_fan_in(kind, scheme):
    torch.manual_seed(0)
    net = kind(150, 100, 2)
    initialize(net, scheme)
    for weight, fan_in in [(net.weight_ih_l0, 150), (net.weight_hh_l0, 100), (net.weight_ih_l1, 100)]:
        assert weight.var().item() == pytest.approx(VARIANCE[scheme](fan_in, 100), rel=0.06)
    assert net.bias_hh_l1.any() == (scheme == "uniform")


@pytest.mark.parametrize(("scheme", "bound"), [("fan_in_uniform", 0.1), ("uniform", 1.0)])
def test_uniform_bounds(scheme, bound):
    layer = nn.Linear(100, 100)
    initialize(layer, scheme)
    assert 0.99 * bound < layer.weight.abs().max().item() <= bound


def test_each_map_of_a_partial_convolution_has_its_own_fan_in():
    torch.manual_seed(0)
    layer = PartialConv2d(in_channels=100, table=[[0], range(100)], kernel_size=20)
    initialize(layer, "fan_in")
    assert [w.var().item() for w in layer.maps()] == pytest.approx([1 / 400, 1 / 40000], rel=0.3)


def test_default_leaves_weights_and_every_scheme_reaches_inner_layers():
    net = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.BatchNorm1d(4), nn.Linear(4, 4)))
    before = [p.clone() for p in net.parameters()]
    initialize(net, "default")
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    initialize(net, "he")
    changed = [not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True)]
    assert changed == [True, True, False, False, True, True]


def test_unknown_scheme_gets_the_nearest():
    with pytest.raises(ValueError, match="unknown initialization 'xavir'; did you mean 'xavier'"):
        initialize(nn.Linear(2, 2), "xavir")
