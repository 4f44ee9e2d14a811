import pytest
import torch
from nnzoo.models.lenet5 import LeNet5
from torch.nn.functional import linear, max_pool2d, unfold

from tests.support.gradients import assert_close_with_gradients


def test_published_sizes():
    net = LeNet5(in_shape=(1, 28, 28), num_classes=10)
    x, sizes = torch.zeros(1, 1, 28, 28), []
    for layer in net.layers:
        x = layer(x)
        if not sizes or sizes[-1] != tuple(x.shape[1:]):
            sizes.append(tuple(x.shape[1:]))
    maps = [(6, 24, 24), (6, 12, 12), (16, 8, 8), (16, 4, 4)]
    assert sizes == [*maps, (256,), (120,), (84,), (10,)]
    assert [p.numel() for p in net.parameters()] == [150, 6, 2400, 16, 30720, 120, 10080, 84, 840, 10]


def test_value_and_gradient_by_hand():
    torch.manual_seed(0)
    net = LeNet5(in_shape=(3, 17, 20), num_classes=4).double()
    x = torch.randn(2, 3, 17, 20, dtype=torch.float64, requires_grad=True)
    c1, b1, c2, b2, *dense = net.parameters()

    def convolve(x, weight, bias):
        columns = weight.flatten(1) @ unfold(x, 5) + bias[:, None]
        return columns.unflatten(2, (x.shape[2] - 4, x.shape[3] - 4)).relu()

    h = max_pool2d(convolve(x, c1, b1), 2)
    h = max_pool2d(convolve(h, c2, b2), 2).flatten(1)
    h = linear(h, dense[0], dense[1]).relu()
    h = linear(h, dense[2], dense[3]).relu()
    assert_close_with_gradients(net(x), linear(h, dense[4], dense[5]), [x, *net.parameters()])


@pytest.mark.parametrize("in_shape", [(1, 16, 16), (3, 32, 32), (1, 20, 31)])
def test_other_image_sizes(in_shape):
    assert LeNet5(in_shape=in_shape, num_classes=7)(torch.rand(2, *in_shape)).shape == (2, 7)


def test_activation_can_be_chosen():
    net = LeNet5(in_shape=(1, 16, 16), num_classes=2, activation="sigmoid")
    assert sum(isinstance(layer, torch.nn.Sigmoid) for layer in net.layers) == 4


@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 15)])
def test_small_images_are_refused(height, width):
    with pytest.raises(ValueError, match=f"at least 16x16 pixels, got {height}x{width}$"):
        LeNet5(in_shape=(1, height, width), num_classes=10)
