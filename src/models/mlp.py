"""Multilayer perceptron.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from collections.abc import Sequence
from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.chain import Chain
from ..layers.dropout import dropout_layer
from ..layers.normalization import MaskedSequential, normalization


class MLP(Chain):
    """Hidden layers f(norm(W h + b)) and a linear output layer. Aggarwal 1.2.2, MIT 6.2.2.

    hidden: units of each hidden layer, empty for a linear network; norm: normalization of the pre-activations (MIT
    6.8.3, Aggarwal 3.6), where batch normalization of sequences uses all real steps; dropout: probability that a hidden
    unit is dropped.
    Raises ValueError for a layer without units, an unknown activation, or a dropout outside [0, 1).
    """

    traits = Traits(inputs=("vector",), needs={"activation": ("hidden",), "norm": ("hidden",), "dropout": ("hidden",)})

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        hidden: Sequence[int] = (128,),
        activation: str = "relu",
        norm: Literal["none", "batch", "layer"] = "none",
        dropout: float = 0.0,
        bias: bool = True,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size in hidden:
            if size < 1:
                raise ValueError(f"hidden has a layer of {size} units; each needs at least 1")
            # A bias before batch normalization has no effect, since the mean is subtracted.
            layers.append(nn.Linear(in_features, size, bias=bias and norm != "batch"))
            if norm != "none":
                layers.append(normalization(norm, size))
            layers.append(activation_named(activation))
            if dropout:
                layers.append(dropout_layer(dropout))
            in_features = size
        layers.append(nn.Linear(in_features, out_features, bias=bias))
        self.layers = MaskedSequential(*layers)

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head: the last hidden layer (U units) after dropout; mask: True at real steps."""
        return self.layers[:-1](x, mask)

    def forward(self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None) -> Float[Tensor, "*n O"]:
        """Return the raw outputs; mask: True at real steps."""
        return self.layers(x, mask)
