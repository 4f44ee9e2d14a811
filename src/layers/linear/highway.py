"""A dense layer with a gate.

Shapes: *n examples or steps, U units.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ..activations import activation as activation_named


class DenseGate(nn.Linear):
    """A linear layer whose sigmoid is a gate; every initialization sets its bias to `initial_bias`.

    A negative bias closes the gate at first. Srivastava et al. 2015, section 3.2.
    """

    bias: nn.Parameter

    def __init__(self, units: int, *, initial_bias: float) -> None:
        super().__init__(units, units)
        self.initial_bias = initial_bias
        self.adjust_init()

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Set the bias after an initialization."""
        self.bias.fill_(self.initial_bias)


class DenseHighway(nn.Module):
    """T(x) H(x) + (1 - T(x)) x with H(x) = f(W x + b) and a gate T, the sigmoid of a linear layer.

    With T = 1 it is a dense layer, with T = 0 the identity. Srivastava et al. 2015, eq. 3; Aggarwal 8.4.5.
    """

    def __init__(self, units: int, *, activation: str, gate_bias: float) -> None:
        super().__init__()
        self.transform = nn.Sequential(nn.Linear(units, units), activation_named(activation))
        self.gate = DenseGate(units, initial_bias=gate_bias)

    def forward(self, x: Float[Tensor, "*n U"]) -> Float[Tensor, "*n U"]:
        """Return the gated sum."""
        return torch.lerp(x, self.transform(x), self.gate(x).sigmoid())
