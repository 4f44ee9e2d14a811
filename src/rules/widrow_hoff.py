"""The Widrow-Hoff rule. Shapes as in `base`."""

from ..losses.margin.widrow_hoff import WidrowHoff as LeastSquares
from .base import Array, Rule


class WidrowHoff(Rule):
    """The delta rule of Adaline, also called LMS: the error is y - z, with classes -1 and +1.

    It is gradient descent on half the squared error. Aggarwal 2.2.2.1, eq. 2.9.
    """

    def __init__(self, *, online: bool = False) -> None:
        super().__init__(LeastSquares(), online=online)

    def signed_error(self, output: Array, y: Array) -> Array:
        """Return y - z."""
        return y - output
