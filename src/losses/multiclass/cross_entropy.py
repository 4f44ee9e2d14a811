"""Softmax cross-entropy. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor, nn

from ..base import LossWithDerivative
from ..context import ContextLoss

FEW = 16  # classes
MANY = 1 << 12  # outputs


def log_probabilities(output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
    """Return the log-softmax, for many networks with few classes (M, B, K) that of columns, several times as fast.

    For one network (B, K), the rounding stays that of `forward`.
    """
    if output.ndim > 2 and output.is_cpu and output.shape[-1] <= FEW and output.numel() >= MANY:
        return output.flatten(0, -2).t().contiguous().log_softmax(0).t().contiguous().view(output.shape)
    return output.log_softmax(-1)


class CrossEntropy(LossWithDerivative, ContextLoss):
    """Negative log of the softmax probability of the right class, in nats. MMDS 13.2.9; MIT 6.4 (nllm)."""

    targets: ClassVar[tuple[str, ...]] = ("classes", "next_token", "sequence", "context", "class_map")

    def probabilities(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
        """Return the softmax."""
        return output.softmax(-1)

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        return nn.functional.cross_entropy(output.flatten(0, -2), target.flatten(), reduction="none").view(target.shape)

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and p - t, where p is the softmax and t is 1 at the right class, else 0."""
        logs = log_probabilities(output)
        right = target.unsqueeze(-1)
        losses = logs.gather(-1, right).squeeze(-1).neg_()
        return losses, logs.exp_().scatter_add_(-1, right, output.new_full((), -1.0).expand_as(right))

    def context_losses(self, output: Float[Tensor, "B K"], target: Int[Tensor, "B C"]) -> Float[Tensor, "B C"]:
        """Return the loss of each of C neighbours. Aggarwal eq. 2.53."""
        return -output.log_softmax(-1).gather(1, target.clamp(min=0))
