"""Losses of the margin, and how classes become signs. Shapes as in `losses.base`."""

from abc import abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from ..base import Loss
from ..domain import check_classes


def signs(target: Int[Tensor, "*n"], output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
    """Return +1 at the output of the right class and -1 at the others; a single output stands for class 1.

    Raises ValueError for a class that the outputs do not stand for.
    """
    outputs = output.shape[-1]
    classes = max(outputs, 2)
    check_classes(target, classes)
    stood_for = torch.arange(classes - outputs, classes, device=target.device)
    return (target.unsqueeze(-1) == stood_for).to(output.dtype).mul_(2).sub_(1)


class MarginLoss(Loss):
    """A function of the margin m = y z: z the output, y = +1 for its class and -1 for another; 0 separates them.

    Two classes take one output. More take one output each, every class against all others, and the losses of the
    outputs are added up. Aggarwal 2.2, 2.9 (one against all).
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def out_features(self, target_size: int) -> int:
        """Return 1 for two classes, otherwise one output a class; raises ValueError for a single class."""
        if target_size < 2:
            raise ValueError(f"there must be at least 2 classes to separate, got {target_size}")
        return 1 if target_size == 2 else target_size

    @abstractmethod
    def of_margin(self, margin: Tensor) -> Tensor:
        """Return the loss of each margin, in the same shape."""

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1, or 0 and 1 of a single output."""
        return self.of_margin(signs(target, output) * output).sum(-1)
