"""Several heads on the same features.

Shapes: *n leading dimensions, U features, K outputs of all heads together.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class SideBySide(nn.ModuleDict):
    """The outputs of modules for the same input, one after the other in the last dimension."""

    def forward(self, x: Float[Tensor, "*n U"]) -> Float[Tensor, "*m K"]:
        """Return the outputs in the order of the modules."""
        return torch.cat([module(x) for module in self.values()], -1)
