"""Squared error. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ..base import Loss


class Squared(Loss):
    """(y - t)^2, mean over the outputs. MMDS 13.2.8; MIT 6.4."""

    targets: ClassVar[tuple[str, ...]] = ("real", "input")

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss for real targets."""
        return (output - target).square().mean(-1)
