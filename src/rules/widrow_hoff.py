"""The Widrow-Hoff rule. Shapes as in `base`."""

from ..losses.margin.widrow_hoff import WidrowHoff as LeastSquares
from .base import Array, Rule


class WidrowHoff(Rule):
    """Also LMS, Adaline's or the delta rule: the error is y - z, classes being -1 and +1.

    It is gradient descent on half the squared error. Aggarwal 2.2.2.1, eq. 2.9.
    """

    def __init__(self, *, online: bool = False) -> None:
        super().__init__(LeastSquares(), online=online)

    def error_of_signs(self, output: Array, y: Array) -> Array:
        """Return y - z."""
        return y - output
