"""Linear layer with a connection table.

Shapes: *n examples or steps, F inputs, U units, N connections.
"""

from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..connections import Table, flat_index


class SparseLinear(nn.Module):
    """w.x + b for units that are each connected to only some of the inputs.

    table: the inputs of each unit; it is saved with the weights. Raises ValueError if a row of the table contains an
    input twice, or one that does not exist. MMDS 13.1.2.
    """

    index: Tensor

    def __init__(self, *, in_features: int, table: Table) -> None:
        super().__init__()
        self.in_features = in_features
        self.fans = [len(row) for row in table]
        self.register_buffer("index", flat_index(table, in_features))
        self.weight = nn.Parameter(torch.empty(sum(self.fans)))  # (N,)
        self.bias = nn.Parameter(torch.empty(len(self.fans)))
        self.reset_parameters()

    @torch.no_grad()
    def reset_parameters(self) -> None:
        """Draw weights and biases from U(-1/sqrt(fan_in), 1/sqrt(fan_in)) of their unit, as torch does."""
        for weight, bias in zip(self.units(), self.bias, strict=True):
            bound = 1 / sqrt(weight.numel())
            weight.uniform_(-bound, bound)
            bias.uniform_(-bound, bound)

    def units(self) -> tuple[Tensor, ...]:
        """Return the weights of each unit, one per connected input."""
        return self.weight.split(self.fans)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the pre-activations."""
        # One dense product with zeros is faster than gathering the inputs of each unit.
        dense = self.weight.new_zeros(len(self.fans) * self.in_features).index_copy(0, self.index, self.weight)
        return nn.functional.linear(x, dense.view(-1, self.in_features), self.bias)
