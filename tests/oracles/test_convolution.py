"""W3 to W11: worked convolutions, pooling and sizes, by the networks and layers of the zoo, as sums and as im2col."""

import pytest
import torch
from nnzoo.layers.conv.connection_table import ConnectionTableConv2d
from nnzoo.layers.conv.unpooling import SwitchPool2d
from nnzoo.models.conv_autoencoder import ConvAutoencoder
from nnzoo.models.lenet5 import LeNet5
from nnzoo.models.linear import Linear
from nnzoo.models.recurrent.ar import AR
from nnzoo.models.window_mlp import WindowMLP
from nnzoo.spec import DataSpec
from torch import nn
from torch.nn.functional import unfold

from tests.support.built import built_for
from tests.support.gradients import assert_close_with_gradients

X = [[1, 2, 2, 1], [3, 1, 4, 2], [2, 1, 3, 4], [1, 2, 3, 1]]  # Zaki-Meira, 2-D example
IDENTITY, EXCHANGE = [[1, 0], [0, 1]], [[0, 1], [1, 0]]

# name: channels of the image, channels of each filter, padding, stride, maps of the result
EXAMPLES = {
    "W3": (
        [[[1, 0, 1, 0], [0, 1, 0, 1], [1, 1, 0, 0], [0, 0, 0, 1]]],
        [[[[1, 0], [0, -1]]]],
        0,
        1,
        [[[0, 0, 0], [-1, 1, 0], [1, 1, -1]]],
    ),
    "W7": ([X], [[IDENTITY]], 0, 1, [[[2, 6, 4], [4, 4, 8], [4, 4, 4]]]),
    "W8": (
        [
            [[1, -1, 3], [2, 1, 4], [3, 1, 2]],
            [[2, 1, 3], [3, -1, 1], [1, 1, -2]],
            [[1, -2, 4], [2, 1, -2], [1, 3, -1]],
        ],
        [[[[1, 1], [2, 0]], IDENTITY, EXCHANGE]],
        0,
        1,
        [[[5, 11], [15, 5]]],
    ),
    "W9": (
        [X, [[3, 1, 4, 1], [1, 1, 1, 2], [3, 0, 1, 2], [2, 0, 1, 0]]],
        [[IDENTITY, IDENTITY], [EXCHANGE, EXCHANGE]],
        0,
        1,
        [[[6, 8, 10], [5, 6, 11], [7, 5, 5]], [[7, 8, 7], [7, 6, 8], [4, 6, 10]]],
    ),
}
W10 = [[1, 2, 2, 1, 1], [3, 1, 4, 2, 1], [2, 1, 3, 4, 3], [1, 2, 3, 1, 1], [4, 1, 3, 2, 1]]
W10_FILTER = [[1, 0, 0], [0, 1, 1], [0, 1, 0]]
for padding, stride, expected in [
    (0, 1, [[7, 11, 9], [9, 11, 12], [8, 8, 7]]),
    (1, 1, [[6, 5, 7, 4, 2], [6, 7, 11, 9, 5], [4, 9, 11, 12, 6], [7, 8, 8, 7, 6], [5, 5, 7, 6, 2]]),
    (0, 2, [[7, 9], [8, 7]]),
]:
    EXAMPLES[f"W10, padding {padding}, stride {stride}"] = (
        [W10],
        [[W10_FILTER]],
        padding,
        stride,
        [expected],
    )


@pytest.fixture(params=EXAMPLES)
def example(request):
    image, filters, padding, stride, expected = EXAMPLES[request.param]
    tensors = [torch.tensor(part, dtype=torch.float64) for part in (image, filters, expected)]
    return tensors[0][None], tensors[1], padding, stride, tensors[2][None]


def convolution(image, filters, padding, stride):
    """Return a network whose code consists of the maps of one convolution with these filters."""
    settings = {"kernel": filters.shape[-1], "padding": padding, "stride": stride, "channels": [len(filters)]}
    net = ConvAutoencoder(in_shape=image.shape[1:], **settings, pool=1, activation="identity", bias=False).double()
    net.encoder[0][0].weight.data = filters
    return net


def by_sums(image, filters, padding, stride):
    """MMDS eq. 13.1: r_ij = sum of x_(i+k, j+l) w_kl, at every place by itself."""
    k = filters.shape[-1]
    padded = nn.functional.pad(image[0], [padding] * 4)
    places = range(0, padded.shape[-1] - k + 1, stride)
    maps = [[[(padded[:, i : i + k, j : j + k] * w).sum() for j in places] for i in places] for w in filters]
    return torch.stack([torch.stack([torch.stack(row) for row in rows]) for rows in maps])[None]


def test_w3_w7_to_w10_a_network_gives_the_printed_maps(example):
    *given, expected = example
    assert torch.equal(convolution(*given).encode(given[0]), expected.flatten(1))


@pytest.mark.parametrize("name", ["W3", "W7", "W8", "W9"])
def test_w3_w7_to_w9_a_full_connection_table_gives_the_printed_maps(name):
    image, filters, _, _, expected = (torch.tensor(part, dtype=torch.float64) for part in EXAMPLES[name])
    maps, channels, k, _ = filters.shape
    layer = ConnectionTableConv2d(in_channels=channels, table=[range(channels)] * maps, kernel_size=k).double()
    layer.load_state_dict({"weight": filters.flatten(0, 1), "bias": torch.zeros(maps)})
    assert torch.equal(layer(image[None])[0], expected)


def test_w4_the_size_law(example):
    image, filters, padding, stride, expected = example
    n = (image.shape[-1] - filters.shape[-1] + 2 * padding) / stride + 1  # MMDS eq. 13.3
    assert convolution(image, filters, padding, stride).sizes == [(n, n)]
    assert expected.shape[-1] == n


def test_a_convolution_is_a_sum_at_every_place_and_im2col_with_the_same_gradient(example):
    image, filters, padding, stride, expected = example
    net = convolution(image, filters, padding, stride)
    weight = net.encoder[0][0].weight
    image.requires_grad_()
    columns = unfold(image, weight.shape[-1], padding=padding, stride=stride)
    im2col = (weight.flatten(1) @ columns).view(expected.shape)
    maps = net.encode(image).view(expected.shape)
    for other in (im2col, by_sums(image, weight, padding, stride)):
        assert_close_with_gradients(maps, other, [image, weight])


X6, W6, EXPECTED6 = [1.0, 3, -1, 2, 3, 1, -2], [1.0, 0, 2], [-1, 7, 5, 4, -1]


def test_w6_an_autoregression_is_a_convolution_in_one_dimension():
    net = AR(in_features=1, out_features=1, order=3)
    net.load_state_dict({"readout.weight": torch.tensor([W6]), "readout.bias": torch.zeros(1)})
    assert net(torch.tensor(X6)[None, :, None])[0, 2:, 0].tolist() == EXPECTED6


def test_w6_a_window_network_is_a_convolution_in_one_dimension():
    net = WindowMLP(in_features=1, out_features=1, window=1, hidden=())
    net.load_state_dict(
        {"border": torch.zeros(1), "mlp.layers.0.weight": torch.tensor([W6]), "mlp.layers.0.bias": torch.zeros(1)}
    )
    found = net(torch.tensor(X6)[None, :, None])[0, :, 0]
    assert found[1:-1].tolist() == EXPECTED6
    assert (found[0], found[-1]) == (2 * 3, 1)  # padded with a zero


@pytest.mark.parametrize("k", [1, 3, 5, 7])
def test_w10_padding_that_keeps_the_size(k):
    """It is floor(k / 2), the default of the network."""
    net = ConvAutoencoder(in_shape=(1, 9, 9), channels=[1], kernel=k, pool=1)
    assert net.encoder[0][0].padding == (k // 2, k // 2)
    assert net.encode(torch.zeros(1, 1, 9, 9)).shape == (1, 81)


@pytest.mark.parametrize("kind", ["switches", "lenet5"])
def test_w11_max_pool_sends_the_gradient_to_the_largest(kind):
    layer = SwitchPool2d(2) if kind == "switches" else LeNet5(in_shape=(1, 16, 16), num_classes=2).layers[2]
    x = torch.tensor([[X]], dtype=torch.float32, requires_grad=True)
    pooled = layer(x)
    if isinstance(pooled, tuple):
        pooled, switches = pooled
        assert switches.tolist() == [[[[4, 6], [8, 11]]]]
    assert pooled.tolist() == [[[[3, 4], [2, 4]]]]
    pooled[..., 0, :].sum().backward()
    pooled_from = [[0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert x.grad.tolist() == [[pooled_from]]


def on_paper(in_shape, **settings):
    """Return a network of one block without allocating its weights, and its output shape."""
    with torch.device("meta"):
        net = ConvAutoencoder(in_shape=in_shape, **settings)
        _, switches = net.encode_with_switches(torch.empty(1, *in_shape))
    height, width = switches[0].shape[2:]
    return net, (switches[0].shape[1], height, width)


def test_w4_example_13_9_parameters_of_a_convolution():
    """64 filters of 5x5 over a colour image of 224x224: 76 parameters each, 4864 together; pooled 112x112x64."""
    net, pooled = on_paper((3, 224, 224), channels=[64], kernel=5, padding=2, pool=2)
    parameters = [p.numel() for p in net.encoder.parameters()]
    assert net.sizes == [(224, 224)]
    assert pooled == (64, 112, 112)
    assert sum(parameters) == 4864
    assert sum(parameters) / 64 == 76


def test_w4_a_dense_unit_has_150528_weights():
    """On 224x224x3; the network of the config gets its inputs from the data."""
    net = built_for(DataSpec("image", (3, 224, 224), "real", 1), "model=linear", "model.bias=false")
    assert sum(p.numel() for p in net.parameters()) == 150528


def test_w4_figure_13_11():
    """Filters 64 to 1024 of 3x3, each convolution pooled.

    The printed input of the fourth, 14x14x512, is the output of its pool; it is 28x28 before. The last layer has
    7x7x1024 inputs for each of 1000 units.
    """
    shape, sizes = (3, 224, 224), []
    for filters in (64, 128, 256, 512, 1024):
        net, pooled = on_paper(shape, channels=[filters], kernel=3, padding=1, pool=2)
        assert sum(p.numel() for p in net.encoder.parameters()) == filters * (9 * shape[0] + 1)
        sizes.append((net.sizes[0][0], pooled))
        shape = pooled
    assert sizes == [
        (224, (64, 112, 112)),
        (112, (128, 56, 56)),
        (56, (256, 28, 28)),
        (28, (512, 14, 14)),
        (14, (1024, 7, 7)),
    ]
    with torch.device("meta"):
        last = Linear(in_features=shape[0] * shape[1] * shape[2], out_features=1000)
    assert last.linear.weight.shape == (1000, 7 * 7 * 1024)


def test_w5_a_dense_layer_of_7x7_units_over_28x28_pixels_is_a_tensor_of_four_dimensions():
    """MMDS 13.7: sum_kl w_ijkl x_kl is the product of the 49 x 784 matrix with the flattened image."""
    net = built_for(DataSpec("image", (1, 28, 28), "real", 49), "model=linear").double()
    layer = net.model.linear
    assert layer.weight.shape == (49, 784)
    image = torch.randn(5, 1, 28, 28, dtype=torch.float64, requires_grad=True)
    w = layer.weight.view(7, 7, 28, 28)
    expected = torch.einsum("ijkl,nkl->nij", w, image[:, 0]) + layer.bias.view(7, 7)
    assert_close_with_gradients(net(image).view(5, 7, 7), expected, [image, layer.weight])
