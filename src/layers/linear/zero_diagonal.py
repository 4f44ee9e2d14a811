"""Linear layer in which no output depends on the input of the same place.

Shapes: *n examples or steps, F inputs and outputs.
"""

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import linear, pad


class ZeroDiagonalLinear(nn.Module):
    """W x + b with a square matrix W whose diagonal is zero and not a parameter.

    weight: row j has the weights of output j, without that of input j: (F, F - 1). Raises ValueError for fewer than 2
    inputs.
    """

    def __init__(self, in_features: int, *, bias: bool = True) -> None:
        super().__init__()
        if in_features < 2:
            raise ValueError(
                f"in_features is {in_features}; it must be at least 2, since no output has its own input: "
                "use data=iris, for example"
            )
        self.in_features = in_features
        self.weight = nn.Parameter(torch.empty(in_features, in_features - 1))
        self.bias = nn.Parameter(torch.empty(in_features)) if bias else None
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw weights and biases from U(-1/sqrt(F - 1), 1/sqrt(F - 1)), as torch does."""
        bound = 1 / sqrt(self.in_features - 1)
        for parameter in self.parameters():
            parameter.uniform_(-bound, bound)

    def matrix(self) -> Float[Tensor, "F F"]:
        """Return W. Row by row, F entries off the diagonal are between consecutive entries of the diagonal."""
        off = pad(self.weight.view(self.in_features - 1, self.in_features), (0, 1))
        return pad(off.flatten(), (1, 0)).view(self.in_features, self.in_features)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n F"]:
        """Return W x + b."""
        return linear(x, self.matrix(), self.bias)
