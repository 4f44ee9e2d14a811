"""Outputs and input gradients of torchvision's networks, with their weights copied, where both coincide."""

from functools import partial

import pytest
import torch
from nnzoo.layers.conv.inception import Inception
from nnzoo.layers.conv.local_response import LocalResponseNorm
from nnzoo.layers.conv.residual import BasicBlock, Bottleneck
from nnzoo.models.convolutional.alexnet import AlexNet
from nnzoo.models.convolutional.densenet import DenseNet
from nnzoo.models.convolutional.googlenet import GoogLeNet
from nnzoo.models.convolutional.resnet import ResNet
from nnzoo.models.convolutional.vgg import VGG
from torch import nn
from torchvision import models
from torchvision.models.googlenet import Inception as TheirInception
from torchvision.models.resnet import BasicBlock as TheirBasicBlock

from tests.support.catalogue import config_of
from tests.support.gradients import assert_close_with_gradients


@torch.no_grad()
def vary(net, side):
    """Give batch normalization other averages, weights and biases than at the start."""
    net.train()(torch.randn(4, 3, side, side))
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.weight.uniform_(0.5, 1.5)
            layer.bias.uniform_(-0.5, 0.5)


def check(ours, theirs, side):
    """Compare in evaluation mode, and in training mode where nothing is random."""
    vary(theirs, side)
    weights = zip(ours.state_dict(), theirs.state_dict().values(), strict=True)
    ours.load_state_dict(dict(weights))
    x = torch.randn(2, 3, side, side, requires_grad=True)
    for training in (False, True):
        for net in (ours, theirs):
            net.train(training)
            for layer in net.modules():
                if isinstance(layer, nn.Dropout):
                    layer.eval()
        found, expected = ours(x), theirs(x)
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
        factors = torch.randn_like(expected)
        gradients = [torch.autograd.grad((y * factors).sum(), x)[0] for y in (found, expected)]
        torch.testing.assert_close(*gradients, atol=1e-4, rtol=1e-4)


RESNETS = {
    "resnet18": (BasicBlock, models.resnet.BasicBlock, {}),
    "resnet50": (Bottleneck, models.resnet.Bottleneck, {}),
    "resnext50": (
        partial(Bottleneck, groups=32, width=2),
        models.resnet.Bottleneck,
        {"groups": 32, "width_per_group": 4},
    ),
}


@pytest.mark.parametrize("name", RESNETS)
def test_residual_networks(name):
    """With fewer blocks."""
    torch.manual_seed(0)
    block, their_block, settings = RESNETS[name]
    node = config_of(name)["model"]
    shape = {key: node[key] for key in ("channels", "stem_channels", "stem")}
    ours = ResNet(in_shape=(3, 40, 40), out_features=5, block=block, blocks=[1, 2, 1, 1], **shape)
    check(ours, models.ResNet(their_block, [1, 2, 1, 1], num_classes=5, **settings), 40)


@pytest.mark.parametrize(("name", "column"), [("vgg_a", "A"), ("vgg_d", "D")])
def test_layers_of_vgg(name, column):
    torch.manual_seed(0)
    features = models.vgg.make_layers(models.vgg.cfgs[column])
    layers = config_of(name)["model"]["layers"]
    ours = VGG(in_shape=(3, 32, 32), out_features=4, layers=layers, dense_units=[])
    check(ours, nn.Sequential(features, nn.Flatten(), nn.Linear(512, 4)), 32)


def test_layers_of_alexnet():
    """torchvision has the second publication of 2014, with other numbers of maps and without normalization."""
    torch.manual_seed(0)
    with torch.device("meta"):
        theirs = models.AlexNet().features
    theirs.to_empty(device="cpu")
    for layer in theirs:
        if isinstance(layer, nn.Conv2d):
            layer.reset_parameters()
    ours = AlexNet(in_shape=(3, 70, 70), out_features=4, channels=[64, 192, 384, 256, 256], dense_units=[])
    for index, layer in enumerate(ours.layers):
        if isinstance(layer, LocalResponseNorm):
            ours.layers[index] = nn.Identity()
    check(ours, nn.Sequential(theirs, nn.Flatten(), nn.Linear(256, 4)), 70)


def test_googlenet():
    """torchvision has 3x3 filters and a 2x2 pooling where the publication has 5x5 and 3x3, and another epsilon."""
    torch.manual_seed(0)
    theirs = models.GoogLeNet(num_classes=4, aux_logits=False, init_weights=False)
    for layer in theirs.modules():
        if isinstance(layer, TheirInception):
            conv = layer.branch3[1].conv
            layer.branch3[1].conv = nn.Conv2d(conv.in_channels, conv.out_channels, 5, padding=2, bias=False)
    theirs.maxpool4 = nn.MaxPool2d(3, 2, ceil_mode=True)
    ours = GoogLeNet(in_shape=(3, 50, 50), out_features=4, norm="batch")
    for layer in ours.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eps = 0.001
    check(ours, theirs, 50)


def test_densenet():
    torch.manual_seed(0)
    theirs = models.DenseNet(growth_rate=8, block_config=(2, 3), num_init_features=16, num_classes=4)
    settings = {"growth": 8, "blocks": [2, 3], "stem_channels": 16, "compression": 0.5, "bottleneck": 4, "stem": "7x7"}
    check(DenseNet(in_shape=(3, 40, 40), out_features=4, **settings), theirs, 40)


def test_one_module_of_inception_by_hand():
    """Without reductions and projection, the basic module."""
    torch.manual_seed(0)
    module = Inception(3, (2, 0, 4, 0, 5, 0)).double()
    x = torch.randn(2, 3, 6, 5, dtype=torch.float64, requires_grad=True)
    w1, b1, w3, b3, w5, b5 = module.parameters()
    convolved = [
        nn.functional.conv2d(x, w, b, padding=w.shape[-1] // 2).relu() for w, b in ((w1, b1), (w3, b3), (w5, b5))
    ]
    expected = torch.cat([*convolved, nn.functional.max_pool2d(x, 3, 1, 1)], 1)
    assert module.out_channels == expected.shape[1] == 14
    assert_close_with_gradients(module(x), expected, [x, *module.parameters()])


def saved_numbers(net, x):
    """The size of all tensors, without parameters, that the forward pass keeps for the backward pass."""
    kept = {}

    def pack(value):
        kept[value.untyped_storage().data_ptr()] = value  # which keeps the place from being used again
        return value

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda value: value):
        net(x).sum()
    parameters = {each.untyped_storage().data_ptr() for each in net.parameters()}
    return sum(value.untyped_storage().nbytes() // 4 for place, value in kept.items() if place not in parameters)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_block_keeps_as_much_memory(stride):
    down = nn.Sequential(nn.Conv2d(8, 8, 1, 2, bias=False), nn.BatchNorm2d(8)) if stride == 2 else None
    x = torch.randn(2, 8, 12, 12)
    found = saved_numbers(BasicBlock(8, 8, stride), x.requires_grad_())
    assert found == saved_numbers(TheirBasicBlock(8, 8, stride, down), x)
