"""Multilayer perceptron with maxout units.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.chain import Chain
from ..layers.dropout import dropout_layer
from ..layers.linear.maxout import Maxout


class MaxoutMLP(Chain):
    """Hidden layers max(W_1 h + b_1, ..., W_P h + b_P) and a linear output layer. Aggarwal 3.4.3.2.

    hidden: units of each hidden layer; pieces: P, linear functions per unit; dropout: probability that a hidden unit is
    dropped.
    Raises ValueError for a layer without units, fewer than 2 pieces, or a dropout outside [0, 1).
    """

    traits = Traits(inputs=("vector",), needs={"pieces": ("hidden",), "dropout": ("hidden",)})

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        hidden: Sequence[int] = (128,),
        pieces: int = 2,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size in hidden:
            if size < 1:
                raise ValueError(f"hidden has a layer of {size} units; each needs at least 1")
            layers.append(Maxout(in_features=in_features, out_features=size, pieces=pieces))
            if dropout:
                layers.append(dropout_layer(dropout))
            in_features = size
        self.layers = nn.Sequential(*layers, nn.Linear(in_features, out_features))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.layers(x)
