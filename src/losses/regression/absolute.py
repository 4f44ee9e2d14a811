"""Absolute error. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..base import LossWithDerivative


class Absolute(LossWithDerivative):
    """|y - t|, mean over the outputs; the gradient is 0 at 0. The linear part of the Huber loss, MMDS 13.2.8."""

    targets: ClassVar[tuple[str, ...]] = ("real", "input")

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss for real targets."""
        return (output - target).abs().mean(-1)

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and sign(y - t) / K."""
        gap = output - target
        return gap.abs().mean(-1), gap.sign_().div_(output.shape[-1])
