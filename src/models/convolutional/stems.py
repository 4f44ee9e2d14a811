"""The first layers of residual and densely connected networks."""

from torch import nn

from ...layers.conv.units import convolution


def stem_layers(stem: str, in_channels: int, channels: int, opening: list[nn.Module]) -> list[nn.Module]:
    """Return the first convolution, without a bias before a normalization, the opening, and the pooling."""
    bias = bool(opening) and not isinstance(opening[0], nn.BatchNorm2d)
    if stem == "3x3":
        return [convolution(in_channels, channels, 3, bias=bias), *opening]
    conv = convolution(in_channels, channels, 7, stride=2, bias=bias)
    return [conv, *opening, nn.MaxPool2d(3, 2, padding=1)]
