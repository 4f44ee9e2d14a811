"""Squared error of the sign. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLoss


class SignSquared(MarginLoss):
    """(y - sign(z))^2 = (1 - sign(m))^2: 4 for an error, otherwise 0, and 1 at m = 0; the gradient is 0.

    For evaluation only: the loss that the perceptron was originally said to minimize. Aggarwal 1.2.1, 2.2.1.
    """

    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return (1 - sign(m))^2."""
        return (1 - margin.sign()).square()
