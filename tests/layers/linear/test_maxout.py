import pytest
import torch
from nnzoo.layers.linear.maxout import Maxout

from tests.support.gradients import assert_close_with_gradients


@pytest.fixture
def x():
    torch.manual_seed(0)
    return torch.randn(6, 4, dtype=torch.float64, requires_grad=True)


def pieces(layer):
    """Weights and biases of each piece: (P, U, F) and (P, U)."""
    return layer.weight.unflatten(0, (-1, layer.pieces)).transpose(0, 1), layer.bias.unflatten(0, (-1, layer.pieces)).T


def test_value_and_gradient_of_the_largest_piece(x):
    layer = Maxout(in_features=4, out_features=5, pieces=3).double()
    weights, biases = pieces(layer)
    values = torch.stack([x @ w.T + b for w, b in zip(weights, biases, strict=True)])  # (P, B, U)
    torch.testing.assert_close(layer(x), values.amax(0))
    chosen = torch.nn.functional.one_hot(values.argmax(0), 3).permute(2, 0, 1)
    assert_close_with_gradients(layer(x), (values * chosen).sum(0), [x, layer.weight, layer.bias])


@pytest.mark.parametrize(("slope", "function"), [(0.0, torch.relu), (0.01, torch.nn.functional.leaky_relu)])
def test_relu_and_leaky_relu_as_special_cases(x, slope, function):
    layer = Maxout(in_features=4, out_features=5, pieces=2).double()
    weights, biases = (parameter.detach() for parameter in pieces(layer))
    weights[1], biases[1] = slope * weights[0], slope * biases[0]
    torch.testing.assert_close(layer(x), function(x @ weights[0].T + biases[0]))


def test_one_piece_is_refused():
    with pytest.raises(ValueError, match="pieces is 1; it must be at least 2"):
        Maxout(in_features=4, out_features=5, pieces=1)
