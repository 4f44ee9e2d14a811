"""Weighted squared error of logarithms of counts. Shapes as in `losses.base`."""

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from ...spec import DataSpec
from ..base import Loss


class GloVe(Loss):
    """f(c) (s - log c)^2 for counts c and scores s, summed over the counts, with f(c) = min(1, (c / x_max)^power).

    Counts of 0 have no loss. Pennington, Socher and Manning 2014, eq. 8 and 9; named in Aggarwal 2.9.
    Raises ValueError unless x_max is above 0 and power at least 0.
    """

    targets: ClassVar[tuple[str, ...]] = ("counts",)

    def __init__(self, *, x_max: float = 100.0, power: float = 0.75) -> None:
        super().__init__()
        if not 0 < x_max < float("inf"):
            raise ValueError(f"x_max is {x_max}; it must be above 0")
        if not 0 <= power < float("inf"):
            raise ValueError(f"power is {power}; it must be at least 0")
        self.x_max = x_max
        self.power = power

    def takes(self, spec: DataSpec) -> str | None:
        """Also name the setting that leaves sampled pairs out."""
        if spec.target == "signed_counts":
            return "takes only pairs that occur, and would ignore sampled ones; set data.negatives=0"
        return super().takes(spec)

    def expected(self, output: Float[Tensor, "*n K"]) -> Float[Tensor, "*n K"]:
        """Return the counts exp(s)."""
        return output.exp()

    def forward(self, output: Float[Tensor, "*n K"], target: Float[Tensor, "*n K"]) -> Float[Tensor, "*n"]:
        """Return the weighted squared errors."""
        occurs = target > 0
        weight = (target / self.x_max).clamp(max=1).pow(self.power) * occurs  # 0 to the power of 0 is 1
        return (weight * (output - target.where(occurs, target.new_ones(())).log()).square()).sum(-1)
