import pytest
import torch
from nnzoo.layers.conv.locally_connected import LocallyConnected2d
from torch.nn.functional import conv2d
from torch.testing import assert_close


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1)])
def test_with_equal_filters_it_is_a_convolution(stride, padding):
    """O7: the gradient of the shared filter is the sum over the places."""
    torch.manual_seed(0)
    layer = LocallyConnected2d(2, 3, 3, size=(6, 7), stride=stride, padding=padding).double()
    weight = torch.randn(3, 2, 3, 3, dtype=torch.float64, requires_grad=True)
    layer.weight.data = weight.detach().flatten(1).expand_as(layer.weight).clone()
    layer.bias.data.zero_()
    x = torch.randn(2, 2, 6, 7, dtype=torch.float64)
    expected = conv2d(x, weight, stride=stride, padding=padding)
    assert_close(layer(x), expected)
    factors = torch.randn_like(expected)
    (expected * factors).sum().backward()
    (layer(x) * factors).sum().backward()
    assert_close(layer.weight.grad.sum(0).view_as(weight), weight.grad)


def test_each_place_has_its_own_filter():
    layer = LocallyConnected2d(1, 2, 2, size=(3, 3))
    assert [p.numel() for p in layer.parameters()] == [4 * 2 * 4, 2 * 4]
    x = torch.randn(1, 1, 3, 3)
    place = (layer.weight[2] * x[0, 0, 1:, :2].flatten()).sum(1) + layer.bias[:, 1, 0]  # row 1, column 0
    assert_close(layer(x)[0, :, 1, 0], place)


def test_a_filter_fits():
    with pytest.raises(ValueError, match="larger than maps of 3"):
        LocallyConnected2d(1, 2, 4, size=(3, 5))
