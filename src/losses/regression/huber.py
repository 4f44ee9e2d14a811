"""Huber loss. Shapes as in `losses.base`."""

from typing import ClassVar, Literal

from jaxtyping import Float
from torch import Tensor, nn

from ...errors import unknown
from ..base import LossWithDerivative

FACTORS = {"text": 2, "torch": 1}  # times torch's loss


class Huber(LossWithDerivative):
    """z^2 where |z| <= delta, else 2 delta (|z| - delta/2), with z = y - t; mean over the outputs. MMDS 13.2.8.

    scaling: "text" as printed, "torch" for half of it. For several outputs the text uses the norm of the error vector
    as |z|; here the loss is elementwise, so for large delta it equals the squared error.
    Raises ValueError unless delta > 0, and for an unknown scaling.
    """

    targets: ClassVar[tuple[str, ...]] = ("real", "input")

    def __init__(self, *, delta: float = 1.0, scaling: Literal["text", "torch"] = "text") -> None:
        super().__init__()
        if delta <= 0:
            raise ValueError(f"delta is {delta}; it must be above 0")
        if scaling not in FACTORS:
            raise ValueError(str(unknown("scaling", scaling, FACTORS)))
        self.delta = delta
        self.factor = FACTORS[scaling]

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss for real targets."""
        return self.factor * nn.functional.huber_loss(output, target, reduction="none", delta=self.delta).mean(-1)

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and 2 max(-delta, min(z, delta)) / K, or half of it."""
        slope = (output - target).clamp_(-self.delta, self.delta)
        return self(output, target), slope.mul_(self.factor / output.shape[-1])
