"""Receptive fields by formula, and exactly, as the pixels whose NaN reaches an output."""

import pytest
import torch
from nnzoo.analysis.layers.receptive_fields import Extent, receptive_fields
from nnzoo.layers.conv.inception import Inception
from nnzoo.layers.conv.locally_connected import LocallyConnected2d
from nnzoo.layers.conv.residual import BasicBlock
from nnzoo.spec import DataSpec
from torch import nn

from tests.support.built import built_for


def reached(net, name, shape, row, column):
    """Return the first and the last row and column of the pixels that a position of a map depends on."""
    layer = net.get_submodule(name)
    outputs = []
    ends = []
    with layer.register_forward_hook(lambda _, __, output: outputs.append(output)), torch.no_grad():
        for axis in (2, 3):
            x = torch.zeros(shape[axis - 1], *shape)
            for k in range(len(x)):
                x[k].select(axis - 1, k).fill_(torch.nan)
            net(x)
            depends = outputs[-1][:, :, row, column].isnan().any(1).nonzero().flatten().tolist()
            ends.append((depends[0], depends[-1]))
    return ends


CASES = {
    "three 3x3": (nn.Sequential(*[nn.Conv2d(1, 1, 3) for _ in range(3)]), "2", (1, 12, 12)),
    "stride, padding and dilation": (
        nn.Sequential(nn.Conv2d(1, 2, 3, 2, 1), nn.MaxPool2d(2), nn.Conv2d(2, 2, 3, dilation=2)),
        "2",
        (1, 32, 28),
    ),
    "pools": (nn.Sequential(nn.Conv2d(1, 2, (3, 1)), nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, 1)), "2", (1, 15, 15)),
    "pools with other sides and dilation": (
        nn.Sequential(nn.MaxPool2d((2, 3), (1, 2), dilation=(2, 1)), nn.AvgPool2d((3, 2), padding=(1, 0))),
        "1",
        (1, 16, 18),
    ),
    "padded columns": (
        nn.Sequential(nn.Conv2d(1, 1, 3), nn.ConstantPad1d((2, 1), 0.0), nn.Conv2d(1, 1, 3)),  # the rows stay
        "2",
        (1, 9, 9),
    ),
    "padded rows and columns": (nn.Sequential(nn.ZeroPad2d((3, 0, 1, 2)), nn.Conv2d(1, 1, 3)), "1", (1, 9, 9)),
    "locally connected": (
        nn.Sequential(
            nn.Conv2d(1, 2, 3), LocallyConnected2d(2, 2, 3, size=(12, 12), stride=2, padding=1), nn.MaxPool2d(2)
        ),
        "2",
        (1, 14, 14),
    ),
    "inception": (nn.Sequential(Inception(1, [1] * 6), nn.MaxPool2d(3, 2, ceil_mode=True)), "1", (1, 17, 17)),
    "residual": (nn.Sequential(BasicBlock(1, 2, 2, shortcut="padding"), BasicBlock(2, 2, 1)), "1", (1, 24, 24)),
}


@pytest.mark.parametrize("case", CASES)
def test_field_is_where_the_output_depends_on_pixels(case):
    net, name, shape = CASES[case]
    net.eval()
    field = receptive_fields(net, shape)[name]
    output = net(torch.zeros(1, *shape))
    row, column = (side // 2 for side in output.shape[2:])
    for extent, place, (first, last) in zip(field, (row, column), reached(net, name, shape, row, column), strict=True):
        assert (extent.start + place * extent.stride, extent.size) == (first, last - first + 1)


def test_w6_three_3x3_convolutions_see_7x7():
    net = nn.Sequential(*[nn.Conv2d(1, 1, 3) for _ in range(3)])
    assert [field.height.size for field in receptive_fields(net, (1, 9, 9)).values()] == [3, 5, 7]


def test_formula_of_vgg_d():
    net = built_for(DataSpec("real", (3, 32, 32), "classes", 10), "model=vgg_d", "model.dense_units=[4]").eval()
    fields = receptive_fields(net.model, (3, 32, 32))
    assert fields["layers.0"].height == Extent(3, 1, -1)  # the first hidden layer, Aggarwal 8.5.1
    assert fields["layers.30"].height == Extent(212, 32, -90)  # the last pooling: 1 + sum of (f - 1) strides
    assert fields["layers.30"].height.center == 16
    assert fields["layers.32"].width == Extent(212, 0, -90)  # of one position, so that the dense layer sees no more


def test_dense_layers_see_all_positions():
    net = nn.Sequential(nn.Conv2d(1, 2, 5), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 3))
    assert receptive_fields(net, (1, 12, 12))["3"].width == Extent(12, 0, 0)


def test_crops_stay_inside_the_image():
    extent = Extent(3, 2, -1)
    assert [extent.pixels(k, 8) for k in (0, 1, 4)] == [slice(0, 3), slice(1, 4), slice(5, 8)]
