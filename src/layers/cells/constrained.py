"""The structurally constrained recurrent cell. Shapes as in `base`; C context units."""

from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from .base import Cell, State


class SCRNCell(Cell):
    """An Elman cell beside slow context units: s_t = (1 - alpha) B x_t + alpha s_(t-1).

    h_t = sigmoid(W_x x_t + W_h h_(t-1) + P s_t + b); given out is (h_t, s_t). The whole is one recurrent matrix of
    which the context's block is held at alpha times the identity. hidden: units; context: slow units;
    alpha: in [0, 1), how much of them stays in a step. Raises ValueError for values out of range. Aggarwal 7.9 names it
    (Mikolov et al. 2014).
    """

    parts: ClassVar[tuple[str, ...]] = ("h", "s")

    def __init__(self, in_features: int, hidden: int = 32, *, context: int = 10, alpha: float = 0.95) -> None:
        super().__init__(in_features, hidden)
        if context < 1:
            raise ValueError(f"context is {context}; at least 1 slow unit is needed")
        if not 0 <= alpha < 1:
            raise ValueError(f"alpha is {alpha}; it is the share of the context that stays, at least 0 and below 1")
        self.context = context
        self.alpha = alpha
        self.slow = nn.Linear(in_features, context, bias=False)
        self.inward = nn.Linear(context, hidden, bias=False)

    @property
    def sizes(self) -> tuple[int, ...]:
        """H and s."""
        return self.hidden, self.context

    @property
    def width(self) -> int:
        """Units and context units."""
        return self.hidden + self.context

    def output(self, state: State) -> Float[Tensor, "B W"]:
        """Return both kinds of units."""
        return torch.cat(state, 1)

    def project(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n G"]:
        """Return the net inputs of the units and, below them, of the context: G = H + C."""
        return torch.cat([super().project(x), (1 - self.alpha) * self.slow(x)], -1)

    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return h_t and s_t."""
        h, s = state
        s = a[:, self.hidden :] + self.alpha * s
        return torch.addmm(a[:, : self.hidden] + self.inward(s), h, self.weight_h.t()).sigmoid(), s
