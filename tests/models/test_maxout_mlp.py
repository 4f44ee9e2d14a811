import pytest
import torch
from nnzoo.models.maxout_mlp import MaxoutMLP

from tests.support.gradients import assert_close_with_gradients


def test_value_and_gradient_by_hand():
    torch.manual_seed(0)
    net = MaxoutMLP(in_features=4, out_features=2, hidden=[5, 3], pieces=3).double()
    w1, b1, w2, b2, w3, b3 = net.parameters()
    x = torch.randn(6, 4, dtype=torch.float64)
    h1 = (x @ w1.T + b1).view(6, 5, 3).amax(-1)
    h2 = (h1 @ w2.T + b2).view(6, 3, 3).amax(-1)
    assert_close_with_gradients(net(x), h2 @ w3.T + b3, list(net.parameters()))


def test_number_of_parameters():
    net = MaxoutMLP(in_features=4, out_features=3, hidden=[8], pieces=5)
    assert sum(p.numel() for p in net.parameters()) == 5 * 8 * 5 + 9 * 3


def test_one_unit_of_two_pieces_is_the_absolute_value():
    net = MaxoutMLP(in_features=1, out_features=1, hidden=[1])
    for parameter, value in zip(net.parameters(), ([[1.0], [-1.0]], [0.0, 0.0], [[1.0]], [0.0]), strict=True):
        parameter.data = torch.tensor(value)
    x = torch.tensor([[-2.0], [0.0], [3.0]])
    assert net(x).tolist() == [[2.0], [0.0], [3.0]]


def test_dropout_acts_on_hidden_units_in_training_only():
    torch.manual_seed(0)
    net = MaxoutMLP(in_features=4, out_features=1, hidden=[4000], dropout=0.25)
    dropped = net.layers[:-1](torch.randn(1, 4)) == 0
    assert dropped.float().mean().item() == pytest.approx(0.25, abs=0.03)
    net.eval()
    assert not (net.layers[:-1](torch.randn(1, 4)) == 0).any()


def test_layer_without_units_is_refused():
    with pytest.raises(ValueError, match="hidden has a layer of 0 units"):
        MaxoutMLP(in_features=4, out_features=3, hidden=[8, 0])
