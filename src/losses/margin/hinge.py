"""Hinge loss. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLossWithSlope


class Hinge(MarginLossWithSlope):
    """max(0, a - m) for margin m: the loss of the support vector machine.

    margin: the required margin a; it only scales the weights and the weight decay. With weight decay it is the linear
    SVM. The gradient is 0 at m = a. Raises ValueError unless a > 0; a = 0 is the perceptron criterion.
    Aggarwal 1.2.1.2, 2.2.4, eq. 2.19; exercise 2.1.
    """

    def __init__(self, *, margin: float = 1.0) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"margin is {margin}; it must be above 0 (for a margin of 0 take loss=perceptron)")
        self.margin = margin

    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return max(0, a - m)."""
        return (self.margin - margin).relu()

    def margin_slope(self, margin: Tensor) -> Tensor:
        """Return -1 where m < a, else 0."""
        return (margin < self.margin).to(margin.dtype).neg_()
