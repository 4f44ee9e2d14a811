"""Recurrent cell with only a forget gate. Shapes as in `base`."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from .base import Cell, State


class ForgetGate(Cell):
    """h_t = phi h_(t-1) + (1 - phi) u, where the forget gate phi is the share of each state that is kept.

    phi = sigmoid(W x_t + U h_(t-1) + b) and u = tanh(...) of the same form with its own weights; blocks phi, u.
    hidden: units; forget_bias: added to the initial bias of the gate. Zaki-Meira 26, "forget gate" (eq. 3-5).
    """

    blocks: ClassVar[int] = 2

    def __init__(self, in_features: int, hidden: int = 32, *, forget_bias: float = 0.0) -> None:
        super().__init__(in_features, hidden)
        self.forget_bias = forget_bias
        self.adjust_init()

    @torch.no_grad()
    def adjust_init(self) -> None:
        """Add the forget bias."""
        self.bias[: self.hidden] += self.forget_bias

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return phi and u."""
        phi, u = torch.addmm(a, state[0], self.weight_h.t()).chunk(2, 1)
        return {"phi": phi.sigmoid(), "u": u.tanh()}

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t."""
        gates = self.gates(a, state)
        return (torch.lerp(gates["u"], state[0].to(gates["u"]), gates["phi"]),)
