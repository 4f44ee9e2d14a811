"""Random horizontal flips. Shapes: B images, C channels, H height, W width."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..spec import send
from .base import RandomTransform


class Flip(RandomTransform):
    """Flip each training image horizontally with a given probability. Aggarwal 8.3.4.

    Do not use it for images whose class depends on the orientation, such as digits and letters. Raises ValueError for a
    probability that is not above 0 and at most 1.
    """

    takes = ("image",)
    moves_pixels = True

    def __init__(self, *, probability: float = 0.5) -> None:
        if not 0 < probability <= 1:
            raise ValueError(f"probability is {probability}; it must be above 0 and at most 1")
        self.probability = probability

    def apply(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C H W"]:
        """Return the images, some of them flipped."""
        flipped = send(torch.rand(len(x), generator=generator) < self.probability, x.device)
        return torch.where(flipped[:, None, None, None], x.flip(-1), x)
