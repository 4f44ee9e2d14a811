"""The network with a head for the class and one for the box."""

from functools import partial

import pytest
import torch
from nnzoo.layers.conv.residual import BasicBlock
from nnzoo.models.convolutional.all_conv import AllConvNet
from nnzoo.models.convolutional.localizer import Localizer
from nnzoo.models.convolutional.resnet import ResNet
from nnzoo.models.convolutional.vgg import VGG
from torch import nn
from torch.nn.functional import linear
from torch.testing import assert_close

SMALL_VGG = partial(VGG, layers="C3D4 M C3D6 M", dense_units=[5], dropout=0.0)
SIZES = {"in_shape": (3, 12, 8), "out_features": 3 + 4}


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Localizer(**SIZES, classifier=SMALL_VGG, box_units=[7])


def test_both_heads_read_the_maps_of_the_trunk(net):
    x = torch.randn(2, 3, 12, 8)
    maps = net.forward_features(x)
    assert maps.shape == (2, 6, 3, 2)
    first, second = (layer for layer in net.head["box"] if isinstance(layer, nn.Linear))
    box = linear(linear(maps.flatten(1), first.weight, first.bias).relu(), second.weight, second.bias)
    assert_close(net(x)[:, 3:], box)


def test_the_first_head_is_that_of_the_classifier(net):
    classifier = SMALL_VGG(in_shape=(3, 12, 8), out_features=3)
    classifier.load_state_dict(dict(zip(classifier.state_dict(), net.state_dict().values(), strict=False)))
    x = torch.randn(2, 3, 12, 8)
    assert_close(net(x)[:, :3], classifier(x))


def test_the_trunk_gets_the_gradient_of_both_heads(net):
    x = torch.randn(2, 3, 12, 8)
    weight = net.trunk[0].weight
    parts = [torch.autograd.grad(net(x)[:, part].sum(), weight)[0] for part in (slice(3), slice(3, 7), slice(7))]
    assert parts[0].any()
    assert parts[1].any()
    assert_close(parts[0] + parts[1], parts[2])


@pytest.mark.parametrize(
    "classifier",
    [
        partial(ResNet, block=BasicBlock, blocks=[1, 1], channels=[4, 6], stem_channels=4),
        partial(AllConvNet, channels=[[4, 4], [4, 6]], last=[6, 6]),
    ],
)
def test_with_means_of_maps_the_box_still_sees_places(classifier):
    """Cut before the mean over places: the box depends on where something is."""
    torch.manual_seed(0)
    net = Localizer(in_shape=(1, 16, 16), out_features=7, classifier=classifier, box_units=[]).eval()
    x = torch.randn(1, 1, 16, 16)
    assert net.forward_features(x).shape[2:] != (1, 1)
    assert net.head["box"][-1].in_features == net.forward_features(x).numel()
    assert net(x).shape == (1, 7)
    assert all(parameter.requires_grad for parameter in net.parameters())
    assert net.train().trunk.training


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"box_units": [0]}, "^box_units is 0; it must be at least 1$"),
        ({"classifier": nn.Linear}, "^classifier is Linear; it must be a class derived from nnzoo.models.conv"),
        ({"in_shape": (3, 2, 2)}, "too small"),
    ],
)
def test_mistakes(settings, message):
    with pytest.raises(ValueError, match=message):
        Localizer(**(SIZES | {"classifier": SMALL_VGG} | settings))
