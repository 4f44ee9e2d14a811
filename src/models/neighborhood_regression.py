"""Neighbourhood regression: each input is predicted from the other inputs.

Shapes: *n examples or steps, F inputs and outputs.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.linear.zero_diagonal import ZeroDiagonalLinear


class NeighborhoodRegression(nn.Module):
    """x'_j = b_j + sum over i != j of w_ji x_i: a rating from the user's other ratings. Aggarwal 2.9, exercise 2.7.

    Raises ValueError for fewer than 2 inputs.
    """

    traits = Traits(inputs=("vector",), targets=("input",))

    def __init__(self, *, in_features: int, bias: bool = True) -> None:
        super().__init__()
        self.linear = ZeroDiagonalLinear(in_features, bias=bias)

    @property
    def head(self) -> nn.Module:
        """The only layer."""
        return self.linear

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n F"]:
        """Return the input of the head: x."""
        return x

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the raw outputs."""
        return self.linear(x)
