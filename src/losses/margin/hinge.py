"""Hinge loss. Shapes as in `losses.base`."""

from torch import Tensor

from .base import MarginLoss


class Hinge(MarginLoss):
    """max(0, a - m), m the margin, a the margin that is wanted: the loss of the support vector machine.

    With weight decay it is the linear SVM; a > 0 only scales weights and decay. Raises ValueError unless a > 0: 0 is
    the perceptron criterion. Aggarwal 1.2.1.2, 2.2.4, eq. 2.19; exercise 2.1.
    """

    def __init__(self, *, margin: float = 1.0) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"margin is {margin}; it must be above 0; loss=perceptron has none")
        self.margin = margin

    def of_margin(self, margin: Tensor) -> Tensor:
        """Return max(0, a - m)."""
        return (self.margin - margin).relu()
