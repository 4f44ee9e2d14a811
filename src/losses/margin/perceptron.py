"""The perceptron criterion. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLossWithSlope


class PerceptronCriterion(MarginLossWithSlope):
    """max(0, -m) for margin m: how far an example is on the wrong side. Aggarwal 1.2.1.1, eq. 1.8, 2.4.

    At m = 0 the gradient is that of an error, -y x; otherwise weights that are all zero would never change.
    """

    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return max(0, -m)."""
        return (-margin).where(margin <= 0, 0)  # the gradient of relu and clamp at 0 is 0

    def margin_slope(self, margin: Tensor) -> Tensor:
        """Return -1 where m <= 0, else 0."""
        return (margin <= 0).to(margin.dtype).neg_()
