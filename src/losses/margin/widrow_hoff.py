"""Least-squares classification. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLoss


class WidrowHoff(MarginLoss):
    """(y - z)^2 = (1 - m)^2, m the margin: least squares on classes -1 and +1. Aggarwal 2.2.2.1.

    Also called Adaline, LMS and delta rule; its gradient is twice the update as printed, -(1 - m) y x. It punishes
    m > 1, too: examples that are too right.
    """

    def of_margin(self, margin: Tensor) -> Tensor:
        """Return (1 - m)^2."""
        return (1 - margin).square()
