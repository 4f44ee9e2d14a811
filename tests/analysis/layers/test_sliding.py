"""Dense layers as convolutions: the outputs for all windows of an image equal those of the crops."""

import pytest
import torch
from nnzoo.analysis.layers.sliding import fully_convolutional, windows
from nnzoo.models.convolutional.locally_connected import LocallyConnectedNet
from nnzoo.models.convolutional.network_in_network import NetworkInNetwork
from nnzoo.models.convolutional.pattern import PatternNet
from nnzoo.models.convolutional.vgg import VGG
from nnzoo.models.lenet5 import LeNet5
from nnzoo.models.lenet5_original import LeNet5Original


@pytest.mark.parametrize(
    ("net", "stride"),
    [
        (LeNet5(in_shape=(2, 16, 20), num_classes=3), 4),
        (PatternNet(in_shape=(2, 16, 20), out_features=3, pattern="CRPCRFRF", padding="valid"), 2),
    ],
)
def test_windows_equal_crops(net, stride):
    torch.manual_seed(0)
    x = torch.randn(2, 2, 16 + 2 * stride, 20 + 3 * stride)
    found = fully_convolutional(net.layers, (16, 20))(x)
    crops = windows(x, (16, 20), stride)
    assert crops.shape == (2, 3, 4, 2, 16, 20)
    assert torch.equal(crops[1, 2, 1], x[1, :, 2 * stride : 2 * stride + 16, stride : stride + 20])
    expected = net(crops.flatten(0, 2)).view(2, 3, 4, 3).permute(0, 3, 1, 2)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_with_padding_the_image_of_the_own_size_has_the_same_output():
    net = VGG(in_shape=(1, 8, 8), out_features=3, layers="C3D2 M C3D3 M", dense_units=[4, 5]).eval()
    wide = fully_convolutional(net.layers, (8, 8))
    assert not wide.training
    x = torch.randn(2, 1, 8, 8)
    torch.testing.assert_close(wide(x).flatten(1), net(x))
    with torch.no_grad():
        wide[0].weight.zero_()
    assert net.layers[0].weight.any()  # the network keeps its weights


def test_without_dense_layers_it_is_refused():
    with pytest.raises(ValueError, match="global average pooling"):
        fully_convolutional(NetworkInNetwork(in_shape=(1, 16, 16), out_features=3).layers, (16, 16))


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (
            LocallyConnectedNet(in_shape=(1, 16, 16), out_features=3),
            r"layer \d \(LocallyConnected2d\) has other filters at each place",
        ),
        (
            LeNet5Original(in_shape=(1, 28, 28), num_classes=10),
            r"layer 12 \(EuclideanRBF\) reads all maps and is not dense",
        ),
    ],
)
def test_layers_that_cannot_slide_are_named(net, message):
    with pytest.raises(ValueError, match=message):
        fully_convolutional(net.layers, (16, 16))
