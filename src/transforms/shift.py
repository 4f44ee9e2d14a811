"""Random translations of images. Shapes: B images, C channels, H height, W width."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from ..spec import DataSpec, send
from .base import RandomTransform
from .sampling import windows


class Shift(RandomTransform):
    """Translate each training image by up to `pixels` pixels, vertically and horizontally. Aggarwal 8.3.4.

    pixels: both shifts are uniformly distributed integers from -pixels to pixels; fill: value of the pixels outside of
    the image, within the bounds of the data. Raises ValueError for values out of range.
    """

    takes = ("image",)
    moves_pixels = True

    def __init__(self, *, pixels: int = 2, fill: float = 0.0) -> None:
        if pixels < 1:
            raise ValueError(f"pixels is {pixels}; it must be at least 1")
        self.pixels = pixels
        self.fill = fill

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these images."""
        super().check(spec)
        height, width = spec.shape[1:]
        if self.pixels >= min(height, width):
            raise ValueError(f"shifts images by up to {self.pixels} pixels; the images have {height}x{width}")
        if not spec.low <= self.fill <= spec.high:
            raise ValueError(f"has fill={self.fill:g}; the pixels are from {spec.low:g} to {spec.high:g}")

    def apply(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C H W"]:
        """Return the images, each with a random translation of its own."""
        n = self.pixels
        down, right = send(torch.randint(2 * n + 1, (2, len(x)), generator=generator), x.device)
        return windows(pad(x, (n, n, n, n), value=self.fill), down, right, *x.shape[2:])
