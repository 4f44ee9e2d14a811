"""Multilayer perceptron with random connections.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.chain import Chain
from ..layers.connections import random_table
from ..layers.linear.sparse import SparseLinear


class RandomMLP(Chain):
    """Hidden layers f(W h + b) with a few random connections per unit, and a dense output layer. MMDS 13.1.2.

    hidden: units of each hidden layer; connections: inputs of each unit, all of them if there are fewer.
    Raises ValueError for a layer without units, no connections, or an unknown activation.
    """

    traits = Traits(inputs=("vector",), needs={"activation": ("hidden",), "connections": ("hidden",)})

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        hidden: Sequence[int] = (128,),
        connections: int = 16,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        if connections < 1:
            raise ValueError(f"connections is {connections}; it must be at least 1")
        layers: list[nn.Module] = []
        for size in hidden:
            if size < 1:
                raise ValueError(f"hidden has a layer of {size} units; each needs at least 1")
            table = random_table(in_features, size, connections)
            layers += [SparseLinear(in_features=in_features, table=table), activation_named(activation)]
            in_features = size
        self.layers = nn.Sequential(*layers, nn.Linear(in_features, out_features))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.layers(x)
