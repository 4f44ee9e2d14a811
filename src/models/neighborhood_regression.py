"""Neighbourhood regression: each input is predicted from the other inputs.

Shapes: *n examples or steps, F inputs and outputs.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.linear.zero_diagonal import ZeroDiagonalLinear


class NeighborhoodRegression(nn.Module):
    """x'_j = b_j + sum over i != j of w_ji x_i: a rating from the user's other ratings. Aggarwal 2.9, exercise 2.7.

    If inputs may be unknown, they are deviations: x'_j = b_j + sum over known i != j of w_ji (x_i - b_i), as in Koren
    (2008). Thus an unknown input, which is 0, has no influence, while 0 would be far from the other ratings.
    input_means: the mean of the known numbers of each input, with which b starts, while the weights start with 0; empty
    if all inputs are known. Raises ValueError for fewer than 2 inputs, or another number of means than inputs.
    """

    traits = Traits(inputs=("vector",), targets=("input",))

    def __init__(self, *, in_features: int, bias: bool = True, input_means: Sequence[float] = ()) -> None:
        super().__init__()
        if len(input_means) not in (0, in_features):
            raise ValueError(f"input_means has {len(input_means)} numbers; there are {in_features} inputs")
        self.linear = ZeroDiagonalLinear(in_features, bias=bias)
        self.unknown = len(input_means) > 0
        if self.unknown:
            self.linear.weight.data.zero_()
            if self.linear.bias is not None:
                self.linear.bias.data.copy_(torch.tensor(input_means))

    @property
    def head(self) -> nn.Module:
        """The only layer."""
        return self.linear

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n F"]:
        """Return the input of the head: x, or the deviations of the known inputs from b."""
        offsets = self.linear.bias if self.unknown else None
        return x if offsets is None else (x - offsets).where(x != 0, 0.0)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return the raw outputs."""
        outputs: Tensor = self.linear(self.forward_features(x))
        return outputs
