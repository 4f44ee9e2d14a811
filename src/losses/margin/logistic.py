"""Logistic loss. Shapes as in `losses.base`."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import MarginLossWithSlope


class Logistic(MarginLossWithSlope):
    """log(1 + exp(-m)) for margin m: negative log of the sigmoid probability of the right class.

    The size of its gradient is the probability of the wrong class. Aggarwal 2.2.3, eq. 2.15 and 2.18; MIT 6.4 (nll).
    """

    def probabilities(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n C"]:
        """Return the probabilities of both classes from one output, or the normalized sigmoids of one per class."""
        p = output.sigmoid()
        return torch.cat([1 - p, p], -1) if output.shape[-1] == 1 else p / p.sum(-1, keepdim=True)

    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return log(1 + exp(-m))."""
        return nn.functional.softplus(-margin)

    def margin_slope(self, margin: Tensor) -> Tensor:
        """Return minus the probability of the wrong class, -sigmoid(-m)."""
        return (-margin).sigmoid_().neg_()
