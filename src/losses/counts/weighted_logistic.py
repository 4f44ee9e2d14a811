"""Weighted log loss of pairs. Shapes as in `losses.base`."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from .base import PairLoss


class WeightedLogistic(PairLoss):
    """-c log L with L = |b - 1 / (1 + exp(s))|, b = 1 for a pair that occurs and 0 for a sampled one, and its score s.

    L is sigmoid(s) for a pair that occurs, and sigmoid(-s) for a sampled one. c: how often the pair occurs, or how
    often it was sampled. The sum over all pairs is the loss of skip-gram with negative sampling.
    Aggarwal 2.6.3, eq. 2.58 and 2.59.
    """

    def expected(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n 1"]:
        """Return the probability that the pair occurs."""
        return output.sigmoid()

    def probabilities(self, output: Float[Tensor, "*n 1"]) -> Float[Tensor, "*n 1"]:
        """Return the probability that the pair occurs."""
        return output.sigmoid()

    def pair_loss(self, output: Float[Tensor, "*n 1"], occurs: Bool[Tensor, "*n 1"]) -> Float[Tensor, "*n 1"]:
        """Return -log L."""
        return nn.functional.softplus(output.where(~occurs, -output))
