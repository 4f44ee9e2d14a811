"""Squared hinge loss. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLoss


class SquaredHinge(MarginLoss):
    """max(0, 1 - m)^2, m the margin: least-squares classification that lets be what is too right.

    The L2-loss SVM of Hinton (1989). Its gradient is twice the update as printed. Aggarwal 2.2.2.1, 2.2.4.
    """

    def of_margin(self, margin: Tensor) -> Tensor:
        """Return max(0, 1 - m)^2."""
        return (1 - margin).relu().square()
