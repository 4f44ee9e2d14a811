"""Squared error. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from ..base import LossWithDerivative


class Squared(LossWithDerivative):
    """(y - t)^2, mean over the outputs. MMDS 13.2.8; MIT 6.4."""

    targets: ClassVar[tuple[str, ...]] = ("real", "input")

    def mean(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, ""]:
        """Return the mean loss, without the loss of each example in between, which takes time for many outputs."""
        return nn.functional.mse_loss(output, target)

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss for real targets."""
        return nn.functional.mse_loss(output, target, reduction="none").mean(-1)  # in one pass, as its gradient

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and 2 (y - t) / K."""
        gap = output - target
        return gap.square().mean(-1), gap.mul_(2 / output.shape[-1])
