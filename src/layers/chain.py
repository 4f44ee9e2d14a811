"""Networks that are layers one after the other.

Shapes: *in input, *n leading dimensions of the output, U units of the last layer but one.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn


class Chain(nn.Module):
    """What networks share whose `layers` are a `Sequential`, the last of them the head."""

    layers: nn.Sequential

    @property
    def head(self) -> nn.Module:
        """The last layer."""
        return self.layers[-1]

    def forward_features(
        self, x: Float[Tensor, "*in"], mask: Bool[Tensor, "*steps"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return what the head takes."""
        return self.layers[:-1](x)
