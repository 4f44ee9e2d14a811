"""Winnow's network.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from jaxtyping import Float
from torch import Tensor, nn

from ..card import ModelCard, register


@register(
    ModelCard(
        name="winnow",
        title="Winnow: the perceptron with multiplicative updates; learns fast where few of many inputs matter",
        family="feedforward",
        sources=("Aggarwal 1.10", "Littlestone 1988"),
        accepts=("vector",),
        tasks=("classification",),
    )
)
class Winnow(nn.Module):
    """Net inputs w.x - threshold of linear units; weights are to begin at 1 and to stay positive.

    threshold: None = half the number of inputs. For inputs 0 and 1.
    """

    def __init__(self, *, in_features: int, out_features: int, threshold: float | None = None) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=False)
        self.threshold = in_features / 2 if threshold is None else threshold

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the net inputs."""
        return self.linear(x) - self.threshold
