"""Trainable subsampling.

Shapes: B examples, C maps, H x W image, h x w result of half the size.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Subsampling(nn.Module):
    """Means of 2x2 regions, times a trainable weight, plus a trainable bias, one pair for each map.

    Aggarwal 8.2.5, 8.2.7; LeCun et al. 1998, II.B, where the four values are summed: a weight of a quarter.
    """

    def __init__(self, *, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C h w"]:
        """Return maps of half the height and width."""
        return nn.functional.avg_pool2d(x, 2) * self.weight + self.bias
