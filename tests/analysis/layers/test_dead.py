import pytest
import torch
from nnzoo.analysis.layers.dead import dead_units
from nnzoo.models.mlp import MLP
from torch import nn


def test_negative_weights_on_inputs_that_are_not_negative():
    net = MLP(in_features=3, out_features=2, hidden=[4, 5])
    with torch.no_grad():
        net.layers[0].weight[:3] = -1  # Aggarwal 3.4.3
        net.layers[0].bias[:3] = 0
        net.layers[0].weight[3] = 1
        net.layers[2].weight.fill_(1)
        net.layers[2].bias.zero_()
    x = torch.rand(20, 3)
    found = dead_units(net, x)
    assert {name: units.tolist() for name, units in found.items()} == {
        "layers.1": [True, True, True, False],
        "layers.3": [False] * 5,
    }
    nn.functional.cross_entropy(net(x), torch.zeros(20).long()).backward()
    assert not net.layers[0].weight.grad[:3].any()  # no gradient
    assert net.layers[0].weight.grad[3].any()


def test_unit_that_is_active_once_is_not_dead():
    net = nn.Sequential(nn.ReLU())
    x = torch.tensor([[-1.0, -1.0], [-1.0, 1e-6], [0.0, -1.0]])
    assert dead_units(net, x)["0"].tolist() == [True, False]


def test_channels_steps_and_layers_used_twice():
    relu = nn.Sequential(nn.ReLU())
    image = torch.full((2, 3, 4, 4), -1.0)
    image[1, 2, 0, 3] = 1
    assert dead_units(relu, image)["0"].tolist() == [True, True, False]
    steps = torch.full((2, 5, 2), -1.0)
    steps[0, 4, 0] = 1
    assert dead_units(relu, steps)["0"].tolist() == [False, True]
    twice = nn.Sequential(relu[0], Flip(), relu[0])
    assert dead_units(twice, torch.tensor([[1.0, -1.0, 0.0]]))["0"].tolist() == [False, False, True]
    assert not relu[0]._forward_hooks


class Flip(nn.Module):
    def forward(self, x):
        return x.flip(1) - 1 + x.new_tensor([0.0, 2.0, 0.0])


@pytest.mark.parametrize("activation", ["leaky_relu", "tanh"])
def test_only_relu_units_can_be_dead(activation):
    assert dead_units(MLP(in_features=3, out_features=2, activation=activation), torch.rand(4, 3)) == {}
