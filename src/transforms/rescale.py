"""Random enlargements of images. Shapes: B images, C channels, H height, W width."""

import torch
from jaxtyping import Float
from torch import Tensor

from ..spec import DataSpec, send
from .base import RandomTransform
from .sampling import resampled


class Rescale(RandomTransform):
    """Enlarge each training image by a random factor, and crop it at a random place to its size. Forsyth 12.4.3.

    factor: the largest factor; factors are uniformly distributed from 1 to it, places over all windows in the image.
    Pixels are interpolated bilinearly. Raises ValueError for a factor that is not above 1 or is infinite.
    """

    takes = ("image",)
    moves_pixels = True

    def __init__(self, *, factor: float = 1.25) -> None:
        if not 1 < factor < float("inf"):
            raise ValueError(f"factor is {factor:g}; it must be above 1 and finite")
        self.factor = factor

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these images."""
        super().check(spec)
        if min(spec.shape[1:]) < 2:
            raise ValueError(
                f"enlarges images of at least 2x2 pixels; the images have {'x'.join(map(str, spec.shape[1:]))}"
            )

    def apply(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C H W"]:
        """Return the images, each with a factor and a place of its own."""
        scale = 1 / (1 + (self.factor - 1) * torch.rand(len(x), generator=generator))  # of the window
        centre = (1 - scale) * (2 * torch.rand(2, len(x), generator=generator) - 1)
        zero = torch.zeros_like(scale)
        rows = [scale, zero, centre[0]], [zero, scale, centre[1]]
        matrix = torch.stack([torch.stack(row, -1) for row in rows], 1)
        return resampled(x, send(matrix, x.device))
