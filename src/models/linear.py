"""Linear network.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits


class Linear(nn.Module):
    """A single linear layer W x + b. MIT 6.2.1."""

    traits = Traits(inputs=("vector",))

    def __init__(self, *, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=bias)

    @property
    def head(self) -> nn.Linear:
        """The only layer."""
        return self.linear

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n F"]:
        """Return the input of the head: x."""
        return x

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.linear(x)
