"""Polynomial regression as a network with one layer.

Shapes: *n examples or steps, F inputs, O outputs, D degree.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from ..card import Traits


class Polynomial(nn.Module):
    """b + sum_i sum_p w_ip x_i^p for p = 1 to D, without products of different inputs. Aggarwal 4.1, eq. 4.1.

    degree: D. Raises ValueError for a degree below 1.
    """

    traits = Traits(inputs=("vector",))

    powers: Tensor

    def __init__(self, *, in_features: int, out_features: int, degree: int = 3) -> None:
        super().__init__()
        if degree < 1:
            raise ValueError(f"degree is {degree}; it must be at least 1")
        self.register_buffer("powers", torch.arange(1, degree + 1), persistent=False)
        self.linear = nn.Linear(in_features * degree, out_features)

    @property
    def head(self) -> nn.Linear:
        """The only layer."""
        return self.linear

    def forward_features(
        self, x: Float[Tensor, "*n F"], mask: Bool[Tensor, "*n"] | None = None
    ) -> Float[Tensor, "*n P"]:
        """Return the input of the head: the P = F * D powers of the inputs."""
        return (x.unsqueeze(-1) ** self.powers).flatten(-2)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.linear(self.forward_features(x))
