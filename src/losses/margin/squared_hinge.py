"""Squared hinge loss. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLossWithSlope


class SquaredHinge(MarginLossWithSlope):
    """max(0, 1 - m)^2 for margin m: least-squares classification without a penalty where m > 1.

    The L2-loss SVM of Hinton (1989). Its gradient is twice the printed update. Aggarwal 2.2.2.1, 2.2.4.
    """

    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return max(0, 1 - m)^2."""
        return (1 - margin).relu().square()

    def margin_slope(self, margin: Tensor) -> Tensor:
        """Return -2 max(0, 1 - m)."""
        return (1 - margin).relu_().mul_(-2)
