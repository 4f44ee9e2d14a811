"""What a recurrent cell is.

Shapes: B sequences, T steps, F inputs of a step, H units, W outputs of a step, G rows of the weights: H for each block
of net inputs (a gate, a candidate) that the cell computes.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

State = tuple[Tensor, ...]


class Cell(nn.Module, ABC):
    """A recurrent layer by its step: (net inputs of the step from x, state before) -> state.

    A state is a tuple of tensors (B, size) of the sizes `sizes`; given out is `output` of it, by default the first.
    The net inputs are weight_x x + bias, where weight_x (G, F) and bias (G) have `blocks` blocks of H rows, as has
    weight_h (G, H), the recurrent matrix. All begin in U(-1/sqrt(H), 1/sqrt(H)), as torch's do. `parts` names the
    tensors of a state.
    Raises ValueError for a layer without units.
    """

    blocks: ClassVar[int] = 1
    parts: ClassVar[tuple[str, ...]] = ("h",)

    def __init__(self, in_features: int, hidden: int = 32) -> None:
        super().__init__()
        if hidden < 1:
            raise ValueError(f"hidden is {hidden}; a recurrent layer has at least 1 unit")
        self.in_features = in_features
        self.hidden = hidden
        rows = self.blocks * hidden
        self.weight_x = nn.Parameter(torch.empty(rows, in_features))
        self.weight_h = nn.Parameter(torch.empty(rows, hidden))
        self.bias = nn.Parameter(torch.empty(rows))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Sizes of the tensors of a state."""
        return (self.hidden,)

    @property
    def width(self) -> int:
        """W, numbers that a step gives out."""
        return self.hidden

    def output(self, state: State) -> Float[Tensor, "B W"]:
        """Return what a step gives out."""
        return state[0]

    def start(self) -> None:
        """Set what the cell itself says about its beginning, after the weights were drawn by whatever rule."""
        return

    def project(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n G"]:
        """Return the net inputs from x."""
        return nn.functional.linear(x, self.weight_x, self.bias)

    def gates(self, a: Float[Tensor, "B G"], state: State) -> dict[str, Float[Tensor, "B H"]]:
        """Return gates and candidate of a step by name, in the order of their blocks; none in a cell without gates."""
        return {}

    @abstractmethod
    def step(self, a: Float[Tensor, "B G"], state: State) -> State:
        """Return the state after a step with net inputs `a` from x."""

    def forward(self, x: Float[Tensor, "B T F"], state: State) -> tuple[Float[Tensor, "B T W"], State]:
        """Return the outputs of all steps, and the last state."""
        outputs = []
        for a in self.project(x).unbind(1):
            state = self.step(a, state)
            outputs.append(self.output(state))
        return torch.stack(outputs, 1), state

    def extra_repr(self) -> str:
        """Describe the sizes."""
        return f"{self.in_features}, {self.hidden}"
