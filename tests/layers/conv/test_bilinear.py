"""Stretching with interpolated pixels, Aggarwal 8.5.2."""

import pytest
import torch
from nnzoo.layers.conv.bilinear import BilinearUpsampling
from nnzoo.layers.conv.explicit import stretch, stretch_bilinear
from nnzoo.layers.init import initialize
from torch.nn.functional import conv2d, interpolate
from torch.testing import assert_close


@pytest.mark.parametrize("factor", [2, 4])
def test_the_initial_filters_interpolate(factor):
    """Away from the border, where torch repeats the outer pixels."""
    layer = BilinearUpsampling(3, factor, (6 * factor, 5 * factor)).double()
    x = torch.randn(2, 3, 6, 5, dtype=torch.float64)
    inner = (..., slice(factor, -factor), slice(factor, -factor))
    assert_close(layer(x)[inner], interpolate(x, scale_factor=factor, mode="bilinear")[inner])


def test_the_result_is_cut():
    layer = BilinearUpsampling(1, 2, (5, 4))
    assert layer(torch.ones(1, 1, 3, 2)).shape == (1, 1, 5, 4)


def test_an_initialization_keeps_the_filters():
    layer = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), BilinearUpsampling(2, 2, (4, 4)))
    before = layer[1].weight.clone()
    initialize(layer, "he")
    assert torch.equal(layer[1].weight, before)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_interpolated_pixels_in_place_of_zeros(stride):
    """8A24: a stretched map convolved with a pyramid, whose weights decrease with the distance."""
    x = torch.randn(2, 3, 4, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    found = stretch_bilinear(x, stride)
    size = (stride * 3 + 1, stride * 4 + 1)
    assert_close(found, interpolate(x, size=size, mode="bilinear", align_corners=True))
    assert torch.equal(found[..., ::stride, ::stride], x)
    slope = 1 - torch.arange(1 - stride, stride, dtype=torch.float64).abs() / stride
    pyramid = torch.outer(slope, slope).expand(3, 1, -1, -1)
    assert_close(conv2d(stretch(x, stride), pyramid, padding=stride - 1, groups=3), found)
