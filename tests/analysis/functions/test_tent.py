import pytest
import torch
from nnzoo.analysis.functions.tent import region_boundaries, shallow_tent, tent
from nnzoo.models.mlp import MLP
from torch import nn


@pytest.mark.parametrize("depth", [1, 2, 3, 5, 10])
@pytest.mark.parametrize("make", [tent, shallow_tent])
def test_regions_double_with_each_layer(make, depth):
    ends = region_boundaries(make(depth))
    torch.testing.assert_close(ends, torch.linspace(0, 1, 2**depth + 1).double(), rtol=0, atol=0)


@pytest.mark.parametrize("depth", [1, 2, 3, 8])
def test_equals_the_composed_tent_map(depth):
    x = torch.rand(500, 1, dtype=torch.float64)
    y = x
    for _ in range(depth):
        y = 1 - (2 * y - 1).abs()
    torch.testing.assert_close(tent(depth).double()(x), y, rtol=0, atol=1e-12)
    torch.testing.assert_close(shallow_tent(depth).double()(x), y, rtol=0, atol=1e-9)


def test_units():
    assert [layer.out_features for layer in tent(10) if isinstance(layer, nn.Linear)] == [2] * 10 + [1]
    assert shallow_tent(10)[0].out_features == 1024


def test_regions_of_random_networks_equal_dense_sampling():
    for seed in range(5):
        torch.manual_seed(seed)
        net = MLP(in_features=1, out_features=1, hidden=[6, 6]).layers
        ends = region_boundaries(net, -3, 3)
        assert (ends[0], ends[-1]) == (-3, 3)
        x = torch.linspace(-3, 3, 60001, dtype=torch.float64)
        slopes = net.double()(x[:, None]).squeeze(1).diff() / x.diff()
        bends = (slopes.diff().abs() > 1e-5).nonzero().squeeze(1)
        starts = bends[torch.cat([torch.tensor([True]), bends.diff() > 1])]  # a bend inside a step shows in two
        assert len(ends) - 2 == len(starts) > 2
        torch.testing.assert_close(ends[1:-1], x[starts + 1], rtol=0, atol=2e-4)


def test_one_layer_has_at_most_units_plus_one_regions():
    for seed in range(20):
        torch.manual_seed(seed)
        net = MLP(in_features=1, out_features=1, hidden=[7]).layers
        assert len(region_boundaries(net, -100, 100)) - 1 <= 8


def test_straight_line_has_one_region():
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[1.0], [-1.0]]))
        net[0].bias.copy_(torch.tensor([-0.3, 0.3]))
        net[2].weight.copy_(torch.tensor([[1.0, -1.0]]))  # relu(a) - relu(-a) = a
    assert region_boundaries(net).tolist() == [0, 1]


def test_boundaries_that_differ_by_rounding_are_merged():
    net = MLP(in_features=1, out_features=1, hidden=[4]).double().layers
    with torch.no_grad():
        net[0].weight.copy_(torch.tensor([[3.0], [0.3], [0.9], [-0.7]], dtype=torch.float64))
        net[0].bias.copy_(torch.tensor([-1, -0.1, -0.3, 0.7 / 3], dtype=torch.float64))
    assert region_boundaries(net).tolist() == pytest.approx([0, 1 / 3, 1])


def test_invalid_arguments_are_refused():
    for make in (tent, shallow_tent):
        with pytest.raises(ValueError, match="depth is 0; it must be at least 1"):
            make(0)
    with pytest.raises(ValueError, match="linear regions can only be computed"):
        region_boundaries(nn.Sequential(nn.Linear(1, 1), nn.Tanh()))
