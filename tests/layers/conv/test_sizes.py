"""Sizes of maps: Aggarwal 8.2, W1, W5, W7; the errors of networks for small images."""

import pytest
import torch
from nnzoo.layers.conv.sizes import output_size, padding_named, size_after
from torch import nn


@pytest.mark.parametrize(("stride", "expected"), [(2, 6), (5, 3)])
def test_exercise_3_strides_that_fit(stride, expected):
    """W7: 13x13 maps and 3x3 filters."""
    assert output_size(13, 3, stride=stride) == expected


@pytest.mark.parametrize("stride", [3, 4])
def test_exercise_3_strides_that_do_not_fit(stride):
    with pytest.raises(ValueError, match=rf"^stride {stride} does not fit, \(13 - 3\) / {stride} is not whole$"):
        output_size(13, 3, stride=stride)
    assert output_size(13, 3, stride=stride, rounding="down") == 10 // stride + 1


@pytest.mark.parametrize(("padding", "side"), [("valid", 28), ("half", 32), ("full", 36)])
def test_paddings(padding, side):
    """W1, W5: 32x32 images and 5x5 filters."""
    zeros = padding_named(padding, 5)
    assert (
        output_size(32, 5, padding=zeros)
        == side
        == nn.Conv2d(1, 1, 5, padding=zeros)(torch.zeros(1, 1, 32, 32)).shape[-1]
    )


@pytest.mark.parametrize(
    ("padding", "kernel", "message"),
    [
        ("half", 4, "kernel is 4"),
        (-1, 3, "padding is -1"),
    ],
)
def test_wrong_paddings(padding, kernel, message):
    with pytest.raises(ValueError, match=message):
        padding_named(padding, kernel)


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("padding", [0, 1])
def test_rounding_is_that_of_torch(ceil, padding):
    for side in range(1, 20):
        for kernel, stride in ((2, 2), (3, 2), (3, 1), (2, 3), (3, 5)):
            layer = nn.MaxPool2d(kernel, stride, padding, ceil_mode=ceil)
            try:
                expected = tuple(layer(torch.zeros(1, 1, side, side + 1)).shape[2:])
            except RuntimeError:  # torch: the output is too small
                with pytest.raises(ValueError, match="too small"):
                    size_after(nn.Sequential(layer), (side, side + 1))
            else:
                assert size_after(nn.Sequential(layer), (side, side + 1)) == expected, (side, layer)


def test_dilation_and_strides_of_convolutions():
    layers = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2, dilation=2), nn.ReLU(), nn.AvgPool2d((2, 1)))
    assert size_after(layers, (15, 12)) == tuple(layers(torch.zeros(1, 1, 15, 12)).shape[2:])


def test_small_images():
    layers = nn.Sequential(nn.Conv2d(1, 2, 5), nn.Sequential(nn.ReLU(), nn.MaxPool2d(2)), nn.Conv2d(2, 2, 5))
    message = r"^images of 13x20 are too small: convolution 5x5 \(layer 2\) gets 4x8 maps; the least size is 14x14$"
    with pytest.raises(ValueError, match=message):
        size_after(layers, (13, 20))
    assert size_after(layers, (14, 14)) == (1, 1)


def takes(layers, side):
    try:
        layers(torch.zeros(1, 1, side, side))
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv2d(1, 1, 5, stride=3, padding=2), nn.MaxPool2d(3, 2, ceil_mode=True), nn.Conv2d(1, 1, 3)],
        [nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(4)],
        [nn.Conv2d(1, 1, (1, 5)), nn.Conv2d(1, 1, (4, 1), dilation=2), nn.MaxPool2d(2)],
        [nn.Conv2d(1, 1, 7, stride=2, padding=3), nn.MaxPool2d(2, 3, ceil_mode=True), nn.Conv2d(1, 1, 4, stride=4)],
    ],
)
def test_the_least_size_is_the_first_that_torch_takes(layers):
    net = nn.Sequential(*layers)
    least = next(side for side in range(1, 60) if takes(net, side))
    for side in range(1, least):
        with pytest.raises(ValueError, match=rf"too small: .*; the least size is {least}x{least}$"):
            size_after(net, (side, side))
    size_after(net, (least, least))


def test_exact():
    layers = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2))
    assert size_after(layers, (8, 8), exact=True) == (3, 3)
    message = (
        r"^images of 8x9: max-pooling 2x2 \(layer 1\) gets 6x7 maps; stride 2 does not fit, \(7 - 2\) / 2 is not w"
    )
    with pytest.raises(ValueError, match=message):
        size_after(layers, (8, 9), exact=True)
