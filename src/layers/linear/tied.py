"""A linear layer whose weights are those of another one, transposed.

Shapes: *n examples or steps, F inputs, U outputs.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class TiedLinear(nn.Module):
    """W^T x + b with the weights W (F, U) of a linear layer from U to F numbers, and a bias of its own, at first zero.

    Both layers learn the same weights: their gradient is the sum of the gradients of both. Aggarwal 2.5.1.3.
    """

    bias: Tensor | None

    def __init__(self, source: nn.Linear, *, bias: bool = True) -> None:
        super().__init__()
        # In a tuple the layer is not registered again: the weights have one name, in `source`.
        self._source = (source,)
        self.register_parameter("bias", nn.Parameter(torch.zeros(source.in_features)) if bias else None)

    @property
    def weight(self) -> Float[Tensor, "U F"]:
        """The weights, transposed: as an `nn.Linear` from F to U has them."""
        return self._source[0].weight.t()

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the outputs."""
        return nn.functional.linear(x, self.weight, self.bias)
