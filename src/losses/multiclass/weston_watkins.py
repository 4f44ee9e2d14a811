"""The Weston-Watkins multiclass hinge loss. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float, Int
from torch import Tensor

from ..base import LossWithDerivative
from .margins import wrong_minus_right


class WestonWatkins(LossWithDerivative):
    """Sum over the wrong classes r of max(0, z_r - z_c + a), with the right class c.

    margin: the required margin a. With weight decay it is a multiclass SVM. Raises ValueError unless a > 0.
    Aggarwal 2.3.2, eq. 2.25-2.27; exercise 2.2.
    """

    targets: ClassVar[tuple[str, ...]] = ("classes",)

    def __init__(self, *, margin: float = 1.0) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"margin is {margin}; it must be above 0")
        self.margin = margin

    def forward(self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]) -> Float[Tensor, "*n"]:
        """Return the loss for classes 0 to K-1."""
        return (wrong_minus_right(output, target) + self.margin).relu().sum(-1)

    def with_derivative(
        self, output: Float[Tensor, "*n K"], target: Int[Tensor, "*n"]
    ) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n K"]]:
        """Return the losses and 1 at each wrong output within the margin, minus their number at the right output."""
        excess = (wrong_minus_right(output, target) + self.margin).relu_()
        slope = (excess > 0).to(output.dtype)
        slope.scatter_(-1, target.unsqueeze(-1), slope.sum(-1, keepdim=True).neg_())
        return excess.sum(-1), slope
