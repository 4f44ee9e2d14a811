"""Max-pooling that records the positions of the maxima, and its unpooling.

Shapes: B examples, C maps, H x W pixels, h x w windows.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class SwitchPool2d(nn.Module):
    """Max-pooling over windows of size x size pixels that do not overlap; it also returns the switches.

    A switch is the position of the maximum of its window, numbered row by row in the whole map; of equal values the
    first counts. Windows at the lower and the right border are smaller if the map is not a multiple of `size`.
    Raises ValueError for a size below 1. Aggarwal 8.5.2.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size is {size}; a window has at least 1 pixel")
        self.size = size

    def forward(self, x: Float[Tensor, "B C H W"]) -> tuple[Float[Tensor, "B C h w"], Int[Tensor, "B C h w"]]:
        """Return the maxima and the switches."""
        return nn.functional.max_pool2d(x, self.size, ceil_mode=True, return_indices=True)


class Unpool2d(nn.Module):
    """The counterpart of `SwitchPool2d`: it copies each value to its switch, all other pixels are 0.

    For windows of 2 x 2 pixels, 75 % of the pixels are 0. The gradient with respect to a value is that of the pixel at
    its switch. Without switches, each value is copied to the upper left pixel of its window.
    Raises ValueError for a size below 1. Aggarwal 8.5.2; without switches: Dosovitskiy et al. 2015, section 3.2.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        if size < 1:
            raise ValueError(f"size is {size}; a window has at least 1 pixel")
        self.size = size

    def forward(
        self, x: Float[Tensor, "B C h w"], switches: Int[Tensor, "B C h w"] | None, shape: tuple[int, int]
    ) -> Float[Tensor, "B C H W"]:
        """Return maps of shape (H, W)."""
        height, width = shape
        if switches is None:
            rows, columns = (self.size * torch.arange(side, device=x.device) for side in x.shape[-2:])
            switches = (rows[:, None] * width + columns).expand(x.shape)
        maps = x.new_zeros(*x.shape[:2], height * width)
        return maps.scatter(-1, switches.flatten(2), x.flatten(2)).unflatten(-1, (height, width))
