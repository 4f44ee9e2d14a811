"""Trainable subsampling.

Shapes: B examples, C maps, H x W input, h x w output of half the size.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Subsampling(nn.Module):
    """2x2 average pooling, times a trainable weight, plus a trainable bias, one of each per map.

    Aggarwal 8.2.5, 8.2.7; LeCun et al. 1998, II.B, where the four values are summed, so their weight is a quarter of
    this one.
    """

    def __init__(self, *, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C h w"]:
        """Return maps of half the height and width."""
        return nn.functional.avg_pool2d(x, 2) * self.weight + self.bias
