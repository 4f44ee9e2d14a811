"""Local contrast normalization of images. Shapes: B images, C channels, H height, W width, S places of a side."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ..errors import unknown
from .contrast import ContrastNormalization, validated_epsilon

VARIANTS = ("subtractive", "divisive")
TRUNCATE = 4  # radius of the Gaussian in standard deviations


class LocalContrast(ContrastNormalization):
    """Subtract a smoothed image from each image and divide by the local standard deviation. Forsyth 12.4.2.

    Each channel is smoothed by a Gaussian whose standard deviation is `radius` pixels; at the border, by its part in
    the image, so that the weights have the sum 1. z = v / sqrt(smoothed(v^2) + epsilon), v = x - smoothed(x); with
    variant=subtractive, v. Raises ValueError for values out of range, UserError for an unknown variant.
    """

    def __init__(
        self,
        *,
        radius: float = 2.0,
        variant: Literal["subtractive", "divisive"] = "divisive",
        epsilon: float = 1e-4,
    ) -> None:
        super().__init__()
        if not 0 < radius < float("inf"):
            raise ValueError(f"radius is {radius:g}; it must be above 0 and finite")
        if variant not in VARIANTS:
            raise unknown("variant", variant, VARIANTS)
        self.radius = radius
        self.variant = variant
        self.epsilon = validated_epsilon(epsilon)

    def statistics(self, x: Float[Tensor, "B C H W"]) -> tuple[Tensor, Tensor]:
        """Return the smoothed images and the local standard deviation, (B, C, H, W), or 1."""
        mean = self.smoothed(x)
        if self.variant == "subtractive":
            return mean, torch.ones_like(x[:, :1, :1, :1])
        return mean, (self.smoothed((x - mean).square()) + self.epsilon).sqrt()

    def smoothed(self, x: Float[Tensor, "B C H W"]) -> Float[Tensor, "B C H W"]:
        """Return smoothed images; the Gaussian is separable, so each side has a matrix of weights."""
        rows, columns = (gaussian_weights(size, self.radius).to(x) for size in x.shape[2:])
        return rows @ x @ columns.T


def gaussian_weights(size: int, radius: float) -> Float[Tensor, "S S"]:
    """Return the weights with which each of S places is the mean of all; rows have the sum 1."""
    distance = torch.arange(size).double()
    distance = (distance[:, None] - distance).abs()
    weights = (-0.5 * (distance / radius).square()).exp() * (distance <= int(TRUNCATE * radius + 0.5))
    return weights / weights.sum(1, keepdim=True)
