"""The layers of a DenseNet.

Shapes: B images, C maps of H x W pixels, D maps of the output.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..dropout import dropout_layer
from .units import pre_activation_unit


class DenseBlock(nn.Module):
    """Layers each of which reads the maps of the input and of all layers before it, and adds `growth` maps.

    A layer: normalization, ReLU and 3x3 convolution, after a 1x1 convolution of the same kind to bottleneck x growth
    maps, 0 for none, and followed by dropout. L layers have L (L + 1) / 2 connections.
    Huang et al. 2017, section 3; Aggarwal 8.4.5, which counts L (L - 1) / 2 between the layers.
    """

    def __init__(self, in_channels: int, layers: int, *, growth: int, bottleneck: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        for index in range(layers):
            maps = in_channels + index * growth
            units: list[nn.Module] = []
            if bottleneck:
                units += pre_activation_unit(maps, bottleneck * growth, 1)
                maps = bottleneck * growth
            units += pre_activation_unit(maps, growth, 3)
            self.layers.append(nn.Sequential(*units, *([dropout_layer(dropout)] if dropout else [])))
        self.out_channels = in_channels + layers * growth

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D H W"]:
        """Return the maps of the input and of all layers."""
        maps = [x]
        for layer in self.layers:
            maps.append(layer(torch.cat(maps, 1)))
        return torch.cat(maps, 1)
