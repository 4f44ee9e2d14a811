import pytest
import torch
from nnzoo.models.skip_mlp import SkipMLP


def test_value_and_gradient_by_hand():
    torch.manual_seed(0)
    net = SkipMLP(in_features=4, out_features=2, hidden=[5, 3], activation="tanh").double()
    w1, b1, w2, b2, w3, b3 = net.parameters()
    x = torch.randn(6, 4, dtype=torch.float64)
    h1 = (x @ w1.T + b1).tanh()
    h2 = (h1 @ w2[:, :5].T + x @ w2[:, 5:].T + b2).tanh()
    torch.testing.assert_close(net(x), h2 @ w3[:, :3].T + x @ w3[:, 3:].T + b3)
    net(x).sum().backward()
    d2 = w3[:, :3].sum(0) * (1 - h2**2)
    d1 = d2 @ w2[:, :5] * (1 - h1**2)
    torch.testing.assert_close(w3.grad, torch.cat([h2, x], 1).sum(0).expand(2, 7))
    torch.testing.assert_close(w2.grad, d2.T @ torch.cat([h1, x], 1))
    torch.testing.assert_close(w1.grad, d1.T @ x)


def test_without_hidden_layers_it_is_linear():
    net = SkipMLP(in_features=4, out_features=3, hidden=[])
    weight, bias = net.parameters()
    x = torch.randn(2, 5, 4)
    torch.testing.assert_close(net(x), x @ weight.T + bias)


def test_can_represent_the_identity():
    net = SkipMLP(in_features=3, out_features=3, hidden=[1, 1])
    for parameter in net.parameters():
        torch.nn.init.zeros_(parameter)
    net.output.weight.data[:, 1:] = torch.eye(3)
    x = torch.randn(5, 3)
    assert torch.equal(net(x), x)


def test_layer_without_units_is_refused():
    with pytest.raises(ValueError, match="hidden has a layer of 0 units"):
        SkipMLP(in_features=4, out_features=3, hidden=[0])
