"""Huber loss. Shapes as in `losses.base`."""

from typing import ClassVar, Literal

from jaxtyping import Float
from torch import Tensor, nn

from ...errors import unknown
from ..base import Loss

FACTORS = {"text": 2, "torch": 1}  # of torch's


class Huber(Loss):
    """z^2 where |z| <= delta, else 2 delta (|z| - delta/2), z = y - t, mean over the outputs. MMDS 13.2.8.

    scaling: "text" as printed, or "torch", half of it. With several outputs the text takes the length of the error
    vector for |z|; here each output counts by itself, so that for large delta it is the squared error.
    Raises ValueError unless delta > 0, and for another scaling.
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
