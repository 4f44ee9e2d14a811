"""The perceptron with a margin. Shapes as in `base`."""

from ..losses.margin.hinge import Hinge
from .base import Array, Rule


class MarginPerceptron(Rule):
    """The perceptron rule that also learns from examples closer than a margin a: error y where y z < a.

    Without weight decay it is what the hinge loss does, example by example. Raises ValueError unless a > 0.
    Aggarwal 1.2.1.2; 2.2.4, eq. 2.21.
    """

    def __init__(self, *, margin: float = 1.0, online: bool = False) -> None:
        super().__init__(Hinge(margin=margin), online=online)
        self.margin = margin

    def error_of_signs(self, output: Array, y: Array) -> Array:
        """Return y where the output is on the wrong side or too close."""
        return y * (y * output < self.margin)
