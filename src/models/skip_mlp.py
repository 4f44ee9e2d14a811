"""Multilayer perceptron with skip connections from the inputs to every layer.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named


class SkipMLP(nn.Module):
    """h_1 = f(W_1 x + b_1), h_l = f(W_l [h_(l-1), x] + b_l), output W [h_L, x] + b. Aggarwal 1.5.3.1, figure 1.16.

    The text does not specify which inputs enter which layer; here all inputs enter every layer.
    hidden: units of each hidden layer.
    Raises ValueError for a layer without units or an unknown activation.
    """

    traits = Traits(inputs=("vector",), needs={"activation": ("hidden",)})

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        hidden: Sequence[int] = (64, 64),
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.hidden = nn.ModuleList()
        width = in_features
        for size in hidden:
            if size < 1:
                raise ValueError(f"hidden has a layer of {size} units; each needs at least 1")
            self.hidden.append(nn.Sequential(nn.Linear(width, size), activation_named(activation)))
            width = size + in_features
        self.output = nn.Linear(width, out_features)

    @property
    def head(self) -> nn.Linear:
        """The output layer."""
        return self.output

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer and the inputs, U numbers together."""
        h = x
        for layer in self.hidden:
            h = torch.cat([layer(h), x], -1)  # (*n, units + F)
        return h

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.output(self.forward_features(x))
