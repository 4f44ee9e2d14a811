"""Zero-one loss. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from ..base import Loss


class ZeroOne(Loss):
    """1 where the predicted class is wrong, else 0; for evaluation only, since it has no gradient. Aggarwal 1.2.1.1.

    The prediction is the class with the largest of K outputs, or class 1 where a single output is above 0.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes", "next_token")

    def out_features(self, target_size: int) -> int:
        """Return 1 for two classes, otherwise one output per class."""
        return 1 if target_size == 2 else target_size

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return 0 or 1 for each example or step."""
        predicted = output.argmax(-1) if output.shape[-1] > 1 else output.squeeze(-1) > 0
        return (predicted != target).to(output.dtype)
