"""Multilayer perceptron with pooled layers.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.activations import activation as activation_named
from ..layers.chain import Chain
from ..layers.connections import pooled_table
from ..layers.linear.sparse import SparseLinear


class PooledMLP(Chain):
    """Hidden layers f(W h + b) with one unit per cluster of inputs, and a dense output layer. MMDS 13.1.2.

    A cluster consists of adjacent units of the previous layer; the last cluster may be smaller. clusters: cluster size
    of each hidden layer. Raises ValueError for a cluster without units or an unknown activation.
    """

    traits = Traits(inputs=("vector",), needs={"activation": ("clusters",)})

    def __init__(
        self,
        *,
        in_features: int,
        out_features: int,
        clusters: Sequence[int] = (4,),
        activation: str = "tanh",
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for size in clusters:
            if size < 1:
                raise ValueError(f"clusters has a size of {size}; each must be at least 1")
            table = pooled_table(in_features, size)
            layers += [SparseLinear(in_features=in_features, table=table), activation_named(activation)]
            in_features = len(table)
        self.layers = nn.Sequential(*layers, nn.Linear(in_features, out_features))

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.layers(x)
