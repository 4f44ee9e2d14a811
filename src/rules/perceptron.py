"""The perceptron rule. Shapes as in `base`."""

from typing import Literal

from ..losses.margin.perceptron import PerceptronCriterion
from .base import Array, Rule


class Perceptron(Rule):
    """Rosenblatt's rule: an example on the wrong side is added to the weights, or subtracted, and nothing else.

    Error y where the decision is wrong, else 0: half of y - sign(z), so that a learning rate of 2 gives the same as
    printed. ties: what an output of 0 is, an error for either class, or the sign +1. With a batch of examples it is
    the mini-batch perceptron, with `online` the original. More than two classes are one against all.
    Aggarwal 1.2.1, eq. 1.4-1.6, 1.10; 2.2.1.
    """

    def __init__(self, *, ties: Literal["error", "positive"] = "error", online: bool = False) -> None:
        super().__init__(PerceptronCriterion(), online=online)
        self.ties = ties

    def error_of_signs(self, output: Array, y: Array) -> Array:
        """Return y where the output is on the wrong side."""
        return y * (y * output <= 0 if self.ties == "error" else (output >= 0) != (y > 0))
