"""Linear layer with positive weights.

Shapes: *n examples or steps, F inputs, U sums.
"""

from math import log

import torch
from jaxtyping import Float
from torch import Tensor, nn


class PositiveLinear(nn.Module):
    """Weighted sums W x with W = exp(V) > 0: the sum nodes of a sum-product network. Aggarwal 1.5.3.2.

    The parameter is V, so no weight reaches zero. Initial weights are log-normal with median 1/sqrt(F).
    """

    def __init__(self, *, in_features: int, out_features: int) -> None:
        super().__init__()
        self.log_weight = nn.Parameter(torch.empty(out_features, in_features))
        nn.init.normal_(self.log_weight, -0.5 * log(in_features), 0.5)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the sums."""
        return nn.functional.linear(x, self.log_weight.exp())
