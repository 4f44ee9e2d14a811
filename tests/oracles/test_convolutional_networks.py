"""Aggarwal, chapter 8: worked numbers W1 to W18 and equivalences O5 to O18 of convolutional layers and networks."""

import pytest
import torch
from nnzoo.config.compose import compose
from nnzoo.layers.conv.dense_block import DenseBlock
from nnzoo.layers.conv.explicit import convolve
from nnzoo.layers.conv.inception import Inception
from nnzoo.layers.conv.residual import BasicBlock, StochasticDepth
from nnzoo.layers.conv.sizes import output_size, padding_named
from nnzoo.models.convolutional.network import averaged
from nnzoo.models.convolutional.resnet import ResNet
from nnzoo.models.convolutional.vgg import VGG
from nnzoo.models.convolutional.video import VideoConvNet
from nnzoo.models.lenet5_original import LeNet5Original
from torch import nn
from torch.testing import assert_close


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(sum(shape)))


def weights_of(layer):
    return layer.weight.numel()


def test_w1_five_filters_over_a_colour_image():
    """32x32x3, filters 5x5x3: 28x28x5, 75 products for each output, 375 weights; the next filters have depth 5."""
    weight = draw(5, 3, 5, 5)
    maps = convolve(draw(1, 3, 32, 32), weight)
    assert maps.shape == (1, 5, 28, 28)
    assert (weight[0].numel(), weight.numel()) == (75, 375)
    assert convolve(maps, draw(2, 5, 3, 3)).shape == (1, 2, 26, 26)


def test_w5_paddings_of_an_image_of_32_pixels():
    """Half padding: 2 zeros on each side, 36, and again 32; full padding: F - 1, the output is larger by F - 1."""
    assert padding_named("half", 5) == 2
    assert output_size(32, 5, padding=2) == output_size(36, 5) == 32
    assert output_size(32, 5, padding=padding_named("full", 5)) == 32 + 5 - 1
    assert output_size(32, 5) == 32 - 5 + 1


def test_o5_full_then_valid_padding_gives_the_size_back_and_zeros_are_products_left_out():
    x, weight = draw(1, 1, 6, 7), draw(1, 1, 3, 3)
    assert convolve(convolve(x, weight, padding=2), weight).shape == x.shape
    found = convolve(x, weight, padding=1)[0, 0]
    for i in range(6):
        for j in range(7):
            inside = [
                x[0, 0, i + r - 1, j + s - 1] * weight[0, 0, r, s]
                for r in range(3)
                for s in range(3)
                if 0 <= i + r - 1 < 6 and 0 <= j + s - 1 < 7
            ]
            assert_close(found[i, j], sum(inside))


def test_o6_a_bias_is_the_weight_of_a_map_that_is_always_one():
    x, weight, bias = draw(2, 3, 5, 5), draw(4, 3, 3, 3), draw(4)
    with_one = torch.cat([x, torch.ones(2, 1, 5, 5, dtype=x.dtype)], 1)
    more = torch.cat([weight, torch.zeros(4, 1, 3, 3, dtype=x.dtype)], 1)
    more[:, 3, 0, 0] = bias
    assert_close(convolve(with_one, more), convolve(x, weight) + bias.view(1, 4, 1, 1))


def test_o6_a_filter_as_large_as_the_maps_is_a_dense_layer():
    """C5 of LeNet-5 is convolutional in name only: 16 maps of 5x5, 120 filters of 5x5."""
    x, weight = draw(2, 16, 5, 5), draw(120, 16, 5, 5)
    assert_close(convolve(x, weight).flatten(1), x.flatten(1) @ weight.flatten(1).T)
    net = LeNet5Original(in_shape=(1, 32, 32), num_classes=10)
    assert 120 * 16 * 5 * 5 in {p.numel() for p in net.parameters()}


def test_o6_a_1x1_convolution_is_a_linear_layer_at_each_pixel():
    x, weight = draw(2, 4, 3, 5), draw(6, 4, 1, 1)
    assert_close(convolve(x, weight).movedim(1, -1), x.movedim(1, -1) @ weight.flatten(1).T)


def test_o6_a_convolution_is_the_sum_of_those_of_each_map():
    x, weight = draw(2, 3, 6, 6), draw(4, 3, 3, 3)
    assert_close(sum(convolve(x[:, [k]], weight[:, [k]]) for k in range(3)), convolve(x, weight))


def test_w9_dense_layers_of_alexnet_and_vgg():
    """4096 x 4096 weights between them; 7x7x512x4096 before the first of VGG."""
    with torch.device("meta"):
        net = VGG(in_shape=(3, 224, 224), out_features=1000)
    dense = [weights_of(layer) for layer in net.layers if isinstance(layer, nn.Linear)]
    assert dense == [102_760_448, 16_777_216, 4_096_000]


def test_w10_global_average_pooling():
    """7x7x256 become 256 features, each the mean of 49 values; nothing is learned."""
    net = averaged([nn.Identity()], 256, (7, 7), 10).double()
    x = draw(2, 256, 7, 7)
    assert_close(net[:-1](x), x.flatten(2).sum(-1) / 49)
    assert [p.shape for p in net.parameters()] == [(10, 256), (10,)]


def test_w16_a_bottleneck_saves_multiplications():
    """8.4.4: 28x28x256 maps to 96 maps by 5x5 filters, directly and after 64 filters of 1x1."""

    def multiplications(layers):
        return sum(28 * 28 * weights_of(layer) for layer in layers if isinstance(layer, nn.Conv2d))

    basic, efficient = (Inception(256, (64, 0, 64, reduction, 96, 0)).branches[2] for reduction in (0, 64))
    assert multiplications(basic) == 481_689_600
    assert multiplications(efficient) == 133_267_456


def test_w17_a_learned_projection_where_the_stride_is_2():
    """8.4.5: a 1x1 convolution with stride 2 to twice as many maps; elsewhere the shortcut is the identity."""
    projection = BasicBlock(64, 128, 2).shortcut[0]
    assert (projection.kernel_size, projection.stride, projection.out_channels) == ((1, 1), (2, 2), 128)
    assert isinstance(BasicBlock(64, 64, 1).shortcut, nn.Identity)


@pytest.mark.parametrize("layers", [1, 2, 5])
def test_w18_connections_of_a_dense_block(layers):
    """L (L - 1) / 2 between its layers, and one from the input to each."""
    block = DenseBlock(3, layers, growth=2, bottleneck=0, dropout=0.0)
    read = [layer[-1].in_channels for layer in block.layers]  # of 3 + 2 l maps, layer l reads l earlier layers
    assert sum((maps - 3) // 2 for maps in read) == layers * (layers - 1) // 2


def test_o13_a_block_without_an_effect_is_the_identity_on_non_negative_maps():
    block = BasicBlock(3, 3, 1, norm="none").double()
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    x = draw(2, 3, 4, 4)
    assert torch.equal(block(x.abs()), x.abs())
    assert torch.equal(block(x), x.relu())


def test_o13_stochastic_depth_that_always_survives_is_a_residual_network():
    torch.manual_seed(0)
    small = {"in_shape": (1, 8, 8), "out_features": 2, "blocks": [1, 1], "channels": [4, 8], "stem_channels": 4}
    net = ResNet(block=BasicBlock, **small)
    x = torch.randn(2, 1, 8, 8)
    expected = net(x)
    for block in net.layers[3:5]:
        block.branch = StochasticDepth(block.branch, 1.0)
    assert_close(net(x), expected)


def test_o13_two_linear_blocks_are_the_sum_of_four_paths():
    """The unraveled view: (1 + f2)(1 + f1) x = x + f1 x + f2 x + f2 f1 x."""
    first, second = (BasicBlock(2, 2, 1, norm="none", activation="identity").double() for _ in range(2))
    for block in (first, second):
        for layer in block.branch:
            nn.init.zeros_(layer.bias)
    x = draw(1, 2, 5, 5)
    f1, f2 = first.branch, second.branch
    assert_close(second(first(x)), x + f1(x) + f2(x) + f2(f1(x)))


def test_o16_vgg_c_with_3x3_filters_in_place_of_1x1_is_d():
    layers = {name: compose([f"model={name}"]).model.layers for name in ("vgg_c", "vgg_d")}
    assert layers["vgg_c"] != layers["vgg_d"]
    assert layers["vgg_c"].replace("C1D", "C3D") == layers["vgg_d"]


def test_o18_filters_over_one_frame_are_a_network_for_each_frame():
    """The output is the mean of the outputs of all frames, and the order of the frames does not matter."""
    torch.manual_seed(0)
    net = VideoConvNet(in_shape=(4, 9, 8), out_features=3, channels=[2, 3], kernel_time=1).double()
    x = draw(2, 4, 9, 8)
    first, second, head = (layer for layer in net.layers if list(layer.parameters()))
    frames = x.flatten(0, 1).unsqueeze(1)
    for layer in (first, second):
        maps = nn.functional.conv2d(frames, layer.weight.squeeze(2), layer.bias, padding=1)
        frames = nn.functional.max_pool2d(maps.relu(), 2)
    outputs = head(frames.mean((2, 3))).view(2, 4, 3)
    assert_close(net(x), outputs.mean(1))
    assert_close(net(x[:, [2, 0, 3, 1]]), net(x))


def test_w26_filters_of_a_video_have_a_time():
    """8.6.5: 10 frames of 224x224; a filter has height, width and time."""
    with torch.device("meta"):
        net = VideoConvNet(in_shape=(10, 224, 224), out_features=5, channels=[4])
        maps = net.layers[:2](torch.empty(1, 10, 224, 224))
    assert net.layers[1].weight.shape == (4, 1, 3, 3, 3)
    assert maps.shape == (1, 4, 10, 224, 224)


def test_k2_pixels_at_the_border_reach_fewer_outputs_without_padding():
    """8.2.1: an inner pixel reaches 9 outputs of a 3x3 filter, a corner 1, or 4 with half padding."""
    ones = torch.ones(1, 1, 3, 3, dtype=torch.float64)

    def reached(padding):
        x = torch.zeros(1, 1, 7, 7, dtype=torch.float64, requires_grad=True)
        convolve(x, ones, padding=padding).sum().backward()
        return x.grad[0, 0]

    assert (reached(0)[0, 0], reached(0)[3, 3], reached(1)[0, 0], reached(1)[3, 3]) == (1, 9, 4, 9)
