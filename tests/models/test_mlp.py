import pytest
import torch
from nnzoo.models.mlp import MLP


def test_value_and_gradient_by_hand():
    torch.manual_seed(0)
    net = MLP(in_features=4, out_features=2, hidden=[5, 3], activation="tanh").double()
    w1, b1, w2, b2, w3, b3 = net.parameters()
    x = torch.randn(6, 4, dtype=torch.float64)
    h1 = (x @ w1.T + b1).tanh()
    h2 = (h1 @ w2.T + b2).tanh()
    torch.testing.assert_close(net(x), h2 @ w3.T + b3)
    net(x).sum().backward()
    d2 = w3.sum(0) * (1 - h2**2)
    d1 = d2 @ w2 * (1 - h1**2)
    torch.testing.assert_close(w3.grad, h2.sum(0).expand(2, 3))
    torch.testing.assert_close(w2.grad, d2.T @ h1)
    torch.testing.assert_close(w1.grad, d1.T @ x)
    torch.testing.assert_close(b1.grad, d1.sum(0))


def test_published_mlp_has_its_layers():
    net = MLP(in_features=784, out_features=10, hidden=[120, 84])
    assert sum(p.numel() for p in net.parameters()) == 785 * 120 + 121 * 84 + 85 * 10


def test_without_hidden_layers_it_is_linear():
    net = MLP(in_features=4, out_features=3, hidden=[])
    weight, bias = net.parameters()
    x = torch.randn(5, 4)
    torch.testing.assert_close(net(x), x @ weight.T + bias)


def test_identity_units_collapse_to_one_matrix():
    torch.manual_seed(0)
    net = MLP(in_features=4, out_features=3, hidden=[6, 5], activation="identity", bias=False).double()
    w1, w2, w3 = net.parameters()
    x = torch.randn(7, 4, dtype=torch.float64)
    torch.testing.assert_close(net(x), x @ (w3 @ w2 @ w1).T)  # Aggarwal, theorem 1.5.1


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_steps_of_sequences_are_examples(norm):
    torch.manual_seed(0)
    net = MLP(in_features=4, out_features=3, norm=norm)
    x = torch.randn(2, 5, 4)
    torch.testing.assert_close(net(x), net(x.view(10, 4)).view(2, 5, 3))


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_normalization_is_before_the_activation(norm):
    torch.manual_seed(0)
    net = MLP(in_features=4, out_features=8, hidden=[8], norm=norm).double()
    inner = net.layers[:2]
    x = torch.randn(20, 4, dtype=torch.float64)
    dim = 0 if norm == "batch" else 1
    net_input = torch.nn.functional.linear(x, inner[0].weight, inner[0].bias)
    gap = net_input - net_input.mean(dim, keepdim=True)
    normal = gap / (gap.square().mean(dim, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(net.layers[-1](normal.relu()), net(x))


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_every_parameter_gets_a_gradient(norm):
    torch.manual_seed(0)
    net = MLP(in_features=4, out_features=3, norm=norm, dropout=0.1)
    net(torch.randn(32, 4)).square().sum().backward()
    assert all(p.grad.abs().max() > 1e-4 for p in net.parameters())


def test_dropout_acts_on_hidden_units_in_training_only():
    torch.manual_seed(0)
    net = MLP(in_features=4, out_features=1, hidden=[4000], activation="sigmoid", dropout=0.25)
    x = torch.randn(1, 4)
    kept = net.layers[:-1](x) > 0
    assert kept.float().mean().item() == pytest.approx(0.75, abs=0.03)
    net.eval()
    assert (net.layers[:-1](x) > 0).all()
    assert torch.equal(net(x), net(x))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"hidden": [8, 0]}, "hidden has a layer of 0 units"),
        ({"activation": "relo"}, "did you mean 'relu'"),
        ({"dropout": 1.5}, "^dropout is 1.5; it must be at least 0 and below 1$"),
        ({"dropout": 1.0}, "^dropout is 1.0; it must be at least 0 and below 1$"),
    ],
)
def test_invalid_settings_are_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        MLP(in_features=4, out_features=3, **setting)
