"""GoogLeNet with side heads: numbers of parameters and outputs as in torchvision, and places."""

from functools import partial

import pytest
import torch
from nnzoo.layers.conv.side_head import side_head
from nnzoo.models.convolutional.googlenet import GoogLeNet
from nnzoo.models.convolutional.side_heads import SideHeadNet
from nnzoo.models.convolutional.vgg import VGG
from torch import nn
from torch.testing import assert_close
from torchvision.models.googlenet import GoogLeNet as TheirGoogLeNet
from torchvision.models.googlenet import InceptionAux

SMALL = partial(GoogLeNet, modules=[[[4] * 6, [3] * 6], [[5] * 6]], stem="3x3")


def count(net, beginning=""):
    return sum(each.numel() for name, each in net.named_parameters() if name.startswith(beginning))


def test_parameters_as_in_torchvision():
    """Its inception modules have 3x3 filters in place of 5x5; all other layers are equal."""
    with torch.device("meta"):
        theirs = TheirGoogLeNet(aux_logits=True, init_weights=False)
        network = partial(GoogLeNet, norm="batch")
        ours = SideHeadNet(in_shape=(3, 224, 224), out_features=1000, network=network, side_norm="batch")
        plain = network(in_shape=(3, 224, 224), out_features=1000)
    assert count(ours, "side_heads.0.") == count(theirs, "aux1.") == 3_188_968
    assert count(ours, "side_heads.1.") == count(theirs, "aux2.") == 3_191_016
    five = [each for each in ours.modules() if isinstance(each, nn.Conv2d) and each.kernel_size == (5, 5)]
    larger = sum(each.weight[0, 0].numel() * 16 // 25 * each.weight.shape[0] * each.weight.shape[1] for each in five)
    assert count(ours) - larger == count(theirs) == 13_004_888
    assert count(ours) == count(plain) + 6_379_984


def test_a_side_head_is_that_of_torchvision():
    torch.manual_seed(0)
    theirs = InceptionAux(24, 4).eval()
    head = side_head(24, 4, channels=128, hidden=1024, dropout=0.7, norm="batch").eval()
    head.load_state_dict(dict(zip(head.state_dict(), theirs.state_dict().values(), strict=True)))
    head[2].eps = 0.001
    x = torch.randn(2, 24, 7, 7)
    assert_close(head(x), theirs(x))


def test_outputs_are_those_of_the_network_and_of_heads_on_its_maps():
    torch.manual_seed(0)
    net = SideHeadNet(in_shape=(1, 12, 12), out_features=4, network=SMALL, after=[1, 3], side_units=5).eval()
    x = torch.randn(2, 1, 12, 12)
    output, (first, second) = net.with_side_outputs(x)
    assert torch.equal(output, net(x))
    modules = [layer for layer in net.layers if type(layer).__name__ == "Inception"]
    maps = {}
    for layer in modules:
        layer.register_forward_hook(lambda layer, _, found: maps.__setitem__(layer, found))
    plain = SMALL(in_shape=(1, 12, 12), out_features=4).eval()
    plain.layers.load_state_dict(net.layers.state_dict())
    assert torch.equal(plain(x), net(x))
    assert_close(first, net.side_heads[0](maps[modules[0]]))
    assert_close(second, net.side_heads[1](maps[modules[2]]))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"after": []}, r"^after is \[\]; it takes ascending numbers of modules from 1 to 3$"),
        ({"after": [0]}, r"^after is \[0\]; it takes"),
        ({"after": [2, 1]}, r"^after is \[2, 1\]; it takes"),
        ({"after": [4]}, r"^after is \[4\]; it takes"),
        ({"side_units": 0}, "^side_units is 0; it must be at least 1$"),
        ({"side_dropout": 1.0}, "^side_dropout is 1.0; it must"),
        ({"network": VGG}, "^network is VGG; it must be a class derived from nnzoo.models.convolutional.googlenet.Goo"),
    ],
)
def test_mistakes(settings, message):
    with pytest.raises(ValueError, match=message):
        SideHeadNet(**({"in_shape": (1, 12, 12), "out_features": 2, "network": SMALL, "after": [1]} | settings))
