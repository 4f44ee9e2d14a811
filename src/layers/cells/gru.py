"""Gated recurrent unit. Shapes as in `base`."""

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from ...errors import unknown
from .base import Cell, State
from .scan import transforms


class GRU(Cell):
    """h_t = z h_(t-1) + (1 - z) n, with an update gate z and a reset gate r that acts on the candidate n.

    z, r = sigmoid(W x_t + U h_(t-1) + b). reset: "before" for n = tanh(W x_t + V (r h_(t-1)) + b), as in the text, or
    "after" the product with V for n = tanh(W x_t + r (V h_(t-1) + bias_n) + b), as in torch; equal only for one
    unit. Blocks in torch's order r, z, n. hidden: units. Aggarwal eq. 7.9-7.10; MMDS 13.5.3.
    """

    blocks: ClassVar[int] = 3

    def __init__(self, in_features: int, hidden: int = 32, *, reset: Literal["before", "after"] = "before") -> None:
        super().__init__(in_features, hidden)
        if reset not in ("before", "after"):
            raise ValueError(str(unknown("reset", reset, ("before", "after"))))
        self.reset = reset
        if reset == "after":
            self.bias_n = nn.Parameter(torch.empty(hidden).uniform_(-(hidden**-0.5), hidden**-0.5))

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return r, z and n."""
        h, units = state[0], self.hidden
        gates, v = self.weight_h[: 2 * units], self.weight_h[2 * units :]
        r, z = torch.addmm(a[:, : 2 * units], h, gates.t()).sigmoid().chunk(2, 1)
        if self.reset == "before":
            n = torch.addmm(a[:, 2 * units :], r * h, v.t())
        else:
            n = torch.addcmul(a[:, 2 * units :], r, torch.addmm(self.bias_n, h, v.t()))
        return {"r": r, "z": z, "n": n.tanh()}

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t."""
        gates = self.gates(a, state)
        return (torch.lerp(gates["n"], state[0].to(gates["n"]), gates["z"]),)

    def forward(self, x: Float[Tensor, "B T F"], state: State) -> tuple[Float[Tensor, "B T H"], State]:
        """Run all steps; reset="after" uses torch's kernel."""
        if self.reset == "before" or transforms():
            return super().forward(x, state)
        inner = torch.cat([self.bias_n.new_zeros(2 * self.hidden), self.bias_n])
        weights = [self.weight_x, self.weight_h, self.bias, inner]
        training = self.training or torch.is_grad_enabled()  # cuDNN has gradients in training mode only
        h, last = torch.gru(x, state[0][None], weights, True, 1, 0.0, training, False, True)
        return h, (last[0],)
