"""Occlusion maps: how much a score falls if a part of an image is covered.

Shapes: B images, C channels, H height, W width.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from .scores import Score


@torch.no_grad()
def occlusion_maps(score: Score, x: Tensor, *, size: int, stride: int = 1) -> Tensor:
    """Return maps (B, 1, H, W): how much the score falls, on average over the covering squares that contain a pixel.

    size: side of the square, which has the mean color of its image; stride: distance of its positions. The squares of
    the last row and column end at the border. Raises ValueError for a square larger than the images, and for a size or
    a stride below 1. Zeiler and Fergus 2014, section 4.2.
    """
    height, width = x.shape[-2:]
    if not 1 <= size <= min(height, width) or stride < 1:
        raise ValueError(
            f"size is {size} and stride is {stride}; a square is from 1 to {min(height, width)} pixels wide, and the "
            "stride at least 1"
        )
    color = x.mean((2, 3), keepdim=True)
    full = score(x)
    total, count = x.new_zeros(len(x), 1, height, width), x.new_zeros(height, width)
    for top in positions(height, size, stride):
        for left in positions(width, size, stride):
            square = (..., slice(top, top + size), slice(left, left + size))
            covered = x.clone()
            covered[square] = color
            total[square] += (full - score(covered)).view(-1, 1, 1, 1)
            count[square] += 1
    return total / count.clamp_min(1)  # a stride above the size leaves pixels out


def positions(side: int, size: int, stride: int) -> Iterator[int]:
    """Yield the first pixels of the squares along a side; the last square ends at the border."""
    last = side - size
    yield from range(0, last, stride)
    yield last
