"""Logistic loss of a single output. Shapes as in `base`."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor, nn

from .base import Loss


class Logistic(Loss):
    """log(1 + exp(-z)), z the output for class 1, its negative for class 0. Aggarwal 2.2.3; MIT 6.4 (nll).

    It is -log of the sigmoid probability of the right class.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def out_features(self, target_size: int) -> int:
        """Return 1; raises ValueError unless there are 2 classes."""
        if target_size != 2:
            raise ValueError(f"the logistic loss takes 2 classes, got {target_size}; try loss=cross_entropy")
        return 1

    def forward(self, output: Float[Tensor, "*n 1"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 and 1."""
        output = output.squeeze(-1)
        return nn.functional.binary_cross_entropy_with_logits(output, target.to(output.dtype), reduction="none")
