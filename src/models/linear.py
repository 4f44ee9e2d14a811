"""The linear network.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from jaxtyping import Float
from torch import Tensor, nn

from ..card import ModelCard, register


@register(
    ModelCard(
        name="linear",
        title="One layer of linear units; its loss makes it least squares, logistic regression or softmax",
        family="feedforward",
        sources=("Aggarwal 1.2.1, 2.2-2.3", "MIT 6.1-6.2.1", "MMDS 13.2", "Forsyth 12.1"),
        accepts=("vector",),
        tasks=("classification", "regression", "labelling"),
    )
)
class Linear(nn.Module):
    """Net inputs W x + b. MIT 6.2.1."""

    def __init__(self, *, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=bias)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.linear(x)
