"""The inception module of GoogLeNet.

Shapes: B images, C maps of H x W pixels, D maps of the output.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .units import Norm, conv_unit

PARTS = ("1x1", "3x3 reduction", "3x3", "5x5 reduction", "5x5", "pooling projection")


class Inception(nn.Module):
    """Convolutions 1x1, 3x3 and 5x5 and a 3x3 max-pooling of the same maps, side by side.

    maps: of the 1x1 convolution, of the 1x1 reduction before the 3x3 convolution, of the 3x3 convolution, of the
    reduction before the 5x5 convolution, of the 5x5 convolution, and of the 1x1 projection after the pooling. A
    reduction of 0 is left out, as in the basic module; without projection the pooled maps are outputs. norm: see
    `conv_unit`. Raises ValueError for another number of entries, negative ones, and a convolution without
    maps.
    Szegedy et al. 2015, figure 2; Aggarwal 8.4.4, figure 8.10.
    """

    def __init__(self, in_channels: int, maps: Sequence[int], *, norm: Norm = "none") -> None:
        super().__init__()
        if len(maps) != len(PARTS) or min(maps) < 0:
            raise ValueError(f"an inception module is {[*maps]}; it takes maps of {', '.join(PARTS)}")
        one, reduce3, three, reduce5, five, projection = maps
        if not (one and three and five):
            raise ValueError(f"an inception module is {[*maps]}; 1x1, 3x3 and 5x5 take at least 1 map")
        self.branches = nn.ModuleList(
            [
                nn.Sequential(*conv_unit(in_channels, one, 1, norm=norm)),
                reduced(in_channels, reduce3, three, 3, norm),
                reduced(in_channels, reduce5, five, 5, norm),
                nn.Sequential(
                    nn.MaxPool2d(3, 1, padding=1),
                    *(conv_unit(in_channels, projection, 1, norm=norm) if projection else []),
                ),
            ]
        )
        self.out_channels = one + three + five + (projection or in_channels)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D H W"]:
        """Return the maps of all branches."""
        return torch.cat([branch(x) for branch in self.branches], 1)


def reduced(in_channels: int, reduction: int, channels: int, kernel: int, norm: Norm) -> nn.Sequential:
    """Return a convolution after a 1x1 convolution to fewer maps, the bottleneck; 0 leaves it out."""
    first = conv_unit(in_channels, reduction, 1, norm=norm) if reduction else []
    return nn.Sequential(*first, *conv_unit(reduction or in_channels, channels, kernel, norm=norm))
