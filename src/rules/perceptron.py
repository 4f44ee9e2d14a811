"""The perceptron rule. Shapes as in `base`."""

from typing import Literal

from ..losses.margin.perceptron import PerceptronCriterion
from .base import Array, Rule


class Perceptron(Rule):
    """Rosenblatt's rule: add a misclassified example to the weights, or subtract it; correct ones change nothing.

    The error is y where the prediction is wrong, else 0: half of y - sign(z), so a learning rate of 2 gives the printed
    update. ties: how an output of 0 counts: as an error for both classes, as the prediction +1, or as half an error,
    which is sign(0) = 0. With `online` it is the original algorithm, otherwise the mini-batch perceptron. More than two
    classes are one-vs-rest.
    Aggarwal 1.2.1, eq. 1.4-1.6, 1.10; 2.2.1.
    """

    def __init__(self, *, ties: Literal["error", "positive", "half"] = "error", online: bool = False) -> None:
        super().__init__(PerceptronCriterion(), online=online)
        self.ties = ties

    def signed_error(self, output: Array, y: Array) -> Array:
        """Return y where the prediction is wrong, else 0; with ties="half" y / 2 where the output is 0."""
        if self.ties == "half":
            return y * (0.5 * (y * output <= 0) + 0.5 * (y * output < 0))
        return y * (y * output <= 0 if self.ties == "error" else (output >= 0) != (y > 0))
