"""Feedforward networks whose layers form a sequence.

Shapes: *in input, *n leading dimensions of the output, U units of the second-to-last layer.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn


class Chain(nn.Module):
    """Base class of networks whose `layers` are a `Sequential`; the last layer is the head."""

    layers: nn.Sequential

    @property
    def head(self) -> nn.Module:
        """The last layer."""
        return self.layers[-1]

    def forward_features(
        self, x: Float[Tensor, "*in"], mask: Bool[Tensor, "*steps"] | None = None
    ) -> Float[Tensor, "*n U"]:
        """Return the input of the head."""
        return self.layers[:-1](x)
