"""Base class of losses. A loss returns one value per example or step; the task applies masks and takes the mean.

Shapes: "*n" is (B,) for examples, or (B, T) where every step has a target; K outputs.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn

from ..spec import DataSpec
from .stated import is_stated

VALUES = frozenset({"forward", "__call__", "mean", "mean_of_steps", "margin_loss"})  # methods that define a loss
DERIVATIVES = frozenset({"with_derivative", "margin_slope"})  # those that state its derivative


class Loss(nn.Module, ABC):
    """A function of raw outputs (*n, out_features) and targets that returns losses (*n,).

    targets: the kinds of target it accepts (`DataSpec.target`); additive: the loss of several outputs is the sum or
    mean of the losses of each, so that unknown entries of a target can be left out; otherwise they count as 0;
    input_range: the range of inputs that are their own target, None for any range.
    """

    targets: ClassVar[tuple[str, ...]]
    additive: ClassVar[bool] = True
    input_range: ClassVar[tuple[float, float] | None] = None

    def out_features(self, target_size: int) -> int:
        """Return the required number of outputs. Raises ValueError if the loss cannot be used with `target_size`."""
        return target_size

    def scores(self, output: Tensor) -> Tensor:
        """Return one score per class; the class with the largest score is predicted. By default the outputs."""
        return output

    def takes(self, spec: DataSpec) -> str | None:
        """Return why the loss does not accept the data, or None if it does."""
        if spec.target in self.targets:
            return None
        return f"takes {' or '.join(self.targets)}; the target of the data is {spec.target}"

    def expected(self, output: Tensor) -> Tensor:
        """Return the prediction of real targets from raw outputs (*n, K). By default the outputs."""
        return output

    def actual(self, target: Tensor) -> Tensor:
        """Return real targets in the form of `expected`, to be compared with it. By default the targets."""
        return target

    def probabilities(self, output: Tensor) -> Tensor | None:
        """Return the probability of each class or label, (*n, K), or None if the loss defines no probabilities."""
        return None

    def mean(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the mean loss over all examples or steps."""
        losses: Tensor = self(output, target)
        return losses.mean()

    def mean_of_steps(self, output: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        """Return the mean loss over the real steps. mask: (B, T), True at real steps."""
        return masked_mean(self(output, target), mask)

    @abstractmethod
    def forward(self, output: Tensor, target: Tensor) -> Tensor:
        """Return the loss of each example or step."""

    def states_derivative(self) -> bool:
        """Return whether steps need no autograd, see `LossWithDerivative`."""
        return False


class LossWithDerivative(Loss):
    """A loss that states its derivative, so that steps need no autograd."""

    @abstractmethod
    def with_derivative(self, output: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return the losses (*n,) and their derivatives with respect to the outputs (*n, K), which may be changed."""

    def states_derivative(self) -> bool:
        """Return whether `with_derivative` is the derivative of this class, not only of one of its base classes."""
        return is_stated(type(self), DERIVATIVES, VALUES)


def masked_mean(values: Tensor, mask: Tensor | None) -> Tensor:
    """Return the mean of losses (B,), or of losses (B, T) over the real steps only."""
    if mask is None or values.ndim == 1:
        return values.mean()
    return (values * mask).sum() / mask.sum()
