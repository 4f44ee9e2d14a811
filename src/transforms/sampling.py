"""Parts of images, one for each image of a batch.

Shapes: B images, C channels, H height, W width, h and w of the parts.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample


def windows(
    x: Float[Tensor, "B C H W"], top: Int[Tensor, "B"], left: Int[Tensor, "B"], h: int, w: int
) -> Float[Tensor, "B C h w"]:
    """Return the window of each image whose upper left corner is at (top, left)."""
    views = x.unfold(2, h, 1).unfold(3, w, 1)
    return views[torch.arange(len(x), device=x.device), :, top, left]


def resampled(x: Float[Tensor, "B C H W"], matrix: Float[Tensor, "B 2 3"]) -> Float[Tensor, "B C H W"]:
    """Return images whose pixel at p = (right, down, 1) is that of x at `matrix` p, by bilinear interpolation.

    Places are from -1, the centre of the first pixel of a row or column, to 1, the centre of the last. Places of x
    outside are those of the nearest pixel.
    """
    grid = affine_grid(matrix.to(x.dtype), list(x.shape), align_corners=True)
    return grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=True)
