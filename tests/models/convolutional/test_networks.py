"""Sizes, layers and errors of the convolutional networks. Numbers of parameters: test_parameters.py."""

from functools import partial

import pytest
import torch
from nnzoo.layers.conv.local_response import LocalResponseNorm
from nnzoo.layers.conv.residual import (
    BasicBlock,
    Block,
    HighwayBlock,
    PlainBlock,
    PreActivationBlock,
    StochasticDepth,
)
from nnzoo.models.convolutional.alexnet import AlexNet
from nnzoo.models.convolutional.all_conv import AllConvNet
from nnzoo.models.convolutional.densenet import DenseNet
from nnzoo.models.convolutional.fractalnet import FractalNet
from nnzoo.models.convolutional.googlenet import GoogLeNet
from nnzoo.models.convolutional.network_in_network import NetworkInNetwork
from nnzoo.models.convolutional.resnet import ResNet
from nnzoo.models.convolutional.vgg import VGG
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, linear, max_pool2d

from tests.support.catalogue import config_of
from tests.support.gradients import assert_close_with_gradients

LARGE = {"in_shape": (3, 224, 224), "out_features": 1000}


def settings(name):
    return {key: value for key, value in config_of(name)["model"].items() if not key.startswith("_")}


def sizes(net, kinds, side):
    """Sizes of the maps after each layer of some kinds."""
    found, x = [], torch.empty(1, 3, side, side, device="meta")
    for layer in net.layers:
        x = layer(x)
        if isinstance(layer, kinds):
            found.append((x.shape[2], x.shape[1]))
    return found


def test_sizes_of_alexnet():
    """Table 8.1: 55, 27, 13 and 6 pixels; and with 2 zeros of padding in place of images of 227."""
    with torch.device("meta"):
        net = AlexNet(**LARGE)
    assert sizes(net, nn.Conv2d, 224) == [(55, 96), (27, 256), (13, 384), (13, 384), (13, 256)]
    assert sizes(net, nn.MaxPool2d, 224) == [(27, 96), (13, 256), (6, 256)]


def test_sizes_of_zfnet():
    """Table 8.1: 55 and 13 pixels after the poolings."""
    with torch.device("meta"):
        net = AlexNet(**LARGE, **settings("zfnet"))
    assert sizes(net, nn.MaxPool2d, 224) == [(55, 96), (13, 256), (6, 512)]


@pytest.mark.parametrize("name", ["vgg_a", "vgg_b", "vgg_c", "vgg_d", "vgg_e"])
def test_sizes_of_vgg(name):
    """Table 8.2, exercise 4: each pooling halves the size."""
    with torch.device("meta"):
        net = VGG(**LARGE, **settings(name))
    assert sizes(net, nn.MaxPool2d, 224) == [(112, 64), (56, 128), (28, 256), (14, 512), (7, 512)]
    layers = {"vgg_a": 11, "vgg_b": 13, "vgg_c": 16, "vgg_d": 16, "vgg_e": 19}[name]
    assert sum(isinstance(layer, nn.Conv2d | nn.Linear) for layer in net.layers) == layers


def test_parameters_of_column_d_by_layer():
    """Exercise 5."""
    with torch.device("meta"):
        net = VGG(**LARGE, **settings("vgg_d"))
    weights = [layer.weight.numel() for layer in net.layers if isinstance(layer, nn.Conv2d | nn.Linear)]
    convolutions = [1_728, 36_864, 73_728, 147_456, 294_912, *[589_824] * 2, 1_179_648, *[2_359_296] * 5]
    assert weights == [*convolutions, 102_760_448, 16_777_216, 4_096_000]
    assert sum(convolutions) == 14_710_464
    assert round(weights[-3] / sum(p.numel() for p in net.parameters()), 4) == 0.7427  # "nearly 75 %"


def test_a_lrn_without_normalization_is_a():
    """O16."""
    torch.manual_seed(0)
    lrn = VGG(in_shape=(3, 32, 32), out_features=3, **settings("vgg_a_lrn") | {"dense_units": [8]})
    a = VGG(in_shape=(3, 32, 32), out_features=3, **settings("vgg_a") | {"dense_units": [8]})
    a.load_state_dict(dict(zip(a.state_dict(), lrn.state_dict().values(), strict=True)))
    (index,) = (i for i, layer in enumerate(lrn.layers) if isinstance(layer, LocalResponseNorm))
    assert index == 2
    x = torch.randn(2, 3, 32, 32)
    assert not torch.equal(lrn.eval()(x), a.eval()(x))
    lrn.layers[index] = nn.Identity()
    assert torch.equal(lrn(x), a(x))


def test_a_grouped_alexnet_is_a_block_diagonal_one():
    """O16."""
    torch.manual_seed(0)
    small = {"in_shape": (3, 63, 63), "out_features": 3, "channels": [4, 8, 8, 8, 8], "dense_units": []}
    grouped, whole = AlexNet(**small, groups=2), AlexNet(**small)
    for ours, theirs in zip(grouped.layers, whole.layers, strict=True):
        if isinstance(ours, nn.Conv2d) and ours.groups == 2:
            outputs, inputs = ours.out_channels // 2, ours.in_channels // 2
            nn.init.zeros_(theirs.weight)
            theirs.weight.data[:outputs, :inputs] = ours.weight.data[:outputs]
            theirs.weight.data[outputs:, inputs:] = ours.weight.data[outputs:]
            theirs.bias.data = ours.bias.data
        elif list(ours.parameters()):
            theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 3, 63, 63)
    torch.testing.assert_close(grouped(x), whole(x))


def test_network_in_network_by_hand():
    torch.manual_seed(0)
    net = NetworkInNetwork(in_shape=(1, 9, 8), out_features=3, channels=[[2, 3, 4], [5, 4, 3], [2, 5]]).double().eval()
    x = torch.randn(2, 1, 9, 8, dtype=torch.float64, requires_grad=True)
    weights = list(net.parameters())
    h = x
    for index in range(9):
        w, b = weights[2 * index : 2 * index + 2]
        h = conv2d(h, w, b, padding=w.shape[-1] // 2)
        h = h.relu() if index < 8 else h
        if index == 2:
            h = max_pool2d(h, 3, 2, ceil_mode=True)
        if index == 5:
            h = avg_pool2d(h, 3, 2, ceil_mode=True)
    assert_close_with_gradients(net(x), h.mean((2, 3)), [x, *weights])


def test_all_convolutional_network_by_hand():
    torch.manual_seed(0)
    net = AllConvNet(in_shape=(2, 14, 13), out_features=3, channels=[[3, 4], [5, 2]], last=[4, 5]).double().eval()
    x = torch.randn(2, 2, 14, 13, dtype=torch.float64, requires_grad=True)
    weights = list(net.parameters())
    h = x
    for index, (stride, padding) in enumerate([(1, 1), (2, 1), (1, 1), (2, 1), (1, 0), (1, 0), (1, 0)]):
        h = conv2d(h, *weights[2 * index : 2 * index + 2], stride, padding)
        h = h.relu() if index < 6 else h
    assert_close_with_gradients(net(x), h.mean((2, 3)), [x, *weights])


def test_a_residual_network_by_hand():
    """Two stages without normalization, with both shortcuts."""
    torch.manual_seed(0)

    def block(*shape):
        return BasicBlock(*shape, norm="none", shortcut="padding")

    net = ResNet(in_shape=(2, 6, 5), out_features=3, block=block, blocks=[1, 1], channels=[4, 6], stem_channels=4)
    net = net.double()
    w, b, w1, b1, w2, b2, w3, b3, w4, b4, dense, bias = net.parameters()
    x = torch.randn(2, 2, 6, 5, dtype=torch.float64, requires_grad=True)
    h = conv2d(x, w, b, padding=1).relu()
    h = (h + conv2d(conv2d(h, w1, b1, padding=1).relu(), w2, b2, padding=1)).relu()
    skip = nn.functional.pad(h[..., ::2, ::2], (0, 0, 0, 0, 0, 2))
    h = (skip + conv2d(conv2d(h, w3, b3, 2, 1).relu(), w4, b4, padding=1)).relu()
    assert_close_with_gradients(net(x), linear(h.mean((2, 3)), dense, bias), [x, *net.parameters()])


def test_survival_decreases_with_depth():
    net = ResNet(in_shape=(1, 8, 8), out_features=2, block=BasicBlock, blocks=[2, 2], channels=[4, 8], survival=0.5)
    found = [layer.survival for layer in net.modules() if isinstance(layer, StochasticDepth)]
    assert found == [0.875, 0.75, 0.625, 0.5]


def test_a_plain_network_has_no_shortcut():
    small = {"in_shape": (1, 8, 8), "out_features": 2, "blocks": [1, 1], "channels": [4, 4], "stem_channels": 4}
    net = ResNet(block=PlainBlock, **small).eval()
    x = torch.randn(2, 1, 8, 8)
    assert torch.equal(
        net(x), nn.Sequential(*net.layers[:3], *(block.branch for block in net.layers[3:5]), *net.layers[5:])(x)
    )


def test_fractal_paths_are_left_out_in_training():
    torch.manual_seed(0)
    net = FractalNet(in_shape=(1, 8, 8), out_features=2, channels=[4, 4], columns=2)
    x = torch.randn(3, 1, 8, 8)
    with torch.no_grad():
        outputs = torch.stack([net(x) for _ in range(20)])
    assert len(outputs.flatten(1).unique(dim=0)) > 4
    assert torch.equal(net.eval()(x), net(x))
    assert torch.equal(net(x), net.layers(x))


def test_without_a_second_column_no_path_is_left_out():
    torch.manual_seed(0)
    net = FractalNet(in_shape=(1, 8, 8), out_features=2, channels=[4], columns=1, drop=0.9, global_share=0.5)
    x = torch.randn(3, 1, 8, 8)
    assert all(torch.equal(net(x), net.layers(x)) for _ in range(10))


SHAPE = {"in_shape": (1, 28, 28), "out_features": 10}


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: VGG(**SHAPE), r"^images of 28x28 are too small: max-pooling 2x2 \(layer 20\) gets 1x1 maps; the "),
        (lambda: AlexNet(**SHAPE), "max-pooling 3x3 .* gets 2x2 maps; the least size is 63x63$"),
        (lambda: AllConvNet(in_shape=(1, 8, 8), out_features=2), "gets 2x2 maps; the least size is 9x9$"),
        (lambda: FractalNet(in_shape=(1, 8, 8), out_features=2), "the least size is 16x16$"),
        (lambda: VGG(**SHAPE, layers="C3D64 X"), "layers has 'X'; it takes C3D64"),
        (lambda: VGG(**SHAPE, layers="C3D4", dense_units=[8, 0]), r"^dense_units is \[8, 0\]; each layer needs"),
        (lambda: VGG(**SHAPE, layers="C3D8 C3D0"), "^layers has 'C3D0'; it takes odd sides"),
        (lambda: VGG(**SHAPE, layers="C4D8"), "^layers has 'C4D8'; it takes odd sides"),
        (lambda: AlexNet(**SHAPE, strides=[0, 1, 1, 1, 1]), r"^strides is \[0, 1, 1, 1, 1\]; each must be at least 1$"),
        (lambda: AlexNet(**SHAPE, channels=[8, 8, 0, 8, 8]), r"^channels is .* at least 1$"),
        (lambda: AlexNet(**SHAPE, padding=[-1, 2, 1, 1, 1]), r"^padding is .* at least 0$"),
        (lambda: NetworkInNetwork(**SHAPE, kernels=[4, 5, 3]), "odd kernels only; kernel is 4$"),
        (lambda: ResNet(**SHAPE, block=BasicBlock, stem_channels=0), "^stem_channels is 0; it must be at least 1$"),
        (lambda: ResNet(**SHAPE, block=BasicBlock, blocks=[], channels=[]), r"^blocks is \[\]; it takes the number"),
        (lambda: VGG(**SHAPE, layers="M " * 14), "the least size is 16384x16384$"),
        (lambda: AllConvNet(**SHAPE, last=[0, 8]), r"^last is \[0, 8\]; each must be at least 1$"),
        (lambda: GoogLeNet(**SHAPE, modules=[[[0, 1, 1, 1, 1, 1]]]), "; 1x1, 3x3 and 5x5 take at least 1 map$"),
        (lambda: DenseNet(**SHAPE, stem_channels=0), "^stem_channels is 0"),
        (lambda: DenseNet(**SHAPE, bottleneck=-1), "^bottleneck is -1; it must be at least 0$"),
        (lambda: DenseNet(**SHAPE, compression=1e-3), "^compression=0.001 keeps none of 160 maps$"),
        (lambda: FractalNet(**SHAPE, channels=[]), r"^channels is \[\]; it takes the maps of each block$"),
        (lambda: AlexNet(**SHAPE, channels=[4, 4]), "channels has 2 entries; it takes one for each of the 5"),
        (lambda: AlexNet(**SHAPE, groups=5), "groups=5 does not divide 96 and 256, the maps of convolution 2$"),
        (lambda: NetworkInNetwork(**SHAPE, channels=[[1], [2], [3]]), "it takes 3, 3 and 2 numbers of maps"),
        (lambda: NetworkInNetwork(**SHAPE, kernels=[5]), "kernels has 1 entries"),
        (lambda: GoogLeNet(**SHAPE, modules=[[[1, 2]]]), r"an inception module is \[1, 2\]; it takes maps of 1x1"),
        (lambda: ResNet(**SHAPE, block=BasicBlock, blocks=[1]), "blocks has 1 and channels 3 entries"),
        (lambda: ResNet(**SHAPE, block=BasicBlock, blocks=[1, 0, 1]), r"blocks is \[1, 0, 1\]; each stage"),
        (lambda: ResNet(**SHAPE, block=nn.Conv2d), "block is Conv2d; it must be a class derived from"),
        (lambda: ResNet(**SHAPE, block=Block), "block is Block; it must be a class derived from"),
        (lambda: ResNet(**SHAPE, block=HighwayBlock, survival=0.5), "and HighwayBlock is no such sum"),
        (lambda: ResNet(**SHAPE, block=BasicBlock, survival=0.0), "survival is 0.0"),
        (lambda: DenseNet(**SHAPE, blocks=[0]), r"blocks is \[0\] and growth is 12"),
        (lambda: DenseNet(**SHAPE, compression=0.0), "compression is 0.0"),
        (lambda: FractalNet(**SHAPE, drop=1.0), "drop is 1.0"),
        (lambda: AllConvNet(**SHAPE, dropout_input=1.0), "^dropout_input is 1.0; it must be at least 0 and below 1$"),
        (lambda: AllConvNet(**SHAPE, dropout=-0.5), "^dropout is -0.5; it must be at least 0 and below 1$"),
        (lambda: VGG(**SHAPE, layers="C3D4", dropout=1.0), "^dropout is 1.0; it must be at least 0 and below 1$"),
        (lambda: NetworkInNetwork(**SHAPE, dropout=1.0), "^dropout is 1.0; it must be at least 0 and below 1$"),
        (lambda: GoogLeNet(in_shape=(1, 32, 32), out_features=2, dropout=1.0), "^dropout is 1.0; it must be"),
        (lambda: DenseNet(**SHAPE, dropout=1.0), "^dropout is 1.0; it must be at least 0 and below 1$"),
        (lambda: ResNet(**SHAPE, block=partial(PreActivationBlock, dropout=1.0)), "^dropout is 1.0; it must"),
        (lambda: AllConvNet(**SHAPE, last=[1]), "last has 1 entries"),
        (lambda: AllConvNet(**SHAPE, channels=[[]]), "each stage needs a convolution"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit(build, message):
    with torch.device("meta"), pytest.raises(ValueError, match=message):
        build()
