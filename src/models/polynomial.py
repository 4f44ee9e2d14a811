"""Polynomial regression as a network of one layer.

Shapes: *n examples or steps, F inputs, O outputs, D degree.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..card import ModelCard, register


@register(
    ModelCard(
        name="polynomial",
        title="One layer on the powers of each input: polynomial regression",
        family="feedforward",
        sources=("Aggarwal 4.1, eq. 4.1",),
        accepts=("vector",),
        tasks=("classification", "regression", "labelling"),
    )
)
class Polynomial(nn.Module):
    """b + sum_i sum_p w_ip x_i^p for p = 1 to D, without products of different inputs. Aggarwal 4.1, eq. 4.1.

    Raises ValueError for a degree below 1.
    """

    powers: Tensor

    def __init__(self, *, in_features: int, out_features: int, degree: int = 3) -> None:
        super().__init__()
        if degree < 1:
            raise ValueError(f"degree is {degree}; it must be at least 1")
        self.register_buffer("powers", torch.arange(1, degree + 1), persistent=False)
        self.linear = nn.Linear(in_features * degree, out_features)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.linear((x.unsqueeze(-1) ** self.powers).flatten(-2))  # (*n, F * D)
