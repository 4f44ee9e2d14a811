import pytest
import torch
from nnzoo.models.random_mlp import RandomMLP


def test_value_and_gradient_of_a_dense_network_with_zeros():
    torch.manual_seed(0)
    net = RandomMLP(in_features=9, out_features=2, hidden=[6], connections=3, activation="tanh").double()
    partial, readout = net.layers[0], net.layers[2]
    dense = torch.zeros(6, 9, dtype=torch.float64)
    for unit, weight in enumerate(partial.units()):
        places = partial.index[3 * unit : 3 * unit + 3] - 9 * unit
        dense[unit, places] = weight.detach()
    dense.requires_grad_()
    x = torch.randn(5, 9, dtype=torch.float64)
    expected = (x @ dense.T + partial.bias).tanh() @ readout.weight.T + readout.bias
    torch.testing.assert_close(net(x), expected)
    (full,) = torch.autograd.grad(expected.square().sum(), dense)
    (part,) = torch.autograd.grad(net(x).square().sum(), partial.weight)
    torch.testing.assert_close(part, full.flatten()[partial.index])


def test_number_of_parameters():
    net = RandomMLP(in_features=784, out_features=10, hidden=[100, 50], connections=16)
    assert sum(p.numel() for p in net.parameters()) == 17 * 100 + 17 * 50 + 51 * 10


def test_connections_depend_on_the_seed():
    def made(seed):
        torch.manual_seed(seed)
        return RandomMLP(in_features=30, out_features=2, hidden=[10], connections=4).layers[0].index

    assert torch.equal(made(0), made(0))
    assert not torch.equal(made(0), made(1))


@pytest.mark.parametrize(
    ("setting", "message"), [({"connections": 0}, "connections is 0"), ({"hidden": [0]}, "a layer of 0 units")]
)
def test_invalid_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        RandomMLP(in_features=4, out_features=3, **setting)
