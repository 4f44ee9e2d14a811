"""Left-out layers, against the remaining layers called by hand."""

import pytest
import torch
from nnzoo.analysis.layers.removal import removed
from nnzoo.errors import UserError
from nnzoo.layers.conv.residual import BasicBlock, PreActivationBlock
from nnzoo.models.convolutional.resnet import ResNet
from nnzoo.models.convolutional.vgg import VGG


@pytest.mark.parametrize("block", [BasicBlock, PreActivationBlock])
def test_of_a_residual_block_the_shortcut_remains(block):
    torch.manual_seed(0)
    net = ResNet(in_shape=(1, 6, 6), out_features=3, block=block, blocks=[2, 1], channels=[2, 4], stem_channels=2)
    net.eval()
    x = torch.randn(2, 1, 6, 6)
    places = [i for i, layer in enumerate(net.layers) if isinstance(layer, block)]
    for place in (places[1], places[2]):  # of the same and of another shape
        with removed(net, [f"layers.{place}"]):
            found = net(x)
        before, after = net.layers[:place](x), net.layers[place + 1 :]
        left = net.layers[place]
        if block is BasicBlock:
            expected = left.shortcut(before).relu()
        else:
            expected = before if left.shortcut is None else left.shortcut(left.before(before))
        torch.testing.assert_close(found, after(expected))
        assert not torch.allclose(net(x), found)  # the network is as before
    assert not any(layer._forward_hooks for layer in net.modules())


def test_another_layer_returns_its_input():
    net = VGG(in_shape=(1, 4, 4), out_features=3, layers="C3D2 C3D2 M", dense_units=[4], dropout=0.0)
    x = torch.randn(2, 1, 4, 4)
    with removed(net, ["layers.2", "layers.3"]):
        found = net(x)
    torch.testing.assert_close(found, net.layers[4:](net.layers[:2](x)))


def test_layers_that_cannot_be_left_out():
    net = VGG(in_shape=(1, 4, 4), out_features=3, layers="C3D2 C3D2 M", dense_units=[4])
    with (
        pytest.raises(UserError, match=r"unknown layer 'layer\.0'; did you mean 'layers\.0'"),
        removed(net, ["layer.0"]),
    ):
        pass
    message = r"^layer layers\.0 maps \(1, 4, 4\) to \(2, 4, 4\); only a layer that"
    with removed(net, ["layers.0"]), pytest.raises(ValueError, match=message):
        net(torch.randn(1, 1, 4, 4))
    assert not any(layer._forward_hooks for layer in net.modules())
