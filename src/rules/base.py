"""What a rule is: not the gradient of a loss, but an error for each output.

Shapes: "*n" the examples (B,) or, with a target for every step, (B, T); K outputs.
"""

from abc import abstractmethod
from typing import TypeVar

from numpy import ndarray
from torch import Tensor

from ..losses.base import Loss
from ..losses.margin.base import signs

Array = TypeVar("Array", Tensor, ndarray)


class Rule(Loss):
    """What each output should have been more by; the change of a weight is the error of its unit times its input.

    As a loss it is what is measured of the rule. online: the examples of a batch are learned from one after the other,
    with updates in between; otherwise an update is the sum over the batch.
    """

    def __init__(self, measure: Loss, *, online: bool) -> None:
        super().__init__()
        self.measure = measure
        self.online = online
        self.targets = measure.targets  # type: ignore[misc]  # of each rule its own

    def out_features(self, target_size: int) -> int:
        """Return how many outputs the network must have; raises ValueError if there is no right number."""
        return self.measure.out_features(target_size)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return what is measured of each example or step."""
        loss: Tensor = self.measure(output, target)
        return loss

    def error(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the error of each output: (*n, K), (*n) -> (*n, K)."""
        return self.error_of_signs(output, signs(target, output))

    @abstractmethod
    def error_of_signs(self, output: Array, y: Array) -> Array:
        """Return the error of outputs for y = +1, the output's class, or -1, another; all in the same shape."""
