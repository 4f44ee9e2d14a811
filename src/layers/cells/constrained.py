"""Structurally constrained recurrent cell. Shapes as in `base`; C context units."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Cell, State
from .elman import elman_job
from .scan import scan

UNITS, CONTEXT = elman_job("sigmoid"), elman_job("identity")


class SCRNCell(Cell):
    """An Elman cell with additional slow context units s_t = (1 - alpha) B x_t + alpha s_(t-1).

    h_t = sigmoid(W_x x_t + W_h h_(t-1) + P s_t + b); the output is (h_t, s_t). This is a recurrent layer whose
    recurrent weights of the context are fixed at alpha times the identity. hidden: units; context: number of context
    units; alpha: in [0, 1), the share of the context that is kept in a step. Raises ValueError for values out of range.
    Mentioned in Aggarwal 7.9 (Mikolov et al. 2014).
    """

    state_names: ClassVar[tuple[str, ...]] = ("h", "s")

    def __init__(self, in_features: int, hidden: int = 32, *, context: int = 10, alpha: float = 0.95) -> None:
        super().__init__(in_features, hidden)
        if context < 1:
            raise ValueError(f"context is {context}; it must be at least 1")
        if not 0 <= alpha < 1:
            raise ValueError(f"alpha is {alpha}; it must be at least 0 and below 1")
        self.context = context
        self.alpha = alpha
        self.slow = nn.Linear(in_features, context, bias=False)
        self.inward = nn.Linear(context, hidden, bias=False)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        """Sizes of h and s."""
        return self.hidden, self.context

    @property
    def output_size(self) -> int:
        """Number of units and context units."""
        return self.hidden + self.context

    def output(self, state: State) -> Float[Tensor, "B W"]:
        """Return h and s side by side."""
        return torch.cat(state, 1)

    def project(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n G"]:
        """Return the input parts for the units and the context, concatenated: G = H + C."""
        return torch.cat([super().project(x), (1 - self.alpha) * self.slow(x)], -1)

    def forward(self, x: Float[Tensor, "B T F"], state: State) -> tuple[Float[Tensor, "B T W"], State]:
        """Run all steps: first of the context, which is a linear recurrent layer, then of the units."""
        a, b = self.project(x).split([self.hidden, self.context], -1)
        kept = self.alpha * torch.eye(self.context, dtype=b.dtype, device=b.device)
        (s,) = scan(CONTEXT, b, state[1:], [kept])
        (h,) = scan(UNITS, a + self.inward(s), state[:1], [self.weight_h])
        return torch.cat([h, s], -1), (h[:, -1], s[:, -1])

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t and s_t."""
        h, s = state
        s = a[:, self.hidden :] + self.alpha * s
        return torch.addmm(a[:, : self.hidden] + self.inward(s), h, self.weight_h.t()).sigmoid(), s
