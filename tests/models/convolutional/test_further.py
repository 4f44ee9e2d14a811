"""Networks with fixed, local or clustered filters, for videos, and for maps of classes."""

import pytest
import torch
from nnzoo.layers.cells.lstm import LSTM
from nnzoo.layers.conv.patch_code import SPREAD
from nnzoo.models.convolutional.fcn import FullyConvolutionalNet
from nnzoo.models.convolutional.locally_connected import LocallyConnectedNet
from nnzoo.models.convolutional.patch_features import PatchFeatureNet
from nnzoo.models.convolutional.random_conv import RandomConvNet
from nnzoo.models.convolutional.video import ConvRecurrentNet, VideoConvNet
from torch import nn
from torch.nn import functional as F  # noqa: N812
from torch.testing import assert_close

from tests.support.gradients import assert_close_with_gradients


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def test_random_filters_are_fixed_and_saved():
    net = RandomConvNet(in_shape=(2, 9, 8), out_features=3, channels=[4, 5], kernel=3, pool=2).double()
    assert [name for name, _ in net.named_parameters()] == ["layers.7.weight", "layers.7.bias"]
    state = net.state_dict()
    x = draw(2, 2, 9, 8)
    h = F.max_pool2d(F.conv2d(x, state["layers.0.weight"], state["layers.0.bias"], padding=1).relu(), 2)
    h = F.max_pool2d(F.conv2d(h, state["layers.3.weight"], state["layers.3.bias"], padding=1).relu(), 2)
    expected = F.linear(h.flatten(1), net.head.weight, net.head.bias)
    assert_close_with_gradients(net(x), expected, list(net.parameters()))


def test_locally_connected_by_hand():
    """Each output unit has its own filter."""
    net = LocallyConnectedNet(in_shape=(2, 7, 6), out_features=3, channels=[3], kernel=2).double()
    local = net.layers[0]
    x = draw(2, 2, 7, 6).requires_grad_()
    units = torch.empty(2, 3, 6, 5, dtype=torch.float64)
    for i in range(6):
        for j in range(5):
            units[:, :, i, j] = x[:, :, i : i + 2, j : j + 2].flatten(1) @ local.weight[5 * i + j].T
    maps = F.avg_pool2d((units + local.bias).relu(), 2)
    expected = F.linear(maps.flatten(1), net.head.weight, net.head.bias)
    assert_close_with_gradients(net(x), expected, [x, *net.parameters()])


def test_patch_features_by_hand():
    torch.manual_seed(0)
    net = PatchFeatureNet(in_shape=(2, 6, 7), out_features=3, centroids=4, patch=3, pool=2).double()
    code = net.layers[0]
    code.mean.normal_()
    code.whitening.normal_()
    x = draw(2, 2, 6, 7)
    features = torch.empty(2, 4, 4, 5, dtype=torch.float64)
    for i in range(4):
        for j in range(5):
            patch = x[:, :, i : i + 3, j : j + 3].flatten(1)
            patch = patch - patch.mean(1, keepdim=True)
            patch = patch / (patch.square().mean(1, keepdim=True) + SPREAD).sqrt()
            white = (patch - code.mean) @ code.whitening
            distance = (white[:, None] - code.centroids).square().sum(-1).sqrt()
            features[:, :, i, j] = (distance.mean(1, keepdim=True) - distance).relu()
    expected = F.linear(F.adaptive_avg_pool2d(features, 2).flatten(1), net.head.weight, net.head.bias)
    assert_close(net(x), expected)


def test_a_filter_over_time_by_hand():
    net = VideoConvNet(in_shape=(4, 6, 5), out_features=3, channels=[2, 3]).double()
    x = draw(2, 4, 6, 5).requires_grad_()
    w1, b1, w2, b2, dense, bias = net.parameters()
    h = F.max_pool3d(F.conv3d(x[:, None], w1, b1, padding=1).relu(), (1, 2, 2))
    h = F.max_pool3d(F.conv3d(h, w2, b2, padding=1).relu(), (1, 2, 2))
    assert_close_with_gradients(net(x), F.linear(h.mean((2, 3, 4)), dense, bias), [x, *net.parameters()])


def test_an_lstm_over_frames_by_hand():
    net = ConvRecurrentNet(in_shape=(3, 6, 5), out_features=2, cell=lambda size: LSTM(size, 4), channels=[2]).double()
    theirs = nn.LSTM(2 * 3 * 2, 4, batch_first=True).double()
    cell = net.recurrent.cells[0]
    theirs.weight_ih_l0.data, theirs.weight_hh_l0.data = cell.weight_x.data, cell.weight_h.data
    theirs.bias_ih_l0.data, theirs.bias_hh_l0.data = cell.bias.data, torch.zeros(16, dtype=torch.float64)
    x = draw(2, 3, 6, 5)
    conv = net.features[0]
    frames = [F.max_pool2d(F.conv2d(x[:, [t]], conv.weight, conv.bias, padding=1).relu(), 2) for t in range(3)]
    outputs, _ = theirs(torch.stack([frame.flatten(1) for frame in frames], 1))
    assert_close(net(x), F.linear(outputs[:, -1], net.head.weight, net.head.bias))


@pytest.mark.parametrize("size", [(8, 8), (7, 10), (5, 3), (1, 1)])
@pytest.mark.parametrize("skips", [0, 1, 2])
def test_fully_convolutional_by_hand(size, skips):
    """Any size of images, since the maps are cut where the poolings have rounded up."""
    torch.manual_seed(0)
    settings = {"channels": [2, 3, 4], "convs": 1, "norm": "none", "skips": skips}
    net = FullyConvolutionalNet(in_shape=(2, *size), out_features=3, **settings).double()
    x = draw(2, 2, *size).requires_grad_()
    stages, h = [x], x
    for stage in net.stages:
        h = F.max_pool2d(F.conv2d(h, stage[0].weight, stage[0].bias, padding=1).relu(), 2, ceil_mode=True)
        stages.append(h)
    scores = [F.conv2d(stages[3 - k], each.weight, each.bias) for k, each in enumerate(net.scores)]
    outputs = scores[0]
    for k, layer in enumerate(net.stretched):
        rows, columns = scores[k + 1].shape[2:]
        stretched = F.conv_transpose2d(outputs, layer.weight, None, 2, 1, groups=3)[..., :rows, :columns]
        outputs = stretched + scores[k + 1]
    factor = 2 ** (3 - skips)
    last = F.conv_transpose2d(outputs, net.head[0].weight, None, factor, factor // 2, groups=3)
    expected = last[..., : size[0], : size[1]].permute(0, 2, 3, 1)
    assert net(x).shape == (2, *size, 3)
    assert_close_with_gradients(net(x), expected, [x, *net.parameters()])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: RandomConvNet(in_shape=(1, 8, 8), out_features=2, channels=[]), r"^channels is \[\]; it takes"),
        (lambda: RandomConvNet(in_shape=(1, 3, 8), out_features=2), "max-pooling 4x4 .* the least size is 4x4$"),
        (lambda: RandomConvNet(in_shape=(1, 8, 8), out_features=2, kernel=4), "odd kernels only; kernel is 4$"),
        (lambda: LocallyConnectedNet(in_shape=(1, 8, 8), out_features=2), "gets 1x1 maps; the least size is 10x10$"),
        (lambda: LocallyConnectedNet(in_shape=(1, 8, 8), out_features=2, channels=[0]), "^channels is 0; it must be"),
        (lambda: PatchFeatureNet(in_shape=(1, 5, 9), out_features=2), "convolution 6x6 .* least size is 7x7$"),
        (lambda: PatchFeatureNet(in_shape=(1, 9, 9), out_features=2, centroids=0), "^centroids is 0; it must be"),
        (lambda: VideoConvNet(in_shape=(4, 3, 9), out_features=2), "the least size is 4x4$"),
        (lambda: VideoConvNet(in_shape=(4, 9, 9), out_features=2, kernel_time=2), "odd kernels only; kernel is 2$"),
        (lambda: VideoConvNet(in_shape=(4, 9, 9), out_features=2, channels=[]), r"^channels is \[\]"),
        (lambda: ConvRecurrentNet(in_shape=(1, 9, 9), out_features=2, cell=LSTM), "^the images have 1 channel; "),
        (lambda: ConvRecurrentNet(in_shape=(4, 9, 9), out_features=2, cell=nn.LSTM), "cell is LSTM; it must be"),
        (lambda: FullyConvolutionalNet(in_shape=(1, 9, 9), out_features=2, skips=3), "^skips is 3; it must be at "),
        (lambda: FullyConvolutionalNet(in_shape=(1, 9, 9), out_features=2, channels=[]), r"^channels is \[\]"),
        (lambda: FullyConvolutionalNet(in_shape=(1, 9, 9), out_features=2, convs=0), "^convs is 0; it must be"),
    ],
)
def test_settings_that_do_not_fit(build, message):
    with pytest.raises(ValueError, match=message):
        build()
