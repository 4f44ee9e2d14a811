"""Least squares of signs. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLoss


class SignSquared(MarginLoss):
    """(y - sign(z))^2 = (1 - sign(m))^2: 4 for an error, 0 else, 1 at m = 0; for evaluation, its gradient is 0.

    What the perceptron was first said to minimize. Aggarwal 1.2.1, 2.2.1.
    """

    def of_margin(self, margin: Tensor) -> Tensor:
        """Return (1 - sign(m))^2."""
        return (1 - margin.sign()).square()
