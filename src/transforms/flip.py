"""Mirror images. Shapes: B images, C channels, H height, W width."""

import torch
from jaxtyping import Float
from torch import Tensor

from .base import RandomTransform


class Flip(RandomTransform):
    """Mirror training images left to right, each with a probability. Aggarwal 8.3.4.

    Not for images whose mirror image is something else, digits and letters say. Raises ValueError for a probability
    that is not above 0 and at most 1.
    """

    takes = ("image",)

    def __init__(self, *, probability: float = 0.5) -> None:
        if not 0 < probability <= 1:
            raise ValueError(f"probability is {probability}; it must be above 0 and at most 1")
        self.probability = probability

    def apply(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C H W"]:
        """Return the images, some of them mirrored."""
        mirrored = (torch.rand(len(x), generator=generator) < self.probability).to(x.device)
        return torch.where(mirrored[:, None, None, None], x.flip(-1), x)
