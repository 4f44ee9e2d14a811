"""Base class of learning rules that define an error for each output in place of a gradient.

Shapes: "*n" is (B,) for examples, or (B, T) where every step has a target; K outputs.
"""

from abc import abstractmethod
from typing import TypeVar

from numpy import ndarray
from torch import Tensor

from ..losses.base import Loss, LossWithDerivative
from ..losses.margin.base import signs

Array = TypeVar("Array", Tensor, ndarray)


class Rule(LossWithDerivative):
    """An error for each output: how much it should increase. The weight update is the error times the input.

    reported_loss: the loss that is reported as the rule's; it is not minimized. online: update after each example of a
    batch; otherwise one update sums over the batch.
    """

    def __init__(self, reported_loss: Loss, *, online: bool) -> None:
        super().__init__()
        self.reported_loss = reported_loss
        self.online = online
        self.targets = reported_loss.targets  # type: ignore[misc]  # differs by rule

    def out_features(self, target_size: int) -> int:
        """Return the required number of outputs. Raises ValueError if the rule cannot be used with `target_size`."""
        return self.reported_loss.out_features(target_size)

    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the reported loss of each example or step."""
        loss: Tensor = self.reported_loss(output, target)
        return loss

    def with_derivative(self, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return the reported losses, and minus the errors in place of a derivative."""
        return self(output, target), -self.error(output, target)

    def error(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the error of each output: (*n, K), (*n) -> (*n, K)."""
        return self.signed_error(output, signs(target, output))

    @abstractmethod
    def signed_error(self, output: Array, y: Array) -> Array:
        """Return the errors of outputs with targets y: +1 for the output's class, -1 for another; in the same shape."""
