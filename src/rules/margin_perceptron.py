"""The perceptron with a margin. Shapes as in `base`."""

from ..losses.margin.hinge import Hinge
from .base import Array, Rule


class MarginPerceptron(Rule):
    """The perceptron rule with a margin a: error y where y z < a, so it also learns from correct but close examples.

    Without weight decay it equals gradient descent on the hinge loss, example by example. Raises ValueError unless
    a > 0. Aggarwal 1.2.1.2; 2.2.4, eq. 2.21.
    """

    def __init__(self, *, margin: float = 1.0, online: bool = False) -> None:
        super().__init__(Hinge(margin=margin), online=online)
        self.margin = margin

    def signed_error(self, output: Array, y: Array) -> Array:
        """Return y where the margin y z is below a, else 0."""
        return y * (y * output < self.margin)
