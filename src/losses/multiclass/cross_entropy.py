"""Softmax cross-entropy. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor, nn

from ..base import Loss


class CrossEntropy(Loss):
    """Negative log of the softmax probability of the right class, in nats. MMDS 13.2.9; MIT 6.4 (nllm)."""

    targets: ClassVar[tuple[str, ...]] = ("classes", "next_token", "sequence")

    def probabilities(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
        """Return the softmax."""
        return output.softmax(-1)

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        return nn.functional.cross_entropy(output.flatten(0, -2), target.flatten(), reduction="none").view(target.shape)
