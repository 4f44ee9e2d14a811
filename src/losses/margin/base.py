"""Base class of losses of the margin, and the encoding of classes as signs. Shapes as in `losses.base`."""

from abc import abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..base import Loss, LossWithDerivative
from ..domain import check_classes


def signs(target: Int[Tensor, "*n"], output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
    """Return +1 at the output of the right class and -1 at the others; a single output is that of class 1.

    Raises ValueError for a target class without an output.
    """
    outputs = output.shape[-1]
    classes = max(outputs, 2)
    check_classes(target, classes)
    output_classes = torch.arange(classes - outputs, classes, device=target.device)
    return (target.unsqueeze(-1) == output_classes).to(output.dtype).mul_(2).sub_(1)


class MarginLoss(Loss):
    """A function of the margin m = y z, with output z and y = +1 for its class, -1 for another.

    Two classes use one output, with threshold 0. More classes use one output each (one-vs-rest), and the losses of the
    outputs are summed. Aggarwal 2.2, 2.9.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def out_features(self, target_size: int) -> int:
        """Return 1 for two classes, otherwise one output per class. Raises ValueError for a single class."""
        if target_size < 2:
            raise ValueError(f"a margin loss needs at least 2 classes, got {target_size}")
        return 1 if target_size == 2 else target_size

    @abstractmethod
    def margin_loss(self, margin: Tensor) -> Tensor:
        """Return the loss of each margin, in the same shape."""

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1, or for classes 0 and 1 with a single output."""
        return self.margin_loss(signs(target, output) * output).sum(-1)


class MarginLossWithSlope(LossWithDerivative, MarginLoss):
    """A margin loss that states its derivative."""

    @abstractmethod
    def margin_slope(self, margin: Tensor) -> Tensor:
        """Return the derivative of the loss with respect to each margin, in the same shape."""

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and y times the slope at each margin."""
        y = signs(target, output)
        margin = y * output
        return self.margin_loss(margin).sum(-1), y.mul_(self.margin_slope(margin))
