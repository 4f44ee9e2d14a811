"""Linear layer that shares the transposed weights of another layer.

Shapes: *n examples or steps, F inputs, U outputs.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class TiedLinear(nn.Module):
    """W^T x + b with the weights W (F, U) of another linear layer and its own bias, initially zero.

    The gradient of the shared weights is the sum over both layers. Aggarwal 2.5.1.3.
    """

    bias: Tensor | None

    def __init__(self, source: nn.Linear, *, bias: bool = True) -> None:
        super().__init__()
        # A tuple keeps the layer from being registered again, so the weights occur once in the state dict.
        self._source = (source,)
        self.register_parameter("bias", nn.Parameter(torch.zeros(source.in_features)) if bias else None)

    @property
    def weight(self) -> Float[Tensor, "U F"]:
        """The transposed weights, in the layout of an `nn.Linear` from F to U."""
        return self._source[0].weight.t()

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n U"]:
        """Return the outputs."""
        return nn.functional.linear(x, self.weight, self.bias)
