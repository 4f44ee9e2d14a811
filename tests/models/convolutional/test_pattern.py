"""Networks from strings of layers, Aggarwal 8.2.7."""

import pytest
import torch
from nnzoo.models.convolutional.pattern import PatternNet, expanded
from torch import nn


def letters(net):
    kinds = {nn.Conv2d: "C", nn.ReLU: "R", nn.MaxPool2d: "P", nn.Linear: "F", nn.Flatten: ""}
    return "".join(kinds[type(layer)] for layer in net.layers)


@pytest.mark.parametrize("pattern", ["CRCRPCRCRPF", "CRCRPCRCRPCRCRPF", "CRPFRF", "F"])
def test_layers_are_those_of_the_pattern(pattern):
    net = PatternNet(in_shape=(1, 17, 24), out_features=3, pattern=pattern, channels=2, hidden=5)
    assert letters(net) == pattern
    assert net(torch.randn(2, 1, 17, 24)).shape == (2, 3)


def test_repetition():
    assert expanded("(CRCRP)3F") == "CRCRPCRCRPCRCRPF"
    assert expanded("((CR)2P)2F") == "CRCRPCRCRPF"


def test_maps_double_after_a_pooling():
    net = PatternNet(in_shape=(3, 16, 16), out_features=3, pattern="CCPCPCF", channels=4)
    assert [layer.out_channels for layer in net.layers if isinstance(layer, nn.Conv2d)] == [4, 4, 8, 16]


def test_lenet_by_its_pattern():
    """The convolutions of LeNet-5: 28x28 images, 5x5 filters without padding."""
    net = PatternNet(in_shape=(1, 28, 28), out_features=10, pattern="CRPCRPFRFRF", kernel=5, padding="valid")
    assert net.layers[7].in_features == 32 * 4 * 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"pattern": "CRXPF"},
            r"^pattern 'CRXPF' has an unknown letter 'X' in place 3; it takes C \(convolution\), R ",
        ),
        ({"pattern": "(CR)2XF"}, "unknown letter 'X' in place 6"),
        ({"pattern": "crpf"}, "unknown letter 'c' in place 1"),
        ({"pattern": "(CRF"}, r"^pattern '\(CRF' has an unmatched '\('; \(CRP\)2F is CRPCRPF$"),
        ({"pattern": "CR)2F"}, r"unmatched '\)'"),
        ({"pattern": "C3RF"}, "unmatched '3'"),
        ({"pattern": "()3F"}, r"unmatched '\('"),
        ({"pattern": "(CR)0F"}, r"^pattern '\(CR\)0F' repeats CR 0 times; a part takes at least 1$"),
        ({"pattern": "(CR)1000000000000F"}, "has more than 1000 layers$"),
        ({"pattern": "((((C)99)99)99)99F"}, "has more than 1000 layers$"),
        ({"pattern": "CRP"}, "must end with F, the outputs$"),
        ({"pattern": ""}, "must end with F"),
        ({"pattern": "CFCF"}, "has a convolution or a pooling after F"),
        ({"pattern": "(CP)5F"}, r"max-pooling 2x2 \(layer 9\) gets 1x1 maps; the least size is 32x32"),
        ({"pattern": "(CP)40F"}, f"the least size is {2**40}x{2**40}$"),  # without weights of 4^40 numbers
        ({"kernel": 0}, "kernel is 0; it must be at least 1"),
        ({"kernel": 4}, "half padding keeps the size for odd kernels only; kernel is 4"),
        ({"stride": 2, "padding": "valid", "rounding": "exact"}, r"stride 2 does not fit, \(28 - 3\) / 2 is not whole"),
    ],
)
def test_what_cannot_be_read_or_does_not_fit(settings, message):
    with pytest.raises(ValueError, match=message):
        PatternNet(in_shape=(1, 28, 28), out_features=10, **settings)
