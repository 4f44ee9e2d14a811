"""Long short-term memory. Shapes as in `base`."""

from typing import ClassVar, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from ...errors import unknown
from .base import Cell, State

OUTPUTS = {
    "standard": lambda o, c: o * c.tanh(),
    "inner": lambda o, c: (c * o).tanh(),
    "linear": lambda o, c: o * c,
}


class LSTM(Cell):
    """A memory c that gates write, forget and read: c_t = f c_(t-1) + i u, and h_t = o tanh(c_t).

    Gates i, f, o = sigmoid(W x_t + U h_(t-1) + b), candidate u = tanh(...) alike; blocks in torch's order i, f, u, o.
    output: "standard" h = o tanh(c), "inner" h = tanh(c o) as MMDS 13.5.3 prints, "linear" h = o c (Aggarwal 7.5).
    forget_bias: added to the forget gate's first bias. State (h, c).
    Zaki-Meira 26, eq. 7-9; Aggarwal 7.5.
    """

    blocks: ClassVar[int] = 4
    parts: ClassVar[tuple[str, ...]] = ("h", "c")

    def __init__(
        self,
        in_features: int,
        hidden: int,
        *,
        output: Literal["standard", "inner", "linear"] = "standard",
        forget_bias: float = 0.0,
    ) -> None:
        super().__init__(in_features, hidden)
        if output not in OUTPUTS:
            raise ValueError(str(unknown("output", output, OUTPUTS)))
        self.read = output
        self.forget_bias = forget_bias
        self.start()

    @property
    def sizes(self) -> tuple[int, ...]:
        """H and c."""
        return self.hidden, self.hidden

    @torch.no_grad()
    def start(self) -> None:
        """Add the forget bias."""
        self.bias[self.hidden : 2 * self.hidden] += self.forget_bias

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return i, f, u and o."""
        i, f, u, o = torch.addmm(a, state[0], self.weight_h.t()).chunk(4, 1)
        return {"i": i.sigmoid(), "f": f.sigmoid(), "u": u.tanh(), "o": o.sigmoid()}

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t and c_t."""
        gates = self.gates(a, state)
        c = gates["f"] * state[1] + gates["i"] * gates["u"]
        return OUTPUTS[self.read](gates["o"], c), c

    def forward(self, x: Float[Tensor, "B T F"], state: State) -> tuple[Float[Tensor, "B T H"], State]:
        """Run the standard form by torch's kernel, which is several times as fast as a loop."""
        if self.read != "standard":
            return super().forward(x, state)
        weights = [self.weight_x, self.weight_h, self.bias, torch.zeros_like(self.bias)]
        h, *last = torch.lstm(x, [s[None] for s in state], weights, True, 1, 0.0, self.training, False, True)
        return h, tuple(s[0] for s in last)
