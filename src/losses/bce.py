"""Binary cross-entropy of several labels. Shapes as in `base`."""

from typing import ClassVar, Literal

from jaxtyping import Float
from torch import Tensor, nn

from ..spec import DataSpec
from .base import LossWithDerivative


class BinaryCrossEntropy(LossWithDerivative):
    """Binary cross-entropy of the sigmoid probabilities, over K labels or numbers in [0, 1].

    outputs: reduction over the K outputs of an example or step. Zaki-Meira 26, Reber grammar example.
    """

    targets: ClassVar[tuple[str, ...]] = ("multilabel", "input")
    input_range: ClassVar[tuple[float, float] | None] = (0.0, 1.0)

    def __init__(self, *, outputs: Literal["mean", "sum"] = "sum") -> None:
        super().__init__()
        self.outputs = outputs

    def takes(self, spec: DataSpec) -> str | None:
        """Also refuse inputs that may be outside [0, 1]."""
        return super().takes(spec) or (spec.why_outside(0.0, 1.0) if spec.target == "input" else None)

    def expected(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
        """Return the sigmoid."""
        return output.sigmoid()

    def probabilities(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
        """Return the sigmoid of each label."""
        return output.sigmoid()

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss for targets in [0, 1]."""
        loss = nn.functional.binary_cross_entropy_with_logits(output, target, reduction="none")
        return loss.sum(-1) if self.outputs == "sum" else loss.mean(-1)

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and p - t with the probabilities p, divided by K for the mean."""
        slope = output.sigmoid().sub_(target)
        if self.outputs == "mean":
            slope.div_(output.shape[-1])
        return BinaryCrossEntropy.forward(self, output, target), slope
