"""Least absolute classification. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLoss


class LeastAbsolute(MarginLoss):
    """|y - z| = |1 - m|, m the margin: least absolute deviations on classes -1 and +1. Aggarwal 2.9.

    Its gradient is 0 at m = 1. With 0 for m > 1, where it punishes what is too right, it becomes the hinge loss.
    """

    def of_margin(self, margin: Tensor) -> Tensor:
        """Return |1 - m|."""
        return (1 - margin).abs()
