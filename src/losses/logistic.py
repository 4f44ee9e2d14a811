"""Logistic loss. Shapes as in `base`."""

from torch import Tensor, nn

from .margin import MarginLoss


class Logistic(MarginLoss):
    """log(1 + exp(-m)), m the margin: -log of the sigmoid probability of the right class.

    Its gradient pulls by the probability of a mistake. Aggarwal 2.2.3, eq. 2.15 and 2.18; MIT 6.4 (nll).
    """

    def of_margin(self, margin: Tensor) -> Tensor:
        """Return log(1 + exp(-m))."""
        return nn.functional.softplus(-margin)
