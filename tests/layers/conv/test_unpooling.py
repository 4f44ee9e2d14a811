"""Max-pooling with switches and unpooling, Aggarwal 8.5.2."""

import pytest
import torch
from nnzoo.layers.conv.unpooling import SwitchPool2d, Unpool2d
from torch.nn.functional import max_pool2d, max_unpool2d
from torch.testing import assert_close

SHAPES = [(4, 6), (5, 7), (3, 3), (1, 2)]


@pytest.fixture(params=[(2, shape) for shape in SHAPES] + [(3, (7, 5)), (1, (2, 3))], ids=str)
def case(request):
    torch.manual_seed(0)
    size, shape = request.param
    return size, torch.randn(2, 3, *shape, dtype=torch.float64, requires_grad=True)


def windows(x, size):
    """Yield the pixels of each window of one map (H, W), and its first row and column."""
    for i in range(0, x.shape[0], size):
        for j in range(0, x.shape[1], size):
            yield x[i : i + size, j : j + size], i, j


def by_hand(x, size):
    """Keep the maximum of each window, set all other pixels to 0."""
    kept = torch.zeros_like(x)
    for b, c in torch.cartesian_prod(torch.arange(x.shape[0]), torch.arange(x.shape[1])).tolist():
        for window, i, j in windows(x[b, c], size):
            row, column = divmod(int(window.argmax()), window.shape[1])
            kept[b, c, i + row, j + column] = window.max()
    return kept


def test_unpooled_maps_equal_the_input_at_the_switches(case):
    """W22."""
    size, x = case
    pooled, switches = SwitchPool2d(size)(x)
    unpooled = Unpool2d(size)(pooled, switches, x.shape[2:])
    assert torch.equal(unpooled, by_hand(x.detach(), size))
    assert torch.equal(x.flatten(2).gather(-1, switches.flatten(2)), pooled.flatten(2))


def test_three_quarters_are_zero():
    """8A25."""
    torch.manual_seed(0)
    x = torch.rand(2, 3, 8, 10) + 1
    unpooled = Unpool2d(2)(*SwitchPool2d(2)(x), (8, 10))
    assert (unpooled == 0).double().mean() == 0.75


def test_gradient_of_unpooling_is_that_at_the_switches(case):
    """O9."""
    size, x = case
    pooled, switches = SwitchPool2d(size)(x)
    pooled = pooled.detach().requires_grad_()
    weights = torch.randn_like(x)
    (Unpool2d(size)(pooled, switches, x.shape[2:]) * weights).sum().backward()
    assert_close(pooled.grad, weights.flatten(2).gather(-1, switches.flatten(2)).view_as(pooled))


def test_gradient_of_pooling_and_unpooling_together(case):
    """Only the switches get a gradient, unchanged."""
    size, x = case
    weights = torch.randn_like(x)
    (Unpool2d(size)(*SwitchPool2d(size)(x), x.shape[2:]) * weights).sum().backward()
    assert_close(x.grad, weights * (by_hand(x.detach(), size) != 0))


@pytest.mark.parametrize("shape", [(4, 6), (6, 2)])
def test_equals_torch_where_windows_are_whole(shape):
    x = torch.randn(2, 3, *shape)
    pooled, switches = SwitchPool2d(2)(x)
    expected, positions = max_pool2d(x, 2, return_indices=True)
    assert torch.equal(pooled, expected)
    assert torch.equal(switches, positions)
    assert torch.equal(Unpool2d(2)(pooled, switches, shape), max_unpool2d(pooled, positions, 2))


def test_of_equal_values_the_first_counts():
    _, switches = SwitchPool2d(2)(torch.ones(1, 1, 4, 4))
    assert switches.flatten().tolist() == [0, 2, 8, 10]


@pytest.mark.parametrize(("size", "shape"), [(2, (4, 6)), (2, (5, 3)), (3, (7, 4))])
def test_without_switches_values_go_to_the_upper_left(size, shape):
    pooled, _ = SwitchPool2d(size)(torch.rand(2, 3, *shape) + 1)
    unpooled = Unpool2d(size)(pooled, None, shape)
    assert torch.equal(unpooled[..., ::size, ::size], pooled)
    assert int(unpooled.count_nonzero()) == pooled.numel()


@pytest.mark.parametrize("layer", [SwitchPool2d, Unpool2d])
def test_a_window_has_a_pixel(layer):
    with pytest.raises(ValueError, match=r"^size is 0; a window has at least 1 pixel$"):
        layer(0)
