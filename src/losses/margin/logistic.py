"""Logistic loss. Shapes as in `losses.base`."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import MarginLoss


class Logistic(MarginLoss):
    """log(1 + exp(-m)), m the margin: -log of the sigmoid probability of the right class.

    Its gradient pulls by the probability of a mistake. Aggarwal 2.2.3, eq. 2.15 and 2.18; MIT 6.4 (nll).
    """

    def probabilities(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n C"]:
        """Return those of both classes of a single output; of one output a class, the sigmoids with sum 1."""
        p = output.sigmoid()
        return torch.cat([1 - p, p], -1) if output.shape[-1] == 1 else p / p.sum(-1, keepdim=True)

    def of_margin(self, margin: Tensor) -> Tensor:
        """Return log(1 + exp(-m))."""
        return nn.functional.softplus(-margin)
