import pytest
import torch
from nnzoo.layers.conv.connection_table import LENET5_TABLE
from nnzoo.models.lenet5_original import LeNet5Original
from torch.nn.functional import conv2d, linear, pad

from tests.support.gradients import assert_close_with_gradients


def build(**settings):
    torch.manual_seed(0)
    return LeNet5Original(**{"in_shape": (1, 32, 32), "num_classes": 10, **settings})


def test_published_sizes_and_parameters():
    net = build()
    x, sizes = torch.zeros(1, 1, 32, 32), []
    for layer in net.layers:
        x = layer(x)
        if not sizes or sizes[-1] != tuple(x.shape[1:]):
            sizes.append(tuple(x.shape[1:]))
    maps = [(1, 32, 32), (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5)]
    assert sizes == [*maps, (400,), (120,), (84,), (10,)]
    counts = [sum(p.numel() for p in layer.parameters()) for layer in net.layers]
    assert [n for n in counts if n] == [156, 12, 1516, 32, 48120, 10164]
    assert sum(counts) == 60_000  # LeCun et al. 1998, II.B


@pytest.mark.parametrize("activation", ["scaled_tanh", "sigmoid"])
@pytest.mark.parametrize("side", [28, 32])
def test_value_and_gradient_by_hand(activation, side):
    net = build(in_shape=(1, side, side), activation=activation).double()
    squash = (lambda a: 1.7159 * (2 * a / 3).tanh()) if activation == "scaled_tanh" else torch.sigmoid
    x = torch.rand(2, 1, side, side, dtype=torch.float64, requires_grad=True)
    parameters = list(net.parameters())
    w1, b1, a2, b2, w3, b3, a4, b4, w5, b5, w6, b6 = parameters

    def subsample(h, weight, bias):
        four = h[..., ::2, ::2] + h[..., 1::2, ::2] + h[..., ::2, 1::2] + h[..., 1::2, 1::2]
        return squash(four / 4 * weight + bias)

    h = x if side == 32 else pad(x, (2, 2, 2, 2))
    h = subsample(conv2d(h, w1, b1), a2, b2)
    kernels = w3.split([len(row) for row in LENET5_TABLE])
    maps = [conv2d(h[:, row], k[None]) for row, k in zip(LENET5_TABLE, kernels, strict=True)]
    h = subsample(torch.cat(maps, 1) + b3[:, None, None], a4, b4)
    h = squash(linear(h.flatten(1), w5, b5))
    h = squash(linear(h, w6, b6))
    distances = torch.stack([((h - p) ** 2).sum(1) for p in net.layers[-1].prototypes], 1)
    assert_close_with_gradients(net(x), -distances / 2, [x, *parameters])


def test_every_parameter_gets_a_gradient():
    net = build()
    net(torch.rand(4, 1, 32, 32)).log_softmax(1)[:, 3].sum().backward()
    assert all(p.grad.abs().max() > 0 for p in net.parameters())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"in_shape": (1, 16, 16)}, "28x28 or 32x32, got 16x16"),
        ({"in_shape": (3, 32, 28)}, "28x28 or 32x32, got 32x28"),
        ({"num_classes": 7}, "10 classes, the digits, got 7"),
    ],
)
def test_wrong_shapes_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        build(**settings)
