"""Least-squares classification. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLossWithSlope


class WidrowHoff(MarginLossWithSlope):
    """(y - z)^2 = (1 - m)^2 for margin m: least squares on classes -1 and +1. Aggarwal 2.2.2.1.

    Also called Adaline, LMS and delta rule. Its gradient is twice the printed update, -(1 - m) y x. It also penalizes
    correct outputs with m > 1.
    """

    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return (1 - m)^2."""
        return (1 - margin).square()

    def margin_slope(self, margin: Tensor) -> Tensor:
        """Return -2 (1 - m)."""
        return (margin - 1).mul_(2)
