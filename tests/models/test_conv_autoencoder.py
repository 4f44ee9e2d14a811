import pytest
import torch
from nnzoo.config.files import model_config
from nnzoo.config.instantiate import instantiate
from nnzoo.layers.corruption import Corruption
from nnzoo.models.conv_autoencoder import ConvAutoencoder
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d, linear, max_pool2d, max_unpool2d
from torch.testing import assert_close

from tests.support.gradients import assert_close_with_gradients

STRIDED = {"kernel": 4, "stride": 2, "pool": 1}
FLAT = {**STRIDED, "code": 5, "code_activation": "tanh"}
SETTINGS = [
    {},
    {"channels": [4]},
    {"switches": False},
    {"pool": 3, "channels": [4], "kernel": 3, "padding": 0},
    {"code": 5},
    {"activation": "prelu", "padding": 4},
    STRIDED,
    {"kernel": 3, "stride": 3, "pool": 1},
    {"kernel": 3, "stride": 2, "channels": [3]},
    FLAT,
]
SHAPES = [(1, 8, 8), (3, 9, 7), (1, 28, 28)]


def made(in_shape=(1, 8, 8), **settings):
    torch.manual_seed(0)
    return ConvAutoencoder(in_shape=in_shape, **settings).double()


def images(*shape, n=3):
    torch.manual_seed(1)
    return torch.rand(n, *shape, dtype=torch.float64, requires_grad=True)


# Values and gradients


def test_one_filter_by_hand():
    """Aggarwal 8.5.2, on the image of Zaki and Meira's example: every layer with numbers that can be checked by eye."""
    net = made((1, 4, 4), channels=[1], kernel=2, padding=0, tied=True)
    conv, deconv = net.encoder[0][0], net.head[0]
    conv.weight.data = torch.eye(2, dtype=torch.float64)[None, None]
    conv.bias.data[:], deconv.bias.data[:] = -3, 0.5
    x = torch.tensor([[[[1, 2, 2, 1], [3, 1, 4, 2], [2, 1, 3, 4], [1, 2, 3, 1]]]], dtype=torch.float64)
    # The convolution gives [[2, 6, 4], [4, 4, 8], [4, 4, 4]] - 3, pooled in windows whose corners are at 0 and 2.
    code, switches = net.encode_with_switches(x)
    assert code.tolist() == [[3, 5, 1, 1]]
    assert switches[0].flatten().tolist() == [1, 5, 6, 8]
    # Unpooled: [[0, 3, 0], [0, 0, 5], [1, 0, 1]]. Each number is added in its place and below to the right.
    expected = [[0, 3, 0, 0], [0, 0, 8, 0], [1, 0, 1, 5], [0, 1, 0, 1]]
    assert (net(x) - 0.5).view(4, 4).tolist() == expected
    # Without switches: [[3, 0, 5], [0, 0, 0], [1, 0, 1]].
    expected = [[3, 0, 5, 0], [0, 3, 0, 5], [1, 0, 1, 0], [0, 1, 0, 1]]
    assert (net.decode(code) - 0.5).view(4, 4).tolist() == expected


def test_two_blocks_with_pooling_written_out():
    net, x = made((2, 8, 12), channels=[3, 4], kernel=3), images(2, 8, 12)
    w1, b1, w2, b2, w3, b3, w4, b4 = net.parameters()
    first, places = max_pool2d(conv2d(x, w1, b1, padding=1).relu(), 2, return_indices=True)
    code, further = max_pool2d(conv2d(first, w2, b2, padding=1).relu(), 2, return_indices=True)
    back = conv_transpose2d(max_unpool2d(code, further, 2).relu(), w3, b3, padding=1)
    back = conv_transpose2d(max_unpool2d(back, places, 2).relu(), w4, b4, padding=1)
    assert_close(net.encode(x), code.flatten(1))
    assert_close_with_gradients(net(x), back.flatten(1), [x, *net.parameters()])


def test_strides_and_a_dense_code_written_out():
    """8G4, 8G5: the second block leaves one row, which `output_padding` restores."""
    net, x = made((1, 10, 8), channels=[3, 2], **FLAT), images(1, 10, 8)
    w1, b1, w2, b2, w3, b3, w4, b4, w5, b5, w6, b6 = net.parameters()
    maps = conv2d(conv2d(x, w1, b1, 2, 1).relu(), w2, b2, 2, 1).relu()
    code = linear(maps.flatten(1), w3, b3).tanh()
    back = linear(code, w4, b4).view_as(maps).relu()
    back = conv_transpose2d(back, w5, b5, 2, 1, (1, 0)).relu()
    back = conv_transpose2d(back, w6, b6, 2, 1)
    assert_close(net.encode(x), code)
    assert_close_with_gradients(net(x), back.flatten(1), [x, *net.parameters()])


def mates(net):
    """Return each layer of the encoder with its counterpart in the decoder."""
    convolutions = [block[0] for block in net.encoder]
    transposed = [*net.decoder[:-1], net.head[0]][::-1]
    dense = [(net.to_code[1], net.from_code[0])] if len(net.to_code) > 1 else []
    return [*zip(convolutions, transposed, strict=True), *dense]


@pytest.mark.parametrize("settings", [{}, FLAT, {"code": 3}], ids=str)
def test_tied_equals_untied_with_transposed_filters(settings):
    """Value, and the gradient as the sum of both. 8G3."""
    tied, untied, x = made((2, 8, 9), tied=True, **settings), made((2, 8, 9), **settings), images(2, 8, 9)
    for (source, mirror), (down, up) in zip(mates(tied), mates(untied), strict=True):
        down.load_state_dict(source.state_dict())
        up.load_state_dict({"weight": mirror.weight, "bias": mirror.bias})
    assert_close(tied(x), untied(x))
    for net in (tied, untied):
        (net(x) - x.flatten(1)).square().sum().backward()
    for (source, mirror), (down, up) in zip(mates(tied), mates(untied), strict=True):
        back = up.weight.grad.T if isinstance(up, nn.Linear) else up.weight.grad
        assert back.any()
        assert_close(source.weight.grad, down.weight.grad + back)
        assert_close(mirror.bias.grad, up.bias.grad)


def test_tied_network_has_half_of_the_weights():
    weights = {tied: [p.numel() for p in made(tied=tied, code=5).parameters()] for tied in (False, True)}
    filters, biases = 16 * 25 + 16 * 8 * 25, 16 + 8 + 16 + 1
    dense = 8 * 2 * 2 * 5
    assert sum(weights[True]) == filters + dense + biases + 5 + 32
    assert sum(weights[False]) - sum(weights[True]) == filters + dense


# Code and switches


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_code_and_switches_determine_the_output(settings, shape):
    """Also for images of odd size and in colours; the output has the size of the image."""
    net, x = made(shape, **settings), images(*shape)
    code, switches = net.encode_with_switches(x)
    assert torch.equal(net.encode(x), code)
    assert code.shape == (3, settings.get("code") or code[0].numel())
    assert torch.equal(net.decode(code, switches), net(x))
    assert net(x).shape == (3, x[0].numel())
    pools, used = settings.get("pool", 2) > 1, settings.get("switches", True)
    assert (switches is None) == (not pools or not used)
    assert torch.equal(net.decode(code), net(x)) == (switches is None)


def test_decoding_without_switches_is_the_network_without_them():
    net, without, x = made(), made(switches=False), images(1, 8, 8)
    assert torch.equal(net.decode(net.encode(x)), without(x))
    assert not torch.allclose(net(x), without(x))


def test_code_of_maps_is_flattened():
    net, x = made((1, 28, 28)), images(1, 28, 28)
    maps, _ = net.pool(net.encoder[1](net.pool(net.encoder[0](x))[0]))
    assert maps.shape == (3, 8, 7, 7)
    assert torch.equal(net.encode(x), maps.flatten(1))


def test_unpooling_and_relu_commute():
    """So the ReLU can as well follow the transposed convolution."""
    net, x = made(), torch.randn(3, 8, 2, 2)
    assert torch.equal(net.unpool(x, None, (4, 4)).relu(), net.unpool(x.relu(), None, (4, 4)))


@pytest.mark.parametrize("padding", range(5))
def test_any_padding_keeps_the_size(padding):
    """8G1: the paddings of both layers add up to kernel - 1."""
    net = made((1, 9, 8), padding=padding, channels=[2])
    assert net.sizes == [(5 + 2 * padding, 4 + 2 * padding)]
    assert net(images(1, 9, 8)).shape == (3, 72)
    assert made(padding=2).sizes == made().sizes == [(8, 8), (4, 4)]  # half-padding


@pytest.mark.parametrize("noise", ["gaussian", "masking", "salt_and_pepper"])
def test_only_training_corrupts(noise):
    net, clean, x = made(corruption=noise, strength=0.5), made(), images(1, 8, 8)
    torch.manual_seed(2)
    output = net(x)
    torch.manual_seed(2)
    corrupted = net.corruption(x)
    assert not torch.allclose(corrupted, x)
    assert torch.equal(output, clean(corrupted))
    assert torch.equal(net.encode(x), clean.encode(x))
    assert torch.equal(net.eval()(x), clean(x))


@pytest.mark.parametrize("name", ["conv_autoencoder", "strided_conv_autoencoder", "flat_conv_autoencoder"])
def test_corruption_without_strength(name):
    net = instantiate(model_config(name) | {"corruption": "masking"}, in_shape=(1, 8, 8))
    assert isinstance(net.corruption, Corruption)
    assert net.corruption.strength == 0.3


# Errors


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"channels": []}, "^channels is empty; it takes the number of maps of each block$"),
        ({"channels": [4, 0]}, "^channels is 0; it must be at least 1$"),
        ({"code": 0}, "^code is 0; it must be at least 1$"),
        ({"stride": -1}, "^stride is -1; it must be at least 1$"),
        ({"padding": 5}, "^padding is 5; with kernel=5 it takes 0 to 4$"),
        ({"padding": -1}, "^padding is -1; with kernel=5 it takes 0 to 4$"),
        ({"kernel": 9, "padding": 0}, r"^kernel=9 with padding=0 does not fit the 8x8 input of block 1 of channels="),
        ({"padding": 0}, r"^kernel=5 with padding=0 does not fit the 2x2 input of block 2 of channels=\[16, 8\]$"),
        ({"pool": 9}, r"^pool=9 does not fit the 8x8 maps of block 1 of channels=\[16, 8\]$"),
        ({"channels": [2] * 4}, r"^pool=2 does not fit the 1x1 maps of block 4 of channels=\[2, 2, 2, 2\]$"),
        ({"code_activation": "tanh"}, "^code_activation=tanh has no effect without code, the size of a dense code$"),
        ({"pool": 1, "switches": False}, "^switches=False has no effect without pooling, with pool=1$"),
        ({"activation": "softmax"}, "^activation=softmax is for dense layers, not for maps$"),
        ({"activation": "rely"}, "unknown activation 'rely'; did you mean 'relu'"),
        ({"strength": 0.2}, "^strength=0.2 has no effect with corruption=none$"),
        ({"corruption": "masking", "strength": 2.0}, "^strength is 2.0; the share of masking"),
    ],
)
def test_invalid_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        made(**settings)
