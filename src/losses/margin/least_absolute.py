"""Least absolute classification. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLossWithSlope


class LeastAbsolute(MarginLossWithSlope):
    """|y - z| = |1 - m| for margin m: least absolute deviations on classes -1 and +1. Aggarwal 2.9.

    Its gradient is 0 at m = 1. It penalizes correct outputs with m > 1; with 0 there it becomes the hinge loss.
    """

    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return |1 - m|."""
        return (1 - margin).abs()

    def margin_slope(self, margin: Tensor) -> Tensor:
        """Return -1 where m < 1, 1 where m > 1, 0 at 1."""
        return (margin - 1).sign_()
