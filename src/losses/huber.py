"""Huber loss. Shapes as in `base`."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from .base import Loss


class Huber(Loss):
    """z^2 where |z| <= delta, else 2 delta (|z| - delta/2), z = y - t, mean over the outputs. MMDS 13.2.8.

    Twice torch's. With several outputs the text takes the length of the error vector for |z|; here each
    output counts by itself, so that for large delta it is the squared error.
    Raises ValueError unless delta > 0.
    """

    targets: ClassVar[tuple[str, ...]] = ("real",)

    def __init__(self, *, delta: float = 1.0) -> None:
        super().__init__()
        if delta <= 0:
            raise ValueError(f"delta is {delta}; it must be above 0")
        self.delta = delta

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the loss for real targets."""
        return 2 * nn.functional.huber_loss(output, target, reduction="none", delta=self.delta).mean(-1)
