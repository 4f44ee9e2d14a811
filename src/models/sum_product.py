"""Sum-product network.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits
from ..layers.linear.positive import PositiveLinear


class SumProduct(nn.Module):
    """Alternating layers of weighted sums with positive weights and of products of two sums; the outputs are sums.

    Products are the only nonlinearity: an output is a polynomial whose degree doubles with each layer of products.
    The text does not specify the leaves; here they are x, -x, 1 and -1, so that outputs of both signs are possible
    with positive weights.
    products: product nodes of each layer, empty for a linear network.
    Raises ValueError for a layer without nodes. Aggarwal 1.5.3.2.
    """

    traits = Traits(inputs=("vector",))

    def __init__(self, *, in_features: int, out_features: int, products: Sequence[int] = (32,)) -> None:
        super().__init__()
        width = 2 * in_features + 2
        self.factors = nn.ModuleList()
        for size in products:
            if size < 1:
                raise ValueError(f"products has a layer of {size} nodes; each needs at least 1")
            self.factors.append(PositiveLinear(in_features=width, out_features=2 * size))
            width = size
        self.output = PositiveLinear(in_features=width, out_features=out_features)

    @property
    def head(self) -> PositiveLinear:
        """The output sums."""
        return self.output

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n P"]:
        """Return the input of the head: the products of the last layer (P nodes)."""
        leaves = nn.functional.pad(x, (0, 1), value=1.0)
        nodes = torch.cat([leaves, -leaves], -1)  # (*n, 2F + 2)
        for sums in self.factors:
            left, right = sums(nodes).chunk(2, -1)
            nodes = left * right
        return nodes

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.output(self.forward_features(x))
