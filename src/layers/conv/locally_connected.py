"""Convolution without shared weights.

Shapes: B examples, C input maps, D output maps, H x W input, h x w output, N = C k^2 weights of a unit.
"""

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .sizes import output_size


class LocallyConnected2d(nn.Module):
    """Each output unit has its own filter: local receptive fields as in the neocognitron, without weight sharing.

    size: height and width of the input; a stride that does not fit leaves out pixels. With equal filters in all places
    it is a convolution, and the gradient of a shared filter is the sum over the places.
    Raises ValueError for a filter larger than the input. Aggarwal 8.1.1, 8.3.1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int,
        *,
        size: tuple[int, int],
        stride: int = 1,
        padding: int = 0,
    ) -> None:
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, padding
        self.out_size = tuple(
            output_size(side, kernel, stride=stride, padding=padding, rounding="down") for side in size
        )
        height, width = self.out_size
        self.weight = nn.Parameter(torch.empty(height * width, out_channels, in_channels * kernel**2))
        self.bias = nn.Parameter(torch.empty(out_channels, height, width))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw weights and biases from U(-1/sqrt(N), 1/sqrt(N)), as torch does for a convolution."""
        bound = 1 / sqrt(self.weight.shape[-1])
        self.weight.uniform_(-bound, bound)
        self.bias.uniform_(-bound, bound)

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B D h w"]:
        """Return the output maps."""
        columns = nn.functional.unfold(x, self.kernel, padding=self.padding, stride=self.stride)  # (B, N, h w)
        outputs = torch.bmm(columns.permute(2, 0, 1), self.weight.transpose(1, 2))  # (h w, B, D)
        return outputs.permute(1, 2, 0).unflatten(-1, self.out_size) + self.bias
