"""Stretching of maps with interpolated pixels.

Shapes: B images, C maps of h x w pixels, H x W pixels of the result.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class BilinearUpsampling(nn.ConvTranspose2d):
    """A transposed convolution of each map by itself that at first interpolates between the nearest four pixels.

    factor: even, the stretching of height and width; size: height and width of the result, which is cut at the lower
    and the right border. The filters are trained. Beyond the border maps count as 0.
    Long et al. 2015, section 3.3; Aggarwal 8.5.2.
    """

    def __init__(self, channels: int, factor: int, size: tuple[int, int]) -> None:
        super().__init__(channels, channels, 2 * factor, factor, factor // 2, groups=channels, bias=False)
        self.factor = factor
        self.size = size
        self.adjust_init()

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Set the filters to interpolate, after any initialization: weights decrease linearly with the distance."""
        distance = (torch.arange(2 * self.factor) - (self.factor - 0.5)).abs()
        weights = 1 - distance / self.factor
        self.weight.copy_(torch.outer(weights, weights))

    def forward(self, x: Float[Tensor, "B C h w"], output_size: list[int] | None = None) -> Float[Tensor, "B C H W"]:
        """Return the stretched maps."""
        height, width = self.size
        return super().forward(x, output_size)[..., :height, :width]


class ChannelsLast(nn.Module):
    """Move the maps to the last dimension, where the outputs of each pixel are."""

    def forward(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B H W C"]:
        """Return the same numbers in another order."""
        return x.movedim(1, -1)
