"""Random rotations of images. Shapes: B images, C channels, H height, W width."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from ..spec import DataSpec, send
from .base import RandomTransform
from .sampling import resampled


class Rotate(RandomTransform):
    """Rotate each training image by a random angle and enlarge it, so that there are no unknown pixels. Forsyth 12.4.3.

    The angle is uniformly distributed from -degrees to degrees. The result is the largest rectangle of the image's
    proportions, around its centre, that fits into the rotated image, enlarged to the size of the image by bilinear
    interpolation. Do not use large angles for images whose class depends on the orientation, such as 6 and 9.
    Aggarwal 8.3.4. Raises ValueError for degrees out of range.
    """

    takes = ("image",)
    moves_pixels = True

    def __init__(self, *, degrees: float = 15.0) -> None:
        if not 0 < degrees <= 180:
            raise ValueError(f"degrees is {degrees:g}; it must be above 0 and at most 180")
        self.degrees = degrees

    def check(self, spec: DataSpec) -> None:
        """Raise ValueError if the transform does not support these images."""
        super().check(spec)
        if min(spec.shape[1:]) < 2:
            raise ValueError(
                f"rotates images of at least 2x2 pixels; the images have {'x'.join(map(str, spec.shape[1:]))}"
            )

    def apply(self, x: Float[Tensor, "B C H W"], generator: torch.Generator) -> Float[Tensor, "B C H W"]:
        """Return the images, each rotated by a random angle of its own."""
        angle = math.radians(self.degrees) * (2 * torch.rand(len(x), generator=generator) - 1)
        return resampled(x, send(rotations(angle, *x.shape[2:]), x.device))


def rotations(angle: Float[Tensor, "B"], height: int, width: int) -> Float[Tensor, "B 2 3"]:
    """Return matrices for `resampled` that rotate images counterclockwise, in radians, without unknown pixels."""
    down, right = (height - 1) / 2, (width - 1) / 2  # from the centre of the image to those of the last pixels
    cos, sin = angle.cos(), angle.sin()
    scale = torch.minimum(right / (right * cos.abs() + down * sin.abs()), down / (right * sin.abs() + down * cos.abs()))
    zero = torch.zeros_like(angle)
    rows = [cos, -sin * down / right, zero], [sin * right / down, cos, zero]
    return scale[:, None, None] * torch.stack([torch.stack(row, -1) for row in rows], 1)
