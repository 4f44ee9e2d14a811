"""Weighted squared error of pairs. Shapes as in `losses.base`."""

from jaxtyping import Bool, Float
from torch import Tensor

from .base import PairLoss


class WeightedSquared(PairLoss):
    """c (b - s)^2 with b = 1 for a pair that occurs and 0 for a sampled one, and its score s. Aggarwal 2.6.3, eq. 2.57.

    c: how often the pair occurs, or how often it was sampled.
    """

    def pair_loss(self, output: Float[Tensor, "*n 1"], occurs: Bool[Tensor, "*n 1"]) -> Float[Tensor, "*n 1"]:
        """Return (b - s)^2."""
        return (occurs.to(output.dtype) - output).square()
