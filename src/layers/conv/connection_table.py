"""Convolution in which each output map is connected to only some of the input maps.

Shapes: B examples, C input maps, D output maps, H x W input, h x w output, N connections, k kernel size.
"""

from collections.abc import Sequence
from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..connections import flat_index

# LeCun et al. 1998, table I: the maps of S2 that each map of C3 is connected to.
LENET5_TABLE = (
    *([i, (i + 1) % 6, (i + 2) % 6] for i in range(6)),
    *([i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6] for i in range(6)),
    *([i, i + 1, (i + 3) % 6, (i + 4) % 6] for i in range(3)),
    [0, 1, 2, 3, 4, 5],
)


class ConnectionTableConv2d(nn.Module):
    """Convolution without padding and with a connection table; LeNet-5's C3 has 60 of 96 connections, 1516 parameters.

    table: the input maps of each output map.
    Raises ValueError if a row of the table contains a map twice, or one that does not exist. LeCun et al. 1998, II.B,
    table I.
    """

    index: Tensor

    def __init__(self, *, in_channels: int, table: Sequence[Sequence[int]], kernel_size: int) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.fans = [len(row) for row in table]
        index = flat_index(table, in_channels)
        self.register_buffer("index", index, persistent=False)
        self.weight = nn.Parameter(torch.empty(len(index), kernel_size, kernel_size))  # (N, k, k)
        self.bias = nn.Parameter(torch.empty(len(table)))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw weights and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)) of their map, as torch does."""
        for weight, bias in zip(self.maps(), self.bias, strict=True):
            bound = 1 / sqrt(weight.numel())
            weight.uniform_(-bound, bound)
            bias.uniform_(-bound, bound)

    def maps(self) -> tuple[Tensor, ...]:
        """Return the weights of each output map: one (k, k) kernel per input map."""
        return self.weight.split(self.fans)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return the output maps."""
        k = self.weight.shape[-1]
        # One dense convolution with zeros is ten times as fast as a small convolution for each map.
        dense = self.weight.new_zeros(len(self.fans) * self.in_channels, k, k)
        dense = dense.index_copy(0, self.index, self.weight)
        return nn.functional.conv2d(x, dense.view(-1, self.in_channels, k, k), self.bias)
