"""GoogLeNet: a stem and stages of inception modules.

Shapes: B images, C channels, H x W pixels, O outputs.
"""

from collections.abc import Sequence
from typing import Literal

from torch import nn

from ...layers.conv.inception import Inception
from ...layers.conv.local_response import LocalResponseNorm
from ...layers.conv.units import Norm, conv_unit
from ...layers.dropout import dropout_layer
from .network import ConvNet, averaged


class GoogLeNet(ConvNet):
    """A stem, inception modules in stages with a 3x3 max-pooling with stride 2 between them, and the mean of each map.

    modules: the maps of the modules of each stage, see `Inception`; stem: 7x7 with stride 2, a pooling, 1x1 to 64
    maps, 3x3 to 192 maps and a pooling, or 3x3 to 192 maps for small images; norm: of all convolutions; without it the
    stem has local response normalization; dropout: before the last layer. Raises ValueError for modules
    without six numbers, a dropout outside [0, 1), and images that are too small. `SideHeadNet` adds
    the side heads of the publication.
    Szegedy et al. 2015, table 1; Aggarwal 8.4.4.
    """

    def __init__(
        self,
        *,
        in_shape: Sequence[int],
        out_features: int,
        modules: Sequence[Sequence[Sequence[int]]] = (
            ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
            (
                (192, 96, 208, 16, 48, 64),
                (160, 112, 224, 24, 64, 64),
                (128, 128, 256, 24, 64, 64),
                (112, 144, 288, 32, 64, 64),
                (256, 160, 320, 32, 128, 128),
            ),
            ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
        ),
        stem: Literal["7x7", "3x3"] = "7x7",
        norm: Literal["batch", "none"] = "none",
        dropout: float = 0.4,
    ) -> None:
        super().__init__()
        maps, *size = in_shape
        features, maps = stem_layers(stem, maps, norm), 192
        for index, stage in enumerate(modules):
            if index:
                features.append(pooling())
            for each in stage:
                module = Inception(maps, each, norm=norm)
                features.append(module)
                maps = module.out_channels
        self.layers = averaged(features, maps, size, out_features)
        self.layers.insert(-1, dropout_layer(dropout))


def stem_layers(stem: str, in_channels: int, norm: Norm) -> list[nn.Module]:
    """Return the layers before the inception modules, which give 192 maps."""
    if stem == "3x3":
        return conv_unit(in_channels, 192, 3, norm=norm)
    response = [LocalResponseNorm(5)] if norm == "none" else []
    return [
        *conv_unit(in_channels, 64, 7, stride=2, norm=norm),
        pooling(),
        *response,
        *conv_unit(64, 64, 1, norm=norm),
        *conv_unit(64, 192, 3, norm=norm),
        *response,
        pooling(),
    ]


def pooling() -> nn.MaxPool2d:
    """Return the 3x3 max-pooling with stride 2; its windows can reach beyond the maps."""
    return nn.MaxPool2d(3, 2, ceil_mode=True)
